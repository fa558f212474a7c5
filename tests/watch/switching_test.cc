#include "netcfg/watch/switching.h"

#include <gmock/gmock.h>

#include "tests/watch/simulated.h"

namespace netcfg::test {
namespace {

using namespace watch;
using testing::ElementsAre;
using testing::IsEmpty;

// Two uplinks, a route by the policy's group and one by the first gateway.
struct Fixture {
  Ways ways{some_uplinks(2), {}, {}};
  uint32_t a = gateway_nexthop(ways.uplinks.links[0], Family::ipv4);
  uint32_t b = gateway_nexthop(ways.uplinks.links[1], Family::ipv4);
  uint32_t policy = policy_nexthop(Family::ipv4);
  Fixture() {
    for (uint32_t id : {policy, a}) {
      Route route;
      route.to = *parse_prefix("0.0.0.0/0"), route.nexthop_id = id, route.table = id;
      ways.routes.push_back(route);
    }
  }
  static Nexthop group(uint32_t id, std::vector<NexthopMember> members) {
    Nexthop out;
    out.id = id, out.group = std::move(members);
    return out;
  }
  static Nexthop plain(uint32_t id) {
    Nexthop out;
    out.id = id, out.family = Family::ipv4;
    return out;
  }
  // What is made, replaced and restored, in few words.
  std::vector<std::string> steps(uint32_t member, std::vector<bool> usable, const std::vector<Nexthop>& live,
                                 Repair repair) const {
    std::vector<std::string> out;
    Steps all = steps_to(ways, {{policy, {{member, 1}}}}, usable, live, repair);
    for (const Nexthop& one : all.make) out.push_back("+" + words(one));
    for (const Nexthop& one : all.replace) out.push_back(words(one));
    for (const Route& one : all.restore) out.push_back("route " + name(one.nexthop_id));
    return out;
  }
  std::string words(const Nexthop& one) const {
    std::string out = name(one.id);
    for (const NexthopMember& m : one.group) out += " " + name(m.id);
    return out + (one.resilient ? " resilient" : "");
  }
  std::string name(uint32_t id) const {
    return id == a                                ? "a"
           : id == b                              ? "b"
           : id == policy                         ? "policy"
           : id == dead_end_nexthop(Family::ipv4) ? "end"
                                                  : "?";
  }
};

TEST(Switching, ReplacesTheGroupAlone) {
  Fixture f;
  std::vector<Nexthop> live = {f.group(f.policy, {{f.a, 1}}), f.plain(f.a), f.plain(f.b)};
  EXPECT_THAT(f.steps(f.b, {true, true}, live, Repair::no), ElementsAre("policy b"));
  EXPECT_THAT(f.steps(f.a, {true, true}, live, Repair::lost), IsEmpty()) << "it is as it should be";
}

TEST(Switching, MakesAgainWhatTheKernelDeletedWithItsRoutes) {
  Fixture f;
  std::vector<Nexthop> live = {f.plain(f.b)};
  EXPECT_THAT(f.steps(f.b, {false, true}, live, Repair::lost), ElementsAre("+policy b", "route policy"));
  EXPECT_THAT(f.steps(f.a, {true, true}, live, Repair::lost),
              ElementsAre("+a", "+policy a", "route policy", "route a"));
  EXPECT_THAT(f.steps(f.a, {true, true}, live, Repair::no), IsEmpty()) << "while a change is under way";
}

// They go with the last address of an interface, which takes no next hop along.
TEST(Switching, NetworksOfUplinksAreRoutedAgain) {
  Fixture f;
  Route near;
  near.to = *parse_prefix("192.0.2.0/24"), near.table = kAnySourceTable;
  near.hops.push_back({{}, f.ways.uplinks.links[0].dev});
  Desired desired;
  desired.uplinks = f.ways.uplinks;
  desired.state.routes = {near, f.ways.routes[0]};
  desired.state.routes.push_back(near);
  desired.state.routes.back().table = 7;  // somebody else's
  f.ways = *ways_of(desired);
  EXPECT_EQ(f.ways.routes.size(), 2U);
  std::vector<Nexthop> live = {f.group(f.policy, {{f.b, 1}}), f.plain(f.a), f.plain(f.b)};
  EXPECT_THAT(f.steps(f.b, {true, true}, live, Repair::lost), ElementsAre("route ?"));
  EXPECT_THAT(f.steps(f.b, {false, true}, live, Repair::lost), IsEmpty()) << "its interface has no address";
  EXPECT_THAT(f.steps(f.b, {true, true}, live, Repair::no), IsEmpty());
}

TEST(Switching, WhatHasNoLinkIsNeitherMadeNorAMember) {
  Fixture f;
  EXPECT_THAT(f.steps(f.a, {false, false}, {}, Repair::all), IsEmpty());
}

TEST(Switching, TheDeadEndIsMadeWhenItIsNeeded) {
  Fixture f;
  std::vector<Nexthop> live = {f.group(f.policy, {{f.a, 1}}), f.plain(f.a), f.plain(f.b)};
  EXPECT_THAT(f.steps(dead_end_nexthop(Family::ipv4), {true, true}, live, Repair::no),
              ElementsAre("+end", "policy end"));
}

TEST(Switching, AllRoutesAreOfferedAtTheStart) {
  Fixture f;
  std::vector<Nexthop> live = {f.group(f.policy, {{f.a, 1}}), f.plain(f.a), f.plain(f.b)};
  EXPECT_THAT(f.steps(f.a, {true, true}, live, Repair::all), ElementsAre("route policy", "route a"));
}

TEST(Switching, AGroupStaysResilient) {
  Fixture f;
  std::vector<Nexthop> live = {f.group(f.policy, {{f.a, 1}}), f.plain(f.a), f.plain(f.b)};
  live[0].resilient.emplace();
  EXPECT_THAT(f.steps(f.b, {true, true}, live, Repair::no), ElementsAre("policy b resilient"));
}

}  // namespace
}  // namespace netcfg::test
