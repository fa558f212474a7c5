// Paths that lose packets only when they are large, and tell nobody: a session lives on until somebody lists
// a directory.
#include <gmock/gmock.h>

#include "tests/support/guard_drill.h"
#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The router takes no frame of more than 1300 bytes, and that such came, it does not notice. Only real
// packets count: the kernel hands the large ones that a card would cut into pieces over as they are.
class BlackHole : public GuardDrill, public testing::WithParamInterface<SshDrillNet> {
 protected:
  SshDrillNet net() const override { return GetParam(); }
  void begin() {
    begin_with(with_mtu(1300));
    ASSERT_TRUE(drill_->router("ip link set host mtu 1300").ok());
    ASSERT_TRUE(succeeds("ip link set eth0 gso_max_segs 1"));
    before_ = dump_when_quiet();
  }
  static std::string with_mtu(int mtu) {
    return spec(
        "  eth0: { mtu: " + std::to_string(mtu) + ", addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n",
        kDefaults);
  }
};

TEST_P(BlackHole, AnMtuThatIsTooLargeIsTakenBack) {
  begin();
  apply(with_mtu(1500), "--yes -q");
  ASSERT_TRUE(comes("waiting"));
  EXPECT_THAT(ended(), AllOf(HasSubstr("was not kept: connectivity was lost: ssh "), HasSubstr("=status 3")));
  expect_the_session_goes_on();
  EXPECT_EQ(drill_->ask("head -c 9000 /dev/zero | tr '\\0' x").output, std::string(9000, 'x'));
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(last_outcome(), "reverted");
}

TEST_P(BlackHole, AnMtuThatFitsIsKept) {
  begin();
  apply(with_mtu(1290), "--yes -q");
  ASSERT_TRUE(comes("waiting"));
  EXPECT_THAT(ended(), HasSubstr("=status 0"));
  expect_the_session_goes_on();
  EXPECT_EQ(last_outcome(), "kept");
}

// The path was like that before: the change that mends it is no reason to take it back, nor is another.
TEST_P(BlackHole, WhatWasLostBeforeIsNotDemanded) {
  begin();
  ASSERT_TRUE(succeeds("ip link set eth0 mtu 1500"));
  apply(with_mtu(1300), "--yes -q");
  ASSERT_TRUE(comes("waiting"));
  EXPECT_THAT(ended(), HasSubstr("=status 0"));
  expect_the_session_goes_on();
  EXPECT_EQ(last_outcome(), "kept");
}

INSTANTIATE_TEST_SUITE_P(Drill, BlackHole, testing::Values(kFar4, kFar6),
                         [](const auto& one) { return std::string(one.param.ipv6 ? "IPv6" : "IPv4"); });

}  // namespace
}  // namespace netcfg::test
