// Every resource survives being written as JSON and read again.
#include <gmock/gmock.h>

#include "netcfg/json/read.h"
#include "netcfg/json/tree.h"
#include "tests/support/any_value.h"

namespace netcfg {
namespace {

using namespace test;
using testing::HasSubstr;

template <class T>
std::string text_of(const T& resource, Origins origins = Origins::keep) {
  std::string out;
  JsonText sink(out, Bytes::exact);
  write(sink, resource, origins);
  return out;
}

template <class T>
T again(const T& resource, T (*read)(JsonReader&)) {
  std::string text = text_of(resource);
  EXPECT_TRUE(nlohmann::json::accept(text) || text.find("\\udc") != text.npos) << text;
  JsonReader in(text);
  T out = read(in);
  EXPECT_TRUE(in.finish()) << in.error().message << "\n" << text;
  return out;
}

// Also what == leaves out: whatever is written must be written the same again.
template <class T>
void round_trip(T resource, T (*read)(JsonReader&)) {
  resource.origin = {7, 3, 1};
  T back = again(resource, read);
  EXPECT_EQ(back, resource) << text_of(resource);
  EXPECT_EQ(back.origin, resource.origin);
  EXPECT_EQ(text_of(back), text_of(resource));
}

TEST(Json, EveryFieldOfEveryLinkKindSurvives) {
  Random random(1);
  for (size_t kind = 0; kind < std::variant_size_v<LinkKind>; ++kind)
    for (int i = 0; i < 60; ++i) round_trip(any_link(random, kind, i < 3 ? 1.0 : 0.3), read_link);
}

TEST(Json, EveryFieldOfTheOtherKindsSurvives) {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    double share = i < 3 ? 1.0 : 0.3;
    round_trip(any_address(random, share), read_address);
    round_trip(any_neighbor(random, share), read_neighbor);
    round_trip(any_nexthop(random, share), read_nexthop);
    round_trip(any_qdisc(random, share), read_qdisc);
    round_trip(any_route(random, share), read_route);
    round_trip(any_rule(random, share), read_rule);
  }
}

TEST(Json, WhatDoesNotCountInEqualitySurvives) {
  Address address;
  address.dev = "eth0", address.address = *parse_prefix("192.0.2.1/24");
  address.protocol = 4, address.secondary = true, address.order = 5;
  Address back = again(address, read_address);
  EXPECT_EQ(back.protocol, 4);
  EXPECT_TRUE(back.secondary);
  EXPECT_EQ(back.order, 5);
  Route route;
  route.to = *parse_prefix("0.0.0.0/0"), route.protocol = 16;
  EXPECT_EQ(again(route, read_route).protocol, 16);
  Rule rule;
  rule.protocol = 0;
  EXPECT_EQ(again(rule, read_rule).protocol, 0);
}

// What a kernel holds is kept, even where a spec could not ask for it.
TEST(Json, ValuesOutsideASpecsRangeSurvive) {
  Link link;
  link.name = "eth0";
  link.mtu = 1;
  link.description = std::string("caf\xe9 \x01\xc3\xa4\xed\xa0\x80", 12);
  link.master = IfName{};
  Bond bond;
  bond.mode = static_cast<BondMode>(9);
  bond.xmit_hash_policy = 99;
  link.kind = bond;
  link.port = BridgePort{};
  round_trip(link, read_link);
  EXPECT_EQ(again(link, read_link).description, link.description);

  Rule rule;
  rule.uid_range = Span{0, UINT32_MAX};
  rule.tun_id = UINT64_MAX;
  rule.ip_proto = 200;
  round_trip(rule, read_rule);

  Route route;
  route.to = *parse_prefix("::/0");
  route.hops = {NextHop{}};
  round_trip(route, read_route);
  route.hops.clear();
  route.metrics.make();
  round_trip(route, read_route);
  round_trip(Sysctl{"net/ipv4/conf/a\"b/x", "1\t\xff", {}}, read_sysctl);
  Ruleset ruleset;
  ruleset.text = "table inet netcfg {\n\tchain srcnat {\n\t\toifname \"eth0\" masquerade\n\t}\n}\n";
  ruleset.origin = {7, 3, 1};
  ruleset.lines = {{3, {7, 3, 1}}, {4, {}}};
  round_trip(ruleset, read_ruleset);
}

State any_state(Random& random) {
  State state;
  for (size_t kind = 0; kind < std::variant_size_v<LinkKind>; ++kind)
    state.links.push_back(any_link(random, kind, 0.3));
  for (int i = 0; i < 5; ++i) {
    state.addresses.push_back(any_address(random, 0.3));
    state.neighbors.push_back(any_neighbor(random, 0.3));
    state.nexthops.push_back(any_nexthop(random, 0.3));
    state.routes.push_back(any_route(random, 0.3));
    state.rules.push_back(any_rule(random, 0.3));
    state.sysctls.push_back({"net/ipv4/x" + std::to_string(i), std::to_string(i), {}});
  }
  state.sort();
  return state;
}

TEST(Json, StatesSurvive) {
  Random random(3);
  for (int i = 0; i < 50; ++i) {
    State state = any_state(random);
    std::string text = text_of(state);
    auto back = state_from_json(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, state);
    EXPECT_EQ(text_of(*back), text);
  }
  EXPECT_EQ(text_of(State{}), "{}");
}

GuardSpec any_guard() {
  GuardSpec guard{.window = 30'000, .probes_named = true};
  for (const char* text : {"gateway,dev=eth0", "tcp:[2001:db8::1]:53,timeout=500ms", "ping:192.0.2.1,count=7",
                           "http://192.0.2.1:81/x?y,z", "command:/bin/ok --a b", "interface:eth0", "ssh"}) {
    auto probe = parse_probe(text);
    EXPECT_TRUE(probe) << text;
    probe->origin = {static_cast<uint32_t>(guard.probes.size() + 1), 4, 1};
    guard.probes.push_back(*probe);
  }
  guard.probes[4].words.emplace_back("two words,timeout=1s");
  return guard;
}

Uplinks any_uplinks() {
  Uplinks out;
  Uplink& a = out.links.emplace_back();
  a.name = "telecom", a.dev = "eth0", a.origin = {9, 5, 1};
  a.gateway4 = *parse_ip("192.0.2.1"), a.gateway6 = *parse_ip("fe80::1");
  a.addresses = {*parse_ip("192.0.2.10"), *parse_ip("2001:db8::10")};
  a.snat = {SnatMode::address, *parse_ip("192.0.2.11")};
  a.onlink = true;
  a.health.targets = any_guard().probes;
  a.health.loss_limit = 30, a.health.latency_limit = 200;
  Uplink& b = out.links.emplace_back();
  b.name = "unicom", b.dev = "eth1", b.gateway4 = *parse_ip("198.51.100.1"), b.table = 102, b.id = 7;
  b.health.method = HealthMethod::carrier, b.health.require = kRequireAll;
  Steer& steer = out.steer.emplace_back();
  steer.via = "unicom", steer.ipv6 = false, steer.origin = {20, 3, 1};
  steer.match.from = *parse_prefix("10.0.1.0/24"), steer.match.dport = Span{80, 90};
  out.hooks.command = {"/bin/hook", "two words"};
  out.failback = kFailbackNever, out.metric = 50;
  assign_numbers(out), fill_defaults(out);
  return out;
}

TEST(Json, DesiredSurvives) {
  Random random(4);
  Desired desired;
  desired.state = any_state(random);
  for (Link& link : desired.state.links) link.origin = {5, 1, 0};
  Match match{.name = "lan0", .ifname = "eth0", .origin = {2, 3, 1}};
  match.mac = Mac{{2, 0, 0, 0, 0, 1}}, match.permanent_mac = Mac{{2, 0, 0, 0, 0, 2}};
  match.pci = "0000:00:03.0", match.driver = "virtio_net", match.path = "pci-0000:00:03.0";
  desired.matches = {match, Match{.name = "lan1", .path = "x"}};
  desired.tables = {{"telecom", 101}, {"uni\"com", 4000000000U}};
  desired.exclusive = true;
  desired.exclusive_links = {"eth0", "eth1"};
  desired.guard = any_guard();
  desired.uplinks = any_uplinks();
  std::string text;
  JsonText sink(text);
  write(sink, desired);
  auto back = desired_from_json(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->state, desired.state);
  EXPECT_EQ(back->state.links[0].origin, (Place{5, 1, 0}));
  EXPECT_EQ(back->matches, desired.matches);
  EXPECT_EQ(back->matches[0].origin, match.origin);
  EXPECT_EQ(back->tables, desired.tables);
  EXPECT_EQ(back->exclusive, true);
  EXPECT_EQ(back->exclusive_links, desired.exclusive_links);
  EXPECT_EQ(back->guard, desired.guard);
  EXPECT_EQ(back->uplinks, desired.uplinks);
  EXPECT_EQ(back->uplinks->links[0].origin, (Place{9, 5, 1}));
  EXPECT_EQ(back->uplinks->steer[0].origin, (Place{20, 3, 1}));
  EXPECT_EQ(back->guard.probes[1].origin, desired.guard.probes[1].origin);
}

TEST(Json, AGuardWithoutProbesIsNotOneThatNamesNone) {
  for (bool named : {false, true}) {
    Desired desired;
    desired.guard.probes_named = named;
    std::string text;
    JsonText sink(text);
    write(sink, desired);
    auto back = desired_from_json(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->guard.probes_named, named);
  }
}

TEST(Json, UsesTheSpecsForms) {
  Link link;
  link.name = "bond0", link.state = LinkState::up, link.mtu = 9000;
  link.master = "br0", link.port = BridgePort{};
  std::get<BridgePort>(link.port).cost = 10;
  Bond bond;
  bond.mode = BondMode::lacp, bond.miimon = 100;
  link.kind = bond;
  EXPECT_EQ(text_of(link),
            R"({"name":"bond0","kind":"bond","bond":{"mode":"802.3ad","miimon":"100ms"},"state":"up",)"
            R"("mtu":9000,"master":"br0","port":{"kind":"bridge","cost":10}})");
  Route route;
  route.to = *parse_prefix("10.0.0.0/8");
  route.hops = {{*parse_ip("192.0.2.1"), "eth0"}};
  route.metrics.make().mtu = 1400;
  EXPECT_EQ(text_of(route), R"({"to":"10.0.0.0/8","via":"192.0.2.1","dev":"eth0","mtu":1400})");
  route.hops.push_back({*parse_ip("192.0.2.2"), "eth1", 5, true});
  EXPECT_THAT(text_of(route), HasSubstr(R"("next-hops":[{"via":"192.0.2.1","dev":"eth0"},)"
                                        R"({"via":"192.0.2.2","dev":"eth1","weight":5,"onlink":true}])"));
  EXPECT_EQ(to_json(link)["bond"]["mode"], "802.3ad");
}

TEST(Json, LeavesCarryTheirPaths) {
  Link link;
  link.name = "bond0";
  Bond bond;
  bond.miimon = 100, bond.arp_ip_target = std::vector<Ip>{};
  link.kind = bond;
  link.altnames = {"a", "b c"};
  link.description = "";
  EXPECT_EQ(leaves_of(link), (std::vector<Leaf>{{"name", "bond0"},
                                                {"kind", "bond"},
                                                {"bond.miimon", "100ms"},
                                                {"bond.arp-ip-target", "none"},
                                                {"description", "\"\""},
                                                {"altnames", "a, b c"}}));
  Route route;
  route.to = *parse_prefix("10.0.0.0/8");
  route.hops = {{*parse_ip("192.0.2.1"), "eth0", 1, true}, {{}, "eth1", 5}};
  EXPECT_EQ(leaves_of(route)[1], (Leaf{"next-hops", "via 192.0.2.1 dev eth0 onlink, dev eth1 weight 5"}));
}

TEST(Json, MistakesAreNamedWithTheirPlace) {
  auto problem = [](std::string_view text) { return state_from_json(text).error().message; };
  EXPECT_EQ(problem("{\n \"links\": [{\"name\":\"eth0\",\"colour\":1}]}"),
            "line 2, column 35: unknown key \"colour\"");
  EXPECT_THAT(problem(R"({"links":[{"name":"a/b"}]})"), HasSubstr("\"a/b\" is not an interface name"));
  EXPECT_THAT(problem(R"({"links":[{"mtu":4294967296}]})"), HasSubstr("mtu: 4294967296 is out of range"));
  EXPECT_THAT(problem(R"({"links":[{"kind":"bond","bond":{"mode":"fast"}}]})"),
              HasSubstr("\"fast\" is unknown"));
  EXPECT_THAT(problem(R"({"links":[{"bond":{}}]})"), HasSubstr("unknown key \"bond\""));
  EXPECT_THAT(problem(R"({"addresses":[{"address":"10.0.0.1/33"}]})"), HasSubstr("10.0.0.1/33"));
  EXPECT_THAT(problem(R"({"addresses":[{"valid-lifetime":"1ms"}]})"), HasSubstr("not a duration"));
  EXPECT_THAT(problem(R"({"routes":[{"tos":256}]})"), HasSubstr("256 is out of range"));
  EXPECT_THAT(problem(R"({"routes":[{"metric":1.5}]})"), HasSubstr("a whole number"));
  EXPECT_THAT(problem("[]"), HasSubstr("an object is expected"));
  EXPECT_THAT(problem("{} x"), HasSubstr("after the end"));
}

// No prefix of a good text is taken for a whole one, and none makes the reader read past its end.
TEST(Json, ATextCutShortIsAnError) {
  Random random(5);
  std::string text = text_of(any_state(random));
  for (size_t n = 0; n < text.size(); ++n) EXPECT_FALSE(state_from_json(std::string(text, 0, n))) << n;
}

}  // namespace
}  // namespace netcfg
