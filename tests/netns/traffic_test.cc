// Traffic goes on while netcfg changes what the plan does not mark as disruptive.
#include <gmock/gmock.h>

#include "tests/support/lossless.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

constexpr const char* kBase = R"(netcfg: 1
interfaces:
  eth0: { mtu: 1400 }
  eth1: {}
  br0: { bridge: { members: [eth0], forward-delay: 4s }, mtu: 1400, addresses: [10.0.0.1/24] }
routes:
  - { to: 10.50.0.0/24, via: 10.0.0.2 }
rules:
  - { priority: 1000, to: 10.50.0.0/24, table: main }
)";

// eth1 has the lower MAC address: as a member it gives the bridge another one.
constexpr const char* kPairs =
    "for i in 0 1; do ip link add name eth$i address 02:00:00:00:00:0$((9 - i)) type veth "
    "peer name far$i netns far && ip -n far link set dev far$i up; done && "
    "ip -n far addr add 10.50.0.1/32 dev lo && ip -n far addr add 10.0.0.2/24 dev far0 && "
    "ip -n far addr add 10.0.0.3/24 dev far0";

class Traffic : public TrafficTest {
 protected:
  Traffic() : TrafficTest(kBase, kPairs, {{"far", "", "10.0.0.1"}, {"", "far", "10.50.0.1"}}) {}
};

TEST_F(Traffic, AliasesComeAndGo) {
  passes_both_ways("[10.0.0.1/24]", "[10.0.0.1/24, { address: 10.0.0.9/24, label: \"br0:1\" }, 10.9.0.1/16]");
}

TEST_F(Traffic, MtuChangesInPlace) {
  passes("eth0: { mtu: 1400 }", "eth0: { mtu: 1500 }");
  EXPECT_THAT(run("ip link show dev eth0").output, HasSubstr("mtu 1500"));
  Passage back = through({kBase});
  EXPECT_EQ(back.all, 0U);
}

TEST_F(Traffic, RoutesAndRulesAreReplaced) {
  passes_both_ways("via: 10.0.0.2", "via: 10.0.0.3");
  passes_both_ways("via: 10.0.0.2", "via: 10.0.0.2, mtu: 1300, initcwnd: 20");
  passes_both_ways("priority: 1000", "priority: 900");
  passes_both_ways("table: main }", "table: main, suppress-prefix-length: 0 }");
}

TEST_F(Traffic, BridgeOptionsAndPorts) {
  passes_both_ways("forward-delay: 4s", "forward-delay: 8s, ageing-time: 40s, mcast-snooping: false");
  passes_both_ways("members: [eth0]", "members: { eth0: { cost: 7, priority: 3, fast-leave: true } }");
  passes_both_ways("forward-delay: 4s", "forward-delay: 4s, hello-time: 1s, max-age: 9s, priority: 4096");
}

TEST_F(Traffic, AnotherMemberJoins) {
  ASSERT_TRUE(succeeds("ip link set dev eth1 up"));
  Passage there = through({replaced(kBase, "members: [eth0]", "members: [eth0, eth1]")});
  EXPECT_EQ(there.all, 0U);
  // That eth1, which is up, becomes a member is announced; br0's traffic does not suffer.
  EXPECT_THAT(there.disruptive, HasSubstr("link eth1: "));
  EXPECT_THAT(there.disruptive, testing::Not(HasSubstr("eth0")));
  // Without it the bridge has eth0's MAC address again, which the others have to learn.
  Passage back = through({kBase});
  EXPECT_THAT(back.disruptive, HasSubstr("link eth1: "));
  EXPECT_THAT(back.disruptive, HasSubstr("br0 may get another MAC address"));
  EXPECT_THAT(run("ip link show dev br0").output, HasSubstr("02:00:00:00:00:09"));
}

TEST_F(Traffic, DescriptionsAndParameters) {
  passes_both_ways("eth0: { mtu: 1400", "eth0: { mtu: 1400, description: uplink, txqueuelen: 500");
  passes_both_ways("rules:", "sysctl: { net.ipv4.ip_forward: 1, net.ipv4.conf.br0.arp_announce: 2 }\nrules:");
}

// The meter shows a loss where there is one, and such steps are marked.
TEST_F(Traffic, WhatIsLostIsCountedAndAnnounced) {
  Passage away = through({replaced(kBase, "eth0: { mtu: 1400 }", "eth0: { mtu: 1400, state: down }"), kBase});
  EXPECT_THAT(away.disruptive, HasSubstr("link eth0: the link goes down"));
  EXPECT_GT(away.all, 0U);
  away = through({replaced(kBase, "via: 10.0.0.2", "via: 10.0.0.77"), kBase});
  EXPECT_GT(away.lost[1], 0U) << "a gateway that is not there";
  EXPECT_EQ(away.lost[0], 0U) << "the other direction has another path";
  away = through({replaced(kBase, "members: [eth0]", "members: []"), kBase});
  EXPECT_THAT(away.disruptive, HasSubstr("link eth0: the link changes its master"));
  EXPECT_GT(away.all, 0U);
}

}  // namespace
}  // namespace netcfg::test
