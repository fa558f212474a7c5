// Next-hop objects on links without a carrier: what can be wanted of them now.
#include "netcfg/diff/waiting.h"

#include <gmock/gmock.h>

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Link link(const char* name, bool carrier) {
  Link out;
  out.name = name;
  out.state = LinkState::up;
  out.carrier = carrier;
  return out;
}

Nexthop by(uint32_t id, const char* dev) {
  Nexthop out;
  out.id = id;
  out.family = Family::ipv4;
  out.dev = dev;
  return out;
}

Nexthop group(uint32_t id, std::vector<NexthopMember> members, std::vector<NexthopMember> any_of = {}) {
  Nexthop out;
  out.id = id;
  out.group = std::move(members);
  out.any_of = std::move(any_of);
  return out;
}

Route route(const char* to, uint32_t nexthop) {
  Route out;
  out.to = *parse_prefix(to);
  out.nexthop_id = nexthop;
  return out;
}

class WaitingFor : public testing::Test {
 protected:
  WaitingFor() {
    live_.links = {link("eth0", false), link("eth1", true)};
    desired_.state.links = {Link{}, Link{}};
    desired_.state.links[0].name = "eth0";
    desired_.state.links[1].name = "eth1";
    desired_.state.nexthops = {by(10, "eth0"), by(11, "eth1"), group(20, {{10, 1}, {11, 1}}),
                               group(21, {{10, 1}})};
    desired_.state.routes = {route("10.0.0.0/8", 20), route("10.1.0.0/16", 21)};
    desired_.state.sort();
  }
  Differences found() { return diff(live_, desired_, ledger_); }
  std::vector<uint32_t> ids() {
    found_ = found();
    std::vector<uint32_t> out;
    for (const auto& d : found_.nexthops) out.push_back(d.after.id);
    return out;
  }

  State live_;
  Desired desired_;
  Ledger ledger_;
  Differences found_;
};

TEST_F(WaitingFor, ACarrierIsNoDifference) {
  EXPECT_THAT(ids(), ElementsAre(11, 20));
  EXPECT_THAT(found_.nexthops[1].after.group, ElementsAre(NexthopMember{11, 1}));
  ASSERT_THAT(found_.waiting, SizeIs(2));
  EXPECT_EQ(found_.waiting[0].first->id, 10U);
  EXPECT_EQ(found_.waiting[1].first->id, 21U);
  EXPECT_EQ(found_.waiting[1].second, IfName("eth0"));
  ASSERT_THAT(found_.routes, SizeIs(1));
  const Route& wanted = found_.routes[0].after;
  EXPECT_EQ(wanted.nexthop_id, 20U);
}

TEST_F(WaitingFor, ALinkThatIsDownOrHasOneIsNotWaitedFor) {
  live_.links[0].state = LinkState::down;
  desired_.state.links[0].state = LinkState::up;
  EXPECT_THAT(ids(), ElementsAre(10, 11, 20, 21));
  live_.links[0] = link("eth0", true);
  EXPECT_THAT(ids(), ElementsAre(10, 11, 20, 21));
  live_.links[0].carrier.reset();
  EXPECT_THAT(ids(), ElementsAre(10, 11, 20, 21));
}

// A bridge gets its carrier from a port that joins it.
TEST_F(WaitingFor, ALinkThatMayGetOneByThePlanIsNotWaitedFor) {
  live_.links[0].kind = Bridge{};
  live_.links[1].master = IfName();
  EXPECT_THAT(ids(), ElementsAre(11, 20));
  desired_.state.links[1].master = IfName("eth0");
  desired_.state.nexthops.erase(desired_.state.nexthops.begin() + 1);
  desired_.state.nexthops[1].group.pop_back();
  EXPECT_THAT(ids(), ElementsAre(10, 20, 21));
}

TEST_F(WaitingFor, CandidatesThatHaveOneTakeOver) {
  desired_.state.nexthops[3] = group(21, {{10, 1}}, {{10, 1}, {11, 1}});
  EXPECT_THAT(ids(), ElementsAre(11, 20, 21));
  EXPECT_THAT(found_.nexthops[2].after.group, ElementsAre(NexthopMember{11, 1}));
  EXPECT_THAT(found_.routes, SizeIs(2));
}

TEST(Carriers, ComeFromOtherLinks) {
  State live, wanted;
  live.links = {link("bond0", true), link("br0", true), link("eth0", true), link("va", true),
                link("vlan5", true)};
  live.links[0].kind = Bond{};
  live.links[1].kind = Bridge{};
  live.links[2].master = IfName("bond0");
  live.links[3].kind = Veth{IfName("vb")};
  Vlan vlan;
  vlan.parent = IfName("bond0");
  live.links[4].kind = vlan;
  wanted.links = {link("eth1", true)};
  wanted.links[0].master = IfName("br0");
  EXPECT_THAT(carriers_of("bond0", live, wanted), ElementsAre(IfName("eth0")));
  EXPECT_THAT(carriers_of("br0", live, wanted), ElementsAre(IfName("eth1")));
  EXPECT_THAT(carriers_of("va", live, wanted), ElementsAre(IfName("vb")));
  EXPECT_THAT(carriers_of("vlan5", live, wanted), ElementsAre(IfName("bond0")));
  EXPECT_THAT(carriers_of("eth0", live, wanted), IsEmpty());
}

}  // namespace
}  // namespace netcfg::test
