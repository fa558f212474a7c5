// What a spec becomes: the exact values, in the form in which the kernel shows them.
#include <gmock/gmock.h>

#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

Desired read(std::vector<SpecFile> files) {
  Sources sources;
  Diagnostics diagnostics;
  auto desired = read_spec(files, sources, diagnostics);
  EXPECT_TRUE(desired) << format(diagnostics, sources, false);
  return desired ? std::move(*desired) : Desired{};
}
Desired read(std::string body) {
  return read({{"spec.yaml", "netcfg: 1\n" + std::move(body)}});
}

constexpr const char* kHost = "interfaces: { eth0: { addresses: [192.0.2.10/24, '2001:db8::10/64'] } }\n";

Desired routes(const std::string& list) {
  return read(kHost + ("routes:\n" + list));
}

Route only_route(const std::string& item) {
  auto all = routes("  - " + item + "\n").state.routes;
  EXPECT_THAT(all, SizeIs(1)) << item;
  return all.empty() ? Route{} : all[0];
}

TEST(LowerLink, IsUpUnlessItSaysOtherwiseAndMembersBecomeLinks) {
  State s = read(
                "interfaces:\n"
                "  eth0: {}\n"
                "  eth1: { state: down }\n"
                "  bond0: { bond: { mode: 1, miimon: 100ms, members: { eth0: { prio: -3 }, eth2: } } }\n")
                .state;
  ASSERT_THAT(s.links, SizeIs(4));
  const Link& eth0 = *s.link("eth0");
  EXPECT_EQ(eth0.state, LinkState::up);
  EXPECT_EQ(eth0.master, IfName("bond0"));
  EXPECT_EQ(std::get<BondPort>(eth0.port).prio, -3);
  EXPECT_EQ(s.link("eth1")->state, LinkState::down);
  EXPECT_EQ(s.link("eth1")->master, std::nullopt) << "a master that nobody names is not managed";
  const Link& eth2 = *s.link("eth2");
  EXPECT_EQ(eth2.state, LinkState::up);
  EXPECT_EQ(eth2.origin.line, 5U);
  EXPECT_EQ(std::get<BondPort>(eth2.port), BondPort{});
  const Bond& bond = std::get<Bond>(s.link("bond0")->kind);
  EXPECT_EQ(bond.mode, BondMode::active_backup);
  EXPECT_EQ(bond.miimon, 100U);
  EXPECT_EQ(bond.updelay, std::nullopt) << "nothing is invented";
}

TEST(LowerLink, DefaultsReachAllButLoAndTheMembersOfBonds) {
  State s = read(
                "defaults: { mtu: 9000 }\n"
                "interfaces:\n"
                "  lo: {}\n"
                "  eth0: { mtu: 1400 }\n"
                "  gone: { state: absent }\n"
                "  bond0: { bond: { mode: 1, miimon: 100ms, members: [eth1] } }\n"
                "  br0: { bridge: { members: [eth2] } }\n")
                .state;
  EXPECT_EQ(s.link("lo")->mtu, std::nullopt);
  EXPECT_EQ(s.link("gone")->mtu, std::nullopt);
  EXPECT_EQ(s.link("eth1")->mtu, std::nullopt);
  EXPECT_THAT(s.link("eth0")->mtu, Optional(Eq(1400U)));
  EXPECT_THAT(s.link("eth2")->mtu, Optional(Eq(9000U)));
  EXPECT_THAT(s.link("bond0")->mtu, Optional(Eq(9000U)));
}

TEST(LowerLink, BothEndsOfAVethNameEachOther) {
  State s = read("interfaces:\n  a: { veth: { peer: b } }\n  c: {}\n  d: { veth: { peer: c } }\n").state;
  EXPECT_EQ(std::get<Veth>(s.link("b")->kind).peer, IfName("a"));
  EXPECT_EQ(std::get<Veth>(s.link("c")->kind).peer, IfName("d"));
  EXPECT_EQ(s.link("b")->state, LinkState::up);
}

TEST(LowerLink, ParametersBecomeSysctlsAndTheTokenAField) {
  State s = read(
                "interfaces:\n"
                "  eth0.5:\n"
                "    ipv6: { accept-ra: always, privacy: true, disable: false, token: '::10' }\n"
                "    sysctl: { ipv4/arp_ignore: 1, ipv6/neigh/gc_stale_time: 0x3c, ipv6/accept_ra: 2 }\n"
                "sysctl: { net.ipv4.ip_forward: true, net.ipv4.tcp_rmem: [1, 2, 3] }\n")
                .state;
  std::vector<std::string> lines;
  for (const Sysctl& sysctl : s.sysctls) lines.push_back(sysctl.path + "=" + sysctl.value);
  EXPECT_THAT(lines, ElementsAre("net/ipv4/conf/eth0.5/arp_ignore=1", "net/ipv4/ip_forward=1",
                                 "net/ipv4/tcp_rmem=1 2 3", "net/ipv6/conf/eth0.5/accept_ra=2",
                                 "net/ipv6/conf/eth0.5/disable_ipv6=0", "net/ipv6/conf/eth0.5/use_tempaddr=2",
                                 "net/ipv6/neigh/eth0.5/gc_stale_time=60"));
  EXPECT_EQ(s.links[0].token, parse_ip("::10"));
}

TEST(LowerAddress, KeepsTheOrderOfTheList) {
  State s = read("interfaces: { eth0: { addresses: [192.0.2.9/24, 192.0.2.1/24] } }\n").state;
  ASSERT_THAT(s.addresses, SizeIs(2));
  EXPECT_EQ(to_string(s.addresses[0].address), "192.0.2.1/24");
  EXPECT_EQ(s.addresses[0].order, 1U);
  EXPECT_EQ(s.addresses[1].order, 0U);
  EXPECT_EQ(s.addresses[0].protocol, kOwnProtocol);
}

TEST(LowerRoute, ScopeIsThatOfIp) {
  EXPECT_EQ(only_route("{ to: default, via: 192.0.2.1 }").scope, 0);
  EXPECT_EQ(only_route("{ to: 10.0.0.0/8, dev: eth0 }").scope, 253);
  EXPECT_EQ(only_route("{ to: 10.0.0.0/8, type: blackhole }").scope, 0);
  EXPECT_EQ(only_route("{ to: 10.0.0.0/8, dev: eth0, scope: global }").scope, 0);
  Route local = only_route("{ to: 10.0.0.0/8, dev: lo, type: local }");
  EXPECT_EQ(local.scope, 254);
  EXPECT_EQ(local.table, kTableLocal);
}

TEST(LowerRoute, Ipv6HasAPreferenceAndTheKernelsMetric) {
  Route r = only_route("{ to: default, via: '2001:db8::1', metric: 0 }");
  EXPECT_EQ(r.family(), Family::ipv6);
  EXPECT_EQ(r.metric, 1024U);
  EXPECT_EQ(r.pref, 0);
  EXPECT_EQ(r.scope, std::nullopt);
  EXPECT_EQ(only_route("{ to: '2001:db8:1::/48', type: unreachable }").hops, std::vector<NextHop>{});
}

TEST(LowerRoute, TheFamilyOfADefaultRouteIsThatOfItsAddresses) {
  EXPECT_EQ(only_route("{ to: default, dev: eth0 }").family(), Family::ipv4);
  EXPECT_EQ(only_route("{ to: default, dev: eth0, family: ipv6 }").family(), Family::ipv6);
  EXPECT_EQ(only_route("{ to: '::/0', dev: eth0 }").family(), Family::ipv6);
  EXPECT_EQ(only_route("{ to: default, dev: eth0, src: '2001:db8::10' }").family(), Family::ipv6);
  EXPECT_EQ(only_route("{ to: default, next-hops: [{ via: 'fe80::1', dev: eth0 }] }").family(), Family::ipv6);
  // IPv4 by way of an IPv6 gateway (RFC 5549)
  EXPECT_EQ(only_route("{ to: default, via: 'fe80::1', dev: eth0, family: ipv4 }").family(), Family::ipv4);
}

TEST(LowerRoute, NextHopsAreSortedAndALoneOneHasNoWeight) {
  Route r = only_route("{ to: 10.0.0.0/8, next-hops: [{ via: 192.0.2.2, weight: 3 }, { via: 192.0.2.1 }] }");
  ASSERT_THAT(r.hops, SizeIs(2));
  EXPECT_EQ(to_string(r.hops[0].via), "192.0.2.1");
  EXPECT_EQ(r.hops[0].weight, 1);
  EXPECT_EQ(r.hops[1].weight, 3);
  EXPECT_TRUE(r.hops[0].dev.empty()) << "found out from the addresses later";
  EXPECT_EQ(only_route("{ to: 10.0.0.0/8, next-hops: [{ via: 192.0.2.2, weight: 3 }] }"),
            only_route("{ to: 10.0.0.0/8, via: 192.0.2.2 }"));
}

TEST(LowerRoute, MetricsThatMeanNothingAreNotKept) {
  EXPECT_FALSE(only_route("{ to: 10.0.0.0/8, via: 192.0.2.1, initcwnd: 0, quickack: false }").metrics);
  Route r = only_route("{ to: 10.0.0.0/8, via: 192.0.2.1, mtu: 1400, initcwnd: 0 }");
  ASSERT_TRUE(r.metrics);
  EXPECT_THAT(r.metrics->mtu, Optional(Eq(1400U)));
  EXPECT_EQ(r.metrics->initcwnd, std::nullopt);
}

std::vector<Rule> rules(const std::string& item) {
  return read("tables: { blue: 77 }\nrules:\n  - " + item + "\n").state.rules;
}

TEST(LowerRule, WhatSelectsNothingIsUnset) {
  auto all = rules("{ priority: 5, from: all, to: 0.0.0.0/0, tos: 0, not: false, fwmark: 0/0, table: main }");
  ASSERT_THAT(all, SizeIs(1));
  Rule plain;
  plain.priority = 5;
  plain.table = kTableMain;
  plain.action = RuleAction::lookup;
  EXPECT_EQ(all[0], plain);
}

TEST(LowerRule, FamiliesComeFromTheSelectorsOrAreTold) {
  EXPECT_EQ(rules("{ priority: 5, from: '::/0', table: blue }")[0].family, Family::ipv6);
  auto both = rules("{ priority: 5, family: both, table: blue }");
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_EQ(both[0].family, Family::ipv4);
  EXPECT_EQ(both[1].family, Family::ipv6);
  EXPECT_EQ(both[1].table, 77U);
}

TEST(LowerRule, Actions) {
  Rule vrf = rules("{ priority: 5, l3mdev: true }")[0];
  EXPECT_EQ(vrf.table, std::nullopt);
  EXPECT_EQ(vrf.action, RuleAction::lookup);
  Rule jump = rules("{ priority: 5, goto: 32766, fwmark: 0x10 }")[0];
  EXPECT_EQ(jump.action, RuleAction::goto_);
  EXPECT_EQ(jump.goto_priority, 32766U);
  EXPECT_EQ(jump.fwmark, (Mark{0x10, 0xffffffff}));
  EXPECT_EQ(rules("{ priority: 5, sport: 80, action: nop }")[0].sport, (Span{80, 80}));
}

TEST(ReadSpec, MergesFilesAndNamesThePlaceInEach) {
  std::vector<SpecFile> files = {{"a.yaml", "netcfg: 1\ninterfaces: { eth0: { mtu: 1400, arp: false } }\n"},
                                 {"b.yaml", "interfaces:\n  eth0: { mtu: 9000, arp: ~ }\n  eth1:\n"}};
  State s = read(files).state;
  ASSERT_THAT(s.links, SizeIs(2));
  EXPECT_THAT(s.links[0].mtu, Optional(Eq(9000U)));
  EXPECT_EQ(s.links[0].arp, std::nullopt) << "taken back";

  files[1].text = "interfaces:\n  eth0: { mtu: 9 }\n";
  Sources sources;
  Diagnostics diagnostics;
  EXPECT_FALSE(read_spec(files, sources, diagnostics));
  auto found = diagnostics.sorted();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(sources.where(found[0].place), "b.yaml:2:16");
  EXPECT_EQ(found[0].path, "interfaces.eth0.mtu");
}

TEST(ReadSpec, StopsTalkingAfterManyProblems) {
  std::string list;
  for (int i = 0; i < 2000; ++i) list += "  - { to: nowhere }\n";
  Sources sources;
  Diagnostics diagnostics;
  SpecFile file{"spec.yaml", "netcfg: 1\nroutes:\n" + list};
  EXPECT_FALSE(read_spec({&file, 1}, sources, diagnostics));
  EXPECT_EQ(diagnostics.sorted().size(), 501U);
}

TEST(ReadSpec, KeepsWhatAStateCannotHold) {
  Desired d = read(
      "tables: { blue: 77 }\nmanage: exclusive\n"
      "interfaces: { eth1: { manage: exclusive }, eth0: { match: { driver: veth } } }\n");
  EXPECT_TRUE(d.exclusive);
  EXPECT_THAT(d.exclusive_links, ElementsAre(IfName("eth1")));
  EXPECT_THAT(d.tables, ElementsAre(testing::Pair("blue", 77U)));
  ASSERT_THAT(d.matches, SizeIs(1));
  EXPECT_EQ(d.matches[0].name, IfName("eth0"));
  EXPECT_EQ(d.matches[0].driver, "veth");
  EXPECT_THAT(read("").state.links, IsEmpty());
}

Uplinks uplinks(const std::string& body) {
  return read("interfaces: { eth0: { addresses: [192.0.2.10/24, '2001:db8::10/64', 192.0.2.11/24] } }\n" +
              body)
      .uplinks.value_or(Uplinks{});
}

TEST(Uplinks, AddressesAreThoseOfTheInterfaceForItsGateways) {
  const char* kBoth = "uplinks: { links: { a: { interface: eth0, gateway: [192.0.2.1, 'fe80::1'] } } }\n";
  EXPECT_THAT(uplinks(kBoth).links.at(0).addresses,
              ElementsAre(*parse_ip("192.0.2.10"), *parse_ip("2001:db8::10"), *parse_ip("192.0.2.11")));
  const char* kOne = "uplinks: { links: { a: { interface: eth0, gateway: 192.0.2.1 } } }\n";
  EXPECT_THAT(uplinks(kOne).links.at(0).addresses,
              ElementsAre(*parse_ip("192.0.2.10"), *parse_ip("192.0.2.11")));
}

TEST(Uplinks, TargetsAreAskedAsTheMethodSaysAndOnlyNeighboursByArp) {
  Uplinks out = uplinks(
      "uplinks: { links: { a: { interface: eth0, gateway: 192.0.2.1, addresses: 192.0.2.10, health: { "
      "targets: "
      "[gateway, 192.0.2.7, 1.1.1.1, 'tcp:9.9.9.9:443'] } }, "
      "b: { interface: eth0, gateway: 192.0.2.2, addresses: 192.0.2.11, health: { method: dns, "
      "targets: [gateway, 8.8.8.8] } }, "
      "c: { interface: eth0, gateway: '2001:db8::1', onlink: true } } }\n");
  std::vector<std::string> asked;
  for (const Uplink& uplink : out.links)
    for (const ProbeSpec& target : uplink.health.targets)
      asked.push_back(uplink.name + " " + std::string(name_of(target.kind)) + " " +
                      (target.address ? to_string(target.address) : "gateway"));
  EXPECT_THAT(asked, ElementsAre("a gateway gateway", "a gateway 192.0.2.7", "a ping 1.1.1.1",
                                 "a tcp 9.9.9.9", "b dns gateway", "b dns 8.8.8.8", "c gateway gateway"));
}

TEST(Uplinks, SteeredTrafficHasTheFamilyOfItsSelectors) {
  Uplinks out = uplinks(
      "uplinks: { links: { a: { interface: eth0, gateway: 192.0.2.1 } }, steer: ["
      "{ match: { from: 10.0.0.0/8 }, via: a }, { match: { to: '2001:db8::/32' }, via: a }, "
      "{ match: { dport: 80, ip-proto: tcp }, via: a }, { match: { ip-proto: icmp }, via: a }, "
      "{ match: { family: ipv6, iif: eth0 }, via: a }] }\n");
  std::string families;
  for (const Steer& steer : out.steer)
    families += std::string(steer.ipv4 ? "4" : "-") + (steer.ipv6 ? "6 " : "- ");
  EXPECT_EQ(families, "4- -6 46 4- -6 ");
  EXPECT_EQ(out.steer.at(2).match.dport, (Span{80, 80}));
}

}  // namespace
}  // namespace netcfg
