// `netcfg show | netcfg plan -` finds nothing to do, whatever the host is like; and what cannot be expressed
// is named.
#include <gmock/gmock.h>

#include "netcfg/kernel/kernel.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/show_again.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(ShowAgain, RandomStates) {
  constexpr uint64_t kSequences = 60;
  constexpr int kOperations = 60;
  size_t states = 0;
  for (uint64_t seed = 0; seed < kSequences; ++seed) {
    auto netns = Netns::enter();
    ASSERT_TRUE(netns) << netns.error().message;
    auto kernel = open_kernel();
    ASSERT_TRUE(kernel) << kernel.error().message;
    std::string wrong = not_as_shown_at_random(**kernel, seed, kOperations, OpMix{}, states);
    ASSERT_TRUE(wrong.empty()) << wrong;
  }
  EXPECT_GE(states, 500U);
}

class Show : public NetnsTest {
 protected:
  Sandbox box_;
};

TEST_F(Show, WhatCannotBeExpressedIsNamed) {
  ASSERT_TRUE(succeeds(
      "ip tuntap add dev tun7 mode tun && ip tuntap add dev tap7 mode tap && "
      "ip link add name br0 type bridge && ip link set dev tap7 master br0 && ip link set dev br0 up && "
      "ip addr add 192.0.2.1/24 dev tun7 && ip link set dev tun7 up && "
      "tc qdisc add dev br0 root handle 1: htb && tc qdisc add dev br0 clsact && ip link add name ve0 type "
      "veth peer name ve1 && "
      "ip link set dev ve0 up && ip link set dev ve1 up && ip addr add 192.0.3.1/24 dev ve0 && "
      "ip nexthop add id 5 via 192.0.3.9 dev ve0 && ip route add 10.0.0.0/8 nhid 5"));
  auto shown = box_.run("$N --root $T show | tee shown.yaml");
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("\n# "), HasSubstr("htb"), HasSubstr("clsact"), HasSubstr("tun7"),
                               HasSubstr("tap7"), HasSubstr("  br0:")));
  auto planned = box_.run("$N --root $T plan --detailed-exitcode shown.yaml");
  EXPECT_EQ(planned.status, 0) << planned.out << planned.err << shown.out;
  EXPECT_EQ(box_.run("$N --root $T apply shown.yaml").status, 0);
  EXPECT_THAT(run("tc qdisc show dev br0").output, HasSubstr("htb"));
}

}  // namespace
}  // namespace netcfg::test
