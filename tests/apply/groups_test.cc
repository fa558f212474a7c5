// Groups of next hops that others choose members of, and kernels that make no resilient ones.
#include <gmock/gmock.h>

#include <algorithm>

#include "netcfg/apply/look.h"
#include "netcfg/apply/undo.h"
#include "tests/support/managed.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kInterfaces = R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24], state: up }
  eth1: { addresses: [198.51.100.10/24], state: up }
)";
const std::string kLinks = R"(
  links:
    a: { interface: eth0, gateway: 203.0.113.1, id: 1 }
    b: { interface: eth1, gateway: 198.51.100.1, id: 2, priority: 200 }
)";
const std::string kBalance = kInterfaces + std::string("uplinks:\n  policy: balance") + kLinks;
const std::string kFailover = kInterfaces + std::string("uplinks:\n  policy: failover") + kLinks;

class Groups : public testing::Test {
 protected:
  Groups() {
    SimHost host;
    host.add_nic("eth0", Mac{{0x52, 0x54, 0, 0, 0, 1}});
    host.add_nic("eth1", Mac{{0x52, 0x54, 0, 0, 0, 2}});
    kernel_ = SimKernel(std::move(host));
  }
  const Nexthop& group() {
    state_ = kernel_.state();
    return *state_.nexthop(policy_nexthop(Family::ipv4));
  }
  void choose(std::vector<NexthopMember> members) {
    Nexthop before = group(), after = before;
    after.group = std::move(members);
    Op op{Action::update, &before, &after};
    ASSERT_FALSE(kernel_.write({&op, 1}, {}));
  }

  SimKernel kernel_;
  Managed managed_{kernel_};
  State state_;
};

TEST_F(Groups, ThoseThatShareAreResilient) {
  ASSERT_TRUE(went_well(managed_.apply(kBalance)));
  ASSERT_TRUE(group().resilient);
  EXPECT_EQ(group().resilient->buckets, 128);
  auto again = managed_.plan(kBalance);
  EXPECT_THAT(again->plan->steps, IsEmpty());
  EXPECT_THAT(again->plan->warnings, IsEmpty());
}

TEST_F(Groups, WithoutThatThePlanSaysSoAndPlainOnesAreNoDifference) {
  kernel_.has_resilient_groups = false;
  auto plan = managed_.plan(kBalance);
  ASSERT_THAT(plan->plan->warnings, SizeIs(1));
  EXPECT_THAT(plan->plan->warnings[0].message, HasSubstr("plain ones are used"));
  EXPECT_EQ(plan->plan->warnings[0].place.line, 5U) << "uplinks:";
  ASSERT_TRUE(went_well(managed_.apply(*plan)));
  EXPECT_FALSE(group().resilient);
  auto again = managed_.plan(kBalance);
  EXPECT_THAT(again->plan->steps, IsEmpty());
  EXPECT_THAT(again->plan->warnings, SizeIs(1));
  // What the watcher makes again is what was made.
  EXPECT_FALSE(managed_.ledger.applied.nexthop(policy_nexthop(Family::ipv4))->resilient);
}

TEST_F(Groups, ANewerKernelMakesThemAnew) {
  kernel_.has_resilient_groups = false;
  ASSERT_TRUE(went_well(managed_.apply(kBalance)));
  kernel_.has_resilient_groups = true;
  auto plan = managed_.plan(kBalance);
  EXPECT_THAT(plan->disruptive(), HasSubstr("7800000"));
  ASSERT_TRUE(went_well(managed_.apply(*plan)));
  EXPECT_TRUE(group().resilient);
}

TEST_F(Groups, PlainOnesThatAreMeantAreNotSpokenOf) {
  kernel_.has_resilient_groups = false;
  std::string spec = kBalance;
  auto plan = managed_.plan(spec.insert(spec.find("  links:"), "  resilient: false\n"));
  EXPECT_THAT(plan->plan->warnings, IsEmpty());
}

TEST_F(Groups, OneThatTheSpecNamesItselfIsRefusedWithItsPlace) {
  kernel_.has_resilient_groups = false;
  auto plan = managed_.plan(std::string(kInterfaces) +
                            "nexthops:\n"
                            "  10: { via: 203.0.113.1, dev: eth0 }\n"
                            "  20: { group: [10], resilient: { buckets: 16 } }\n");
  EXPECT_FALSE(plan->plan);
  ASSERT_THAT(plan->problems, SizeIs(1));
  EXPECT_THAT(plan->problems[0].message, HasSubstr("this kernel makes no resilient groups"));
  EXPECT_EQ(plan->problems[0].place.line, 7U);
}

// What the watcher chose while a change was under way stays when that is taken back.
TEST_F(Groups, TheWayBackLeavesTheChoiceToWhoChooses) {
  ASSERT_TRUE(went_well(managed_.apply(kFailover)));
  Desired desired = desired_of(kFailover).value();
  Diagnostics problems;
  auto before = look(kernel_, {}, desired, managed_.ledger, Others::named, problems);
  NexthopMember a = group().group.front(), b{a.id + 4, 1};
  choose({b});
  Undone undone = undo(kernel_, before->live.state, {}, {});
  EXPECT_TRUE(undone.verified);
  EXPECT_EQ(undone.writes, 0U);
  EXPECT_THAT(group().group, ElementsAre(b));
}

// A wish about one object says nothing of the others, whoever made them.
TEST_F(Groups, APartialWishLeavesAllElse) {
  ASSERT_TRUE(went_well(managed_.apply(kFailover)));
  Desired desired;
  desired.partial = true;
  Link& link = desired.state.links.emplace_back();
  link.name = IfName("eth0");
  link.mtu = 1400;
  Managed stranger(kernel_);
  auto plan = stranger.plan(desired);
  ASSERT_TRUE(plan->plan);
  EXPECT_THAT(plan->plan->steps, SizeIs(1)) << plan->text();
}

}  // namespace
}  // namespace netcfg::test
