// Traffic over a bond and a VLAN goes on while netcfg changes what the plan does not mark as disruptive.
#include <gmock/gmock.h>

#include "tests/support/lossless.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

constexpr const char* kBase = R"(netcfg: 1
interfaces:
  m1: {}
  m2: {}
  m3: {}
  bond7: { bond: { mode: active-backup, members: [m1, m2], miimon: 50ms }, mtu: 1400, addresses: [10.0.0.1/24] }
  bond7.5: { vlan: { parent: bond7, id: 5 }, addresses: [10.5.0.1/24] }
routes:
  - { to: 10.50.0.0/24, via: 10.5.0.2 }
)";

// The other ends are ports of one bridge in another namespace, as a switch would have it.
constexpr const char* kSwitch =
    // arp_ignore: a card that is not yet a member does not answer for the bond's addresses.
    "sysctl -qw net.ipv4.conf.all.arp_ignore=1 && "
    "ip -n far link add name sw0 type bridge && ip -n far link set dev sw0 up && "
    "for i in 1 2 3; do ip link add name m$i type veth peer name far$i netns far && "
    "ip -n far link set dev far$i master sw0 && ip -n far link set dev far$i up; done && "
    "ip -n far link add link sw0 name sw0.5 type vlan id 5 && ip -n far link set dev sw0.5 up && "
    "ip -n far addr add 10.50.0.1/32 dev lo && ip -n far addr add 10.0.0.2/24 dev sw0 && "
    "ip -n far addr add 10.5.0.2/24 dev sw0.5 && ip -n far addr add 10.5.0.3/24 dev sw0.5";

class LabTraffic : public TrafficTest {
 protected:
  LabTraffic()
      : TrafficTest(kBase, kSwitch,
                    {{"far", "", "10.0.0.1"}, {"far", "", "10.5.0.1"}, {"", "far", "10.50.0.1"}}) {}
};

TEST_F(LabTraffic, OptionsOfABondInPlace) {
  passes_both_ways("miimon: 50ms", "miimon: 100ms, updelay: 200ms, downdelay: 200ms");
  passes_both_ways("miimon: 50ms",
                   "miimon: 50ms, num-peer-notif: 3, resend-igmp: 2, all-slaves-active: true");
  passes_both_ways("[m1, m2]", "{ m1: { queue-id: 1 }, m2: { queue-id: 2 } }");
}

TEST_F(LabTraffic, MtuOfABondAndItsVlan) {
  passes_both_ways("mtu: 1400", "mtu: 1500");
}

TEST_F(LabTraffic, AddressesRoutesAndVlans) {
  passes_both_ways("[10.5.0.1/24]", "[10.5.0.1/24, { address: 10.5.0.7/24, label: \"bond7.5:1\" }]");
  passes_both_ways("via: 10.5.0.2", "via: 10.5.0.3, metric: 0, initcwnd: 10");
  passes_both_ways("id: 5 }", "id: 5, egress-qos-map: { 1: 2 } }");
  passes_both_ways("routes:",
                   "  bond7.6: { vlan: { parent: bond7, id: 6 }, addresses: [10.6.0.1/24] }\nroutes:");
}

TEST_F(LabTraffic, MembersThatCarryNothingComeAndGo) {
  // m3 is not yet a member, and up: that it changes its master is announced.
  Passage there = through({replaced(kBase, "[m1, m2]", "[m1, m2, m3]")});
  EXPECT_EQ(there.all, 0U) << there.disruptive << run("cat /proc/net/bonding/bond7; ip -n far neigh").output;
  Passage back = through({kBase});
  EXPECT_EQ(back.all, 0U) << back.disruptive;
  EXPECT_EQ(through({replaced(kBase, "[m1, m2]", "[m1]")}).all, 0U);
}

// The meter shows a loss where there is one, and such steps are marked.
TEST_F(LabTraffic, AnotherModeOrVlanIsAnnouncedAndLoses) {
  Passage away = through({replaced(kBase, "mode: active-backup", "mode: balance-rr")});
  EXPECT_THAT(away.disruptive, HasSubstr("link bond7: "));
  away = through({kBase});
  EXPECT_THAT(away.disruptive, HasSubstr("link bond7: "));
  away = through({replaced(kBase, "id: 5", "id: 9"), kBase});
  EXPECT_THAT(away.disruptive, HasSubstr("link bond7.5: "));
  EXPECT_GT(away.lost[1], 0U);
  EXPECT_EQ(away.lost[0], 0U) << "the bond itself is not touched";
}

}  // namespace
}  // namespace netcfg::test
