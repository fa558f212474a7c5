// What a plan does to the ways to the guard's targets.
#include "netcfg/guard/lockout.h"

#include <gmock/gmock.h>

#include "tests/support/sample_plan.h"

namespace netcfg {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint8_t kLinkScope = 253;

State host() {
  State out;
  for (auto [name, index, address] :
       {std::tuple{"eth0", 2U, "192.0.2.10/24"}, {"eth1", 3U, "198.51.100.10/24"}}) {
    Link link = link_named(name);
    link.index = index, link.state = LinkState::up;
    out.links.push_back(link);
    out.addresses.push_back(address_on(name, address));
    Route onlink = route_to(to_string(parse_prefix(address)->network()), "192.0.2.1", name);
    onlink.hops = {{Ip{}, name}};
    onlink.scope = kLinkScope, onlink.src = parse_prefix(address)->ip, onlink.protocol = 2;
    out.routes.push_back(onlink);
  }
  out.routes.push_back(route_to("0.0.0.0/0", "192.0.2.1", "eth0"));
  for (auto [priority, table] : {std::pair{0U, kTableLocal}, {32766U, kTableMain}}) {
    Rule& rule = out.rules.emplace_back();
    rule.family = Family::ipv4, rule.priority = priority, rule.table = table;
  }
  out.sort();
  return out;
}

std::vector<Lifeline> lines(std::vector<const char*> texts) {
  std::vector<ProbeSpec> probes;
  for (const char* text : texts) probes.push_back(*parse_probe(text));
  return lifelines(probes);
}

TEST(Lifelines, AreOfWhatIsReachedByAddress) {
  EXPECT_THAT(lines({"gateway", "ssh", "command:/bin/ok", "interface:eth0"}), IsEmpty());
  auto all = lines({"tcp:203.0.113.1:53", "ping:2001:db8::1", "http://203.0.113.2/,dev=eth1"});
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].flow().dport, 53);
  EXPECT_EQ(all[1].flow().ip_proto, 58);
  EXPECT_EQ(all[2].flow().oif, IfName("eth1"));
}

TEST(Lockouts, ATargetWithoutAWayIsCutOff) {
  State live = host();
  PlanMaker make;
  make.remove(route_to("0.0.0.0/0", "192.0.2.1", "eth0"));
  auto found = lockouts(make.plan, live, lines({"tcp:203.0.113.1:53", "ping:198.51.100.7"}));
  ASSERT_THAT(found, SizeIs(1));
  const Diagnostic& told = found[0].warning;
  EXPECT_THAT(told.message, HasSubstr("this cuts what tcp:203.0.113.1:53 probes: its packets will be"));
  EXPECT_THAT(told.message, HasSubstr("(route default is deleted)"));
  EXPECT_EQ(told.hint, "now they leave via 192.0.2.1 dev eth0 from 192.0.2.10");
  EXPECT_EQ(told.severity, Severity::warning);
}

TEST(Lockouts, AnotherInterfaceIsToldWithTheStepThatMakesIt) {
  State live = host();
  PlanMaker make;
  make.create(route_to("203.0.113.0/24", "198.51.100.1", "eth1", 7)).origin = {7, 5, 0};
  auto found = lockouts(make.plan, live, lines({"http://203.0.113.9/", "ping:203.0.113.9,dev=eth0"}));
  ASSERT_THAT(found, SizeIs(1)) << "what is bound to eth0 stays there";
  EXPECT_THAT(found[0].warning.message,
              HasSubstr("this moves what http://203.0.113.9/ probes: packets to 203.0.113.9 will leave via "
                        "198.51.100.1 dev eth1 from 198.51.100.10 (route 203.0.113.0/24 is created)"));
  EXPECT_EQ(found[0].warning.place, (Place{7, 5, 0}));
}

TEST(Lockouts, AnotherSourceAddressIsTold) {
  State live = host();
  Route was = route_to("0.0.0.0/0", "192.0.2.1", "eth0"), now = was;
  now.src = *parse_ip("198.51.100.10");
  PlanMaker make;
  make.update(was, now);
  auto found = lockouts(make.plan, live, lines({"ping:203.0.113.1"}));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].warning.message, HasSubstr("will leave via 192.0.2.1 dev eth0 from 198.51.100.10"));
}

TEST(Lockouts, WhatHadNoWayBeforeOrKeepsItsWayIsNotTold) {
  State live = host();
  PlanMaker make;
  make.create(route_to("10.0.0.0/8", "192.0.2.9", "eth0"));
  EXPECT_THAT(lockouts(make.plan, live, lines({"ping:203.0.113.1", "ping:2001:db8::1"})), IsEmpty());
  EXPECT_THAT(lockouts(Plan{}, live, lines({"ping:203.0.113.1"})), IsEmpty());
}

// The session's own wording stays.
TEST(Lockouts, ASessionBesideProbes) {
  State live = host();
  PlanMaker make;
  make.remove(route_to("0.0.0.0/0", "192.0.2.1", "eth0"));
  auto all = lines({"ping:203.0.113.1"});
  all.insert(all.begin(), Lifeline{*parse_ip("203.0.113.7"), *parse_ip("192.0.2.10"), 40000, 22, {}});
  auto found = lockouts(make.plan, live, all);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0].warning.message, HasSubstr("this cuts the SSH session from 203.0.113.7: its answers"));
  EXPECT_EQ(lockout(make.plan, live, all[0])->warning, found[0].warning);
}

// IPv6 sends from an address that is no longer there, but nothing comes to it.
TEST(Lockouts, AnAddressThatGoesCutsTheSession) {
  State live = host();
  live.addresses.push_back(address_on("eth0", "2001:db8::10/64"));
  Route& onlink = live.routes.emplace_back(route_to("2001:db8::/64", "2001:db8::1", "eth0"));
  onlink.hops = {{Ip{}, "eth0"}};
  for (auto [priority, table] : {std::pair{0U, kTableLocal}, {32766U, kTableMain}}) {
    Rule& rule = live.rules.emplace_back();
    rule.family = Family::ipv6, rule.priority = priority, rule.table = table;
  }
  live.sort();
  for (auto [own, other, peer] : {std::tuple{"192.0.2.10/24", "192.0.2.20/24", "192.0.2.7"},
                                  {"2001:db8::10/64", "2001:db8::20/64", "2001:db8::7"}}) {
    Lifeline session{*parse_ip(peer), parse_prefix(own)->ip, 40000, 22, {}};
    PlanMaker make;
    make.create(address_on("eth0", other));
    EXPECT_FALSE(lockout(make.plan, live, session)) << own;
    make.remove(address_on("eth0", own));
    auto found = lockout(make.plan, live, session);
    ASSERT_TRUE(found) << own;
    EXPECT_THAT(found->warning.message, HasSubstr("its source is no address of this host"));
    EXPECT_THAT(found->warning.message, HasSubstr("(address eth0 " + std::string(own) + " is deleted)"));
  }
}

}  // namespace
}  // namespace netcfg
