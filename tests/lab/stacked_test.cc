// VLANs, VRFs, ipvlans and dummies on Debian's kernel.
#include <gmock/gmock.h>

#include "tests/support/live_kernel.h"

namespace netcfg::test {
namespace {

class Stacked : public LiveKernelTest {
 protected:
  void SetUp() override {
    LiveKernelTest::SetUp();
    ASSERT_TRUE(succeeds(
        "ip link add d1 type dummy; ip link add d2 type dummy; ip link set d1 up; ip link set d2 up"));
  }
};

template <class Kind>
Link link_of(const IfName& name, const Kind& kind) {
  Link link;
  link.name = name;
  link.kind = kind;
  return link;
}

Vlan vlan_on(const IfName& parent, uint16_t id) {
  Vlan vlan;
  vlan.parent = parent;
  vlan.id = id;
  return vlan;
}

TEST_F(Stacked, VlanFields) {
  change_each_kind_field(link_of("d1.10", vlan_on("d1", 10)),
                         {{"parent", std::string("d2")},
                          {"ingress-qos-map", Texts{"1:2", "3:4"}},
                          {"egress-qos-map", Texts{"0:1", "5:6"}}},
                         {"bridge-binding"});
}

TEST_F(Stacked, VlanWithEverything) {
  Vlan wanted = vlan_on("d1", 100);
  wanted.protocol = 0x88a8;
  wanted.reorder_hdr = false;
  wanted.loose_binding = true;
  wanted.gvrp = wanted.mvrp = wanted.bridge_binding = false;
  wanted.ingress_qos_map = {{1, 7}, {6, 2}};
  wanted.egress_qos_map = {{0, 3}, {9, 4}};
  Link link = link_of("v", wanted);
  link.state = LinkState::up;
  link.mtu = 1400;
  ASSERT_TRUE(accepted(create(link)));
  EXPECT_TRUE(std::get<Vlan>(live("v").kind) == wanted);
  Link before = live("v");
  Link after = before;
  std::get<Vlan>(after.kind).ingress_qos_map = {{6, 1}};
  std::get<Vlan>(after.kind).egress_qos_map.emplace();
  ASSERT_TRUE(accepted(update(before, after)));
  EXPECT_TRUE(same(live("v"), after));
  // A VLAN in it, and all that again from what was read.
  Link inner = link_of("v.5", vlan_on("v", 5));
  ASSERT_TRUE(accepted(create(inner)));
  inner = live("v.5");
  Link outer = live("v");
  ASSERT_TRUE(accepted(remove(outer)));
  EXPECT_FALSE(exists("v.5"));
  ASSERT_TRUE(accepted(create(outer)));
  ASSERT_TRUE(accepted(create(inner)));
  EXPECT_TRUE(same(live("v"), outer));
  EXPECT_TRUE(same(live("v.5"), inner));
}

TEST_F(Stacked, AVlansIdentityIsNotSilentlyKept) {
  ASSERT_TRUE(accepted(create(link_of("v", vlan_on("d1", 10)))));
  Link before = live("v");
  Link after = before;
  std::get<Vlan>(after.kind).id = 11;
  auto refusal = update(before, after);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EOPNOTSUPP);
}

TEST_F(Stacked, VlanOnABridgeFollowsItsPorts) {
  ASSERT_TRUE(succeeds("ip link add name br type bridge vlan_filtering 1"));
  Vlan wanted = vlan_on("br", 10);
  wanted.bridge_binding = true;
  ASSERT_TRUE(accepted(create(link_of("br.10", wanted))));
  EXPECT_EQ(std::get<Vlan>(live("br.10").kind).bridge_binding, true);
}

TEST_F(Stacked, Vrf) {
  Link vrf = link_of("red", Vrf{1000});
  vrf.state = LinkState::up;
  ASSERT_TRUE(accepted(create(vrf)));
  EXPECT_EQ(std::get<Vrf>(live("red").kind).table, 1000U);
  Link before = live("d1");
  Link after = before;
  after.master = "red";
  ASSERT_TRUE(accepted(update(before, after)));
  EXPECT_EQ(live("d1").master, IfName("red"));
  EXPECT_EQ(live("d1").port.index(), 0U);
  Link member = link_of("d3", Dummy{});
  member.master = "red";
  member.state = LinkState::up;
  ASSERT_TRUE(accepted(create(member)));
  EXPECT_EQ(live("d3").master, IfName("red"));
  EXPECT_EQ(live("d3").state, LinkState::up);
  // The kernel made the rule that looks up the members' tables.
  State now = state();
  EXPECT_TRUE(std::any_of(now.rules.begin(), now.rules.end(),
                          [](const Rule& r) { return r.l3mdev == true && !r.table; }));
  ASSERT_TRUE(accepted(update(live("d1"), before)));
  EXPECT_EQ(live("d1").master, IfName());
  ASSERT_TRUE(accepted(remove(live("red"))));
}

TEST_F(Stacked, IpvlanFields) {
  Ipvlan options;
  options.parent = "d1";
  change_each_kind_field(link_of("iv", options), {{"parent", std::string("d2")}});
}

TEST_F(Stacked, MacvlanFields) {
  Macvlan options;
  options.parent = "d1";
  options.mode = 4;
  change_each_kind_field(link_of("mv", options),
                         {{"parent", std::string("d2")}, {"mode", std::string("private")}}, {"nopromisc"});
}

TEST_F(Stacked, Dummy) {
  Link link = link_of("d9", netcfg::Dummy{});
  link.arp = true;
  link.mac = parse<Mac>("02:00:00:00:00:09");
  ASSERT_TRUE(accepted(create(link)));
  Link now = live("d9");
  EXPECT_EQ(now.arp, true);
  EXPECT_EQ(now.mac, link.mac);
  ASSERT_TRUE(accepted(remove(now)));
  ASSERT_TRUE(accepted(create(now)));
  EXPECT_TRUE(same(live("d9"), now));
}

TEST_F(Stacked, ForeignKinds) {
  ASSERT_TRUE(succeeds("ip link add team0 type team; ip link set d1 down; ip link set d1 master team0"));
  EXPECT_EQ(live("team0").foreign_kind, "team");
  EXPECT_EQ(live("d1").master, IfName("team0"));
  EXPECT_EQ(live("d1").port.index(), 0U);
}

}  // namespace
}  // namespace netcfg::test
