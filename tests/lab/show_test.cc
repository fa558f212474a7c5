// `netcfg show | netcfg plan -` with every kind of link, and beside things that netcfg cannot express.
#include <gmock/gmock.h>

#include "netcfg/kernel/kernel.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/show_again.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(LabShowAgain, RandomStates) {
  constexpr uint64_t kSequences = 15;
  constexpr int kOperations = 50;
  OpMix mix;
  mix.all_kinds = true;
  size_t states = 0, wrong_ones = 0;
  for (uint64_t seed = 1000; seed < 1000 + kSequences && wrong_ones < 5; ++seed) {
    auto netns = Netns::enter();
    ASSERT_TRUE(netns) << netns.error().message;
    auto kernel = open_kernel();
    ASSERT_TRUE(kernel) << kernel.error().message;
    std::string wrong = not_as_shown_at_random(**kernel, seed, kOperations, mix, states);
    EXPECT_TRUE(wrong.empty()) << wrong;
    wrong_ones += wrong.empty() ? 0 : 1;
  }
  EXPECT_GE(states, 120U);
}

class LabShow : public NetnsTest {
 protected:
  void as_shown() {
    auto shown = box_.run("$N --root $T show | tee shown.yaml");
    ASSERT_EQ(shown.status, 0) << shown.err;
    auto planned = box_.run("$N --root $T plan --detailed-exitcode shown.yaml");
    EXPECT_EQ(planned.status, 0) << planned.out << planned.err << shown.out;
    shown_ = shown.out;
  }
  Sandbox box_;
  std::string shown_;
};

TEST_F(LabShow, AHostWithBondsVlansAndVrfs) {
  ASSERT_TRUE(succeeds(
      "for i in 1 2 3 4; do ip link add name m$i type dummy; done;"
      "ip link add name bond7 type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4 && "
      "ip link add name bond8 type bond mode active-backup arp_interval 500 arp_ip_target 192.0.2.1 && "
      "ip link set dev m1 master bond7 && ip link set dev m2 master bond7 && ip link set dev m3 master bond8 "
      "&& "
      "ip link set dev bond8 type bond primary m3 && ip link set dev bond7 up && ip link set dev bond8 up && "
      "ip link add link bond7 name bond7.5 type vlan id 5 egress 1:2 && "
      "ip link add link bond7.5 name qinq type vlan id 6 protocol 802.1ad && "
      "ip link add name blue type vrf table 1000 && ip link set dev blue up && "
      "ip link set dev bond7.5 master blue && ip link set dev bond7.5 up && "
      "ip addr add 10.5.0.1/24 dev bond7.5 && ip route add 10.9.0.0/16 via 10.5.0.9 table 1000 && "
      "ip link add name br0 type bridge vlan_filtering 1 && ip link set dev m4 master br0 && "
      "bridge vlan add dev m4 vid 20-30 && bridge vlan add dev br0 vid 20 self && "
      "ip link add link bond8 name iv0 type ipvlan mode l3s && ip addr add 192.0.2.9/24 dev bond8 && "
      "ip link add name vx0 type vxlan id 7 dstport 4789 local 192.0.2.9 dev bond8"));
  as_shown();
  EXPECT_THAT(shown_, AllOf(HasSubstr("mode: 802.3ad"), HasSubstr("table: 1000"), HasSubstr("ipvlan:")));
}

TEST_F(LabShow, WhatCannotBeExpressedIsNamed) {
  ASSERT_TRUE(succeeds(
      "ip link add name d1 type dummy && ip link set dev d1 up && ip addr add 192.0.2.1/24 dev d1 && "
      "ip link add name gre7 type gre local 192.0.2.1 remote 192.0.2.9 key 7 && "
      "ip link add name wg7 type wireguard && ip link add name team7 type team && "
      "ip link add name sit7 type sit local 192.0.2.1 remote 192.0.2.8 && ip link set dev wg7 up && "
      "ip addr add 10.7.0.1/24 dev wg7 && ip addr add 10.8.0.1/24 dev gre7 && "
      "ip link add name d2 type dummy && ip link set dev d2 master team7 && "
      "tc qdisc add dev d1 root netem delay 1ms"));
  as_shown();
  EXPECT_THAT(shown_, AllOf(HasSubstr("gre7"), HasSubstr("wg7"), HasSubstr("team7"), HasSubstr("sit7"),
                            HasSubstr("netem"), HasSubstr("  d1:")));
}

}  // namespace
}  // namespace netcfg::test
