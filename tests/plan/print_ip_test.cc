#include "netcfg/plan/print_ip.h"

#include <gmock/gmock.h>

#include <sstream>

#include "netcfg/plan/ip_words.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace netcfg {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> commands(const PlanMaker& make) {
  std::vector<std::string> out;
  for (const Step& step : make.plan.steps)
    for (std::string& line : ip_commands(step)) out.push_back(std::move(line));
  return out;
}

TEST(PrintIp, SamplePlan) {
  std::ostringstream out;
  print_ip(out, sample_plan());
  expect_golden(out.str(), "print/plan.ip");
}

TEST(PrintIp, EveryOptionOfEveryKind) {
  std::string out;
  for (const KindInfo& info : kKinds) {
    Link link = link_named("x");
    link.kind = info.make();
    for (const Field& field : info.fields) reset(field, object_of(link.kind));
    PlanMaker make;
    make.create(link);
    for (const std::string& line : commands(make)) out += line + "\n";
  }
  for (PortKind port : {PortKind(BondPort{}), PortKind(BridgePort{})}) {
    Link link = link_named("x");
    link.port = port, link.master = "m";
    for (const Field& field : fields_of(port).fields) reset(field, object_of(link.port));
    PlanMaker make;
    make.update(link_named("x"), link);
    for (const std::string& line : commands(make)) out += line + "\n";
  }
  expect_golden(out, "print/options.ip");
}

TEST(PrintIp, QuotesForTheShell) {
  EXPECT_EQ(shell_word("eth0.100"), "eth0.100");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("it's $HOME; rm -rf *"), "'it'\\''s $HOME; rm -rf *'");
  PlanMaker make;
  Link link = link_named("eth0"), after = link;
  after.description = "a \"b\" `c`\n'd'";
  make.update(link, after);
  EXPECT_THAT(commands(make), ElementsAre("ip link set dev eth0 alias 'a \"b\" `c`\n'\\''d'\\'''"));
}

TEST(PrintIp, LinksComeUpLastAndGoDownFirst) {
  PlanMaker make;
  Link down = link_named("eth0"), up = link_named("lan0");
  down.state = LinkState::down, up.state = LinkState::up, up.mtu = 9000, up.master = "br0",
  up.port = BridgePort{};
  std::get<BridgePort>(up.port).cost = 5;
  make.update(down, up);
  make.update(up, down);
  EXPECT_THAT(
      commands(make),
      ElementsAre("ip link set dev eth0 name lan0", "ip link set dev lan0 mtu 9000",
                  "ip link set dev lan0 master br0", "ip link set dev lan0 type bridge_slave cost 5",
                  "ip link set dev lan0 up", "ip link set dev lan0 down", "ip link set dev lan0 name eth0"));
}

TEST(PrintIp, OnlyWhatDiffersIsSet) {
  PlanMaker make;
  Link before = link_named("bond0"), after = before;
  Bond bond;
  bond.miimon = 100, bond.mode = BondMode::active_backup, bond.primary = IfName("eth1");
  before.kind = bond;
  bond.miimon = 200, bond.primary = IfName{}, bond.arp_ip_target = std::vector<Ip>{};
  after.kind = bond;
  before.altnames = {{"a", "b"}}, after.altnames = {{"b", "c d"}};
  before.master = "br0", after.master = IfName{};
  make.update(before, after);
  EXPECT_THAT(commands(make),
              ElementsAre("echo '' > /sys/class/net/bond0/bonding/primary",
                          "ip link set dev bond0 type bond miimon 200 arp_ip_target ''",
                          "ip link property del dev bond0 altname a",
                          "ip link property add dev bond0 altname 'c d'", "ip link set dev bond0 nomaster"));
}

TEST(PrintIp, VlansOfPortsAreDifferences) {
  PlanMaker make;
  Link before = link_named("eth1");
  before.master = "br0", before.port = BridgePort{};
  Link after = before;
  auto& old = std::get<BridgePort>(before.port);
  auto& now = std::get<BridgePort>(after.port);
  old.pvid = 1, old.vlans = VidSet{{{1, 1}, {20, 30}}}, old.untagged = VidSet{};
  now.pvid = 10, now.vlans = VidSet{{{10, 10}, {25, 32}}}, now.untagged = VidSet{{{31, 32}}};
  make.update(before, after);
  EXPECT_THAT(commands(make),
              ElementsAre("bridge vlan del dev eth1 vid 1", "bridge vlan del dev eth1 vid 20-24",
                          "bridge vlan add dev eth1 vid 10 pvid untagged",
                          "bridge vlan add dev eth1 vid 31-32 untagged"));
  PlanMaker first;
  Link bridge = link_named("br0");
  Bridge options;
  options.vlans = VidSet{{{5, 6}}};
  bridge.kind = options;
  first.create(bridge);
  EXPECT_THAT(commands(first),
              ElementsAre("ip link add name br0 type bridge", "bridge vlan del dev br0 vid 1-4094 self",
                          "bridge vlan add dev br0 vid 5-6 self"));
}

TEST(PrintIp, Addresses) {
  PlanMaker make;
  Address peer = address_on("eth0", "198.51.100.1/32");
  peer.peer = parse_ip("198.51.100.2"), peer.scope = 253, peer.metric = 50, peer.noprefixroute = true;
  make.create(peer);
  make.remove(peer);
  Address limited = address_on("eth0", "2001:db8::1/64");
  limited.preferred = 0, limited.nodad = true, limited.home = false;
  make.update(limited, limited);
  EXPECT_THAT(
      commands(make),
      ElementsAre(
          "ip address add 198.51.100.1 peer 198.51.100.2/32 dev eth0 scope link metric 50 noprefixroute",
          "ip address del 198.51.100.1 peer 198.51.100.2/32 dev eth0",
          "ip address replace 2001:db8::1/64 dev eth0 nodad valid_lft forever preferred_lft 0"));
}

TEST(PrintIp, Routes) {
  PlanMaker make;
  Route multi = route_to("::/0", "fe80::1", "eth0");
  multi.hops[0].weight = 2, multi.hops.push_back({*parse_ip("fe80::2"), "eth1", 1, true}), multi.pref = 1;
  make.create(multi);
  Route v4 = route_to("10.0.0.0/8", "2001:db8::1", "eth0");
  v4.tos = 16, v4.metric = 5, v4.src = *parse_ip("192.0.2.1"), v4.scope = 0, v4.hops[0].onlink = true;
  v4.metrics.make() = {.mtu = 1400, .rtt = 400};
  v4.metrics.make().mtu_lock = true, v4.metrics.make().ecn = true;
  make.update(v4, v4);
  Route dead = route_to("10.66.0.0/16", "", "eth0");
  dead.type = RouteType::blackhole, dead.hops.clear(), dead.table = 101;
  make.remove(dead);
  EXPECT_THAT(commands(make),
              ElementsAre("ip -6 route add default proto 78 pref high nexthop via fe80::1 dev eth0 weight 2 "
                          "nexthop via fe80::2 dev eth1 weight 1 onlink",
                          "ip route replace 10.0.0.0/8 tos 0x10 metric 5 proto 78 scope global src 192.0.2.1 "
                          "mtu lock 1400 rtt 400 features ecn via inet6 2001:db8::1 dev eth0 onlink",
                          "ip route del blackhole 10.66.0.0/16 table 101 proto 78"));
}

TEST(PrintIp, Rules) {
  PlanMaker make;
  Rule rule;
  rule.family = Family::ipv6, rule.priority = 5, rule.invert = true,
  rule.from = parse_prefix("2001:db8::/32");
  rule.fwmark = Mark{0x100, 0xff00}, rule.ip_proto = 6, rule.dport = Span{80, 90},
  rule.uid_range = Span{5, 5};
  rule.tos = 16, rule.action = RuleAction::prohibit;
  make.create(rule);
  rule = Rule{};
  rule.priority = 7, rule.table = 254, rule.suppress_prefix_length = 0, rule.action = RuleAction::lookup;
  make.remove(rule);
  EXPECT_THAT(
      commands(make),
      ElementsAre("ip -6 rule add pref 5 not from 2001:db8::/32 fwmark 0x100/0xff00 tos 0x10 ipproto 6 "
                  "dport 80-90 uidrange 5-5 prohibit protocol 78",
                  "ip rule del pref 7 suppress_prefixlength 0 lookup 254 protocol 78"));
}

TEST(PrintIp, WhatTheKernelDoesItselfIsAComment) {
  PlanMaker make;
  Step& step = make.remove(address_on("eth0", "192.0.2.1/24"));
  step.writes = false, step.why = Why::implied, step.cause = "eth0";
  EXPECT_THAT(commands(make), IsEmpty());
  std::ostringstream out;
  print_ip(out, make.plan);
  EXPECT_EQ(out.str(), "# address eth0 192.0.2.1/24: the kernel deletes it with eth0\n");
}

}  // namespace
}  // namespace netcfg
