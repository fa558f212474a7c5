// Carrying out, reading back, and taking back, on a simulated kernel that refuses, meddles and stalls.
#include "netcfg/apply/apply.h"

#include <gmock/gmock.h>

#include "netcfg/diff/owner.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/managed.h"
#include "tests/support/random_state.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kFirst = R"(netcfg: 1
interfaces:
  eth0: { mtu: 1400, addresses: [192.0.2.1/24] }
  br0: { bridge: { members: [eth1] }, addresses: [10.0.0.1/24] }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.9 }]
rules: [{ priority: 100, table: 7 }]
)";
constexpr const char* kSecond = R"(netcfg: 1
interfaces:
  eth0: { mtu: 1300, addresses: [192.0.2.2/24] }
  br1: { bridge: { members: [eth1] }, addresses: [10.0.0.1/24] }
routes: [{ to: 10.9.0.0/16, via: 10.0.0.8 }, { to: 10.8.0.0/16, via: 192.0.2.9 }]
rules: [{ priority: 200, table: 7 }]
sysctl: { net.ipv4.ip_forward: 1 }
)";

class ApplyTest : public testing::Test {
 protected:
  ApplyTest() {
    SimHost host;
    host.add_nic("eth0", Mac{{0x52, 0x54, 0, 0, 0, 1}});
    host.add_nic("eth1", Mac{{0x52, 0x54, 0, 0, 0, 2}});
    kernel_ = SimKernel(std::move(host));
    EXPECT_TRUE(went_well(managed_.apply(kFirst)));
    before_ = state();
  }
  // Link-local addresses follow the MAC address that a bridge has when they are made.
  State state() {
    State now = kernel_.state();
    std::erase_if(now.addresses, [](const Address& a) { return is_kernels(a); });
    return now;
  }
  static void lower_mtu(SimKernel& kernel) {
    State now = kernel.state();
    const Link before = *now.link("eth0");
    Link after = before;
    after.mtu = 1280;
    Op op{Action::update, &before, &after};
    EXPECT_FALSE(kernel.host().apply(op).refused());
  }
  void expect_restored(const Applied& applied) {
    EXPECT_EQ(applied.outcome, Outcome::restored) << problems_of(applied);
    EXPECT_THAT(applied.leftover, IsEmpty());
    EXPECT_EQ(difference(before_, state()), "");
  }

  SimKernel kernel_;
  Managed managed_{kernel_};
  State before_;
};

TEST_F(ApplyTest, AnEmptyPlanWritesNothingAndForgetsNothing) {
  size_t writes = kernel_.writes();
  Applied applied = managed_.apply(kFirst);
  EXPECT_EQ(applied.outcome, Outcome::nothing);
  EXPECT_EQ(applied.writes, 0U);
  EXPECT_EQ(kernel_.writes(), writes);
}

TEST_F(ApplyTest, WhatIsReachedIsRemembered) {
  Applied applied = managed_.apply(kSecond);
  ASSERT_EQ(applied.outcome, Outcome::applied) << problems_of(applied);
  EXPECT_THAT(applied.ledger.own_links, ElementsAre(IfName("br1")));
  ASSERT_THAT(applied.ledger.original.sysctls, SizeIs(1));
  EXPECT_EQ(applied.ledger.original.sysctls[0].value, "0");
  const Link* eth0 = applied.ledger.original.link("eth0");
  ASSERT_TRUE(eth0);
  EXPECT_EQ(eth0->mtu, 1500U) << "the value before netcfg first set it";
  // The way back to an empty spec leaves the cards as they were found.
  EXPECT_TRUE(went_well(managed_.apply("netcfg: 1\n")));
  State now = kernel_.state({.sysctls = {"net/ipv4/ip_forward"}});
  EXPECT_EQ(now.link("eth0")->mtu, 1500U);
  EXPECT_EQ(now.link("br1"), nullptr);
  EXPECT_EQ(now.sysctls.at(0).value, "0");
}

TEST_F(ApplyTest, ASecondPassMendsWhatAnotherDidMeanwhile) {
  bool done = false;
  kernel_.after_write = [&](SimKernel& kernel, const Op& op) {
    const auto* link = std::get_if<const Link*>(&op.after);
    if (done || !link || !*link || (*link)->name != IfName("eth0")) return;
    done = true;
    lower_mtu(kernel);
  };
  Applied applied = managed_.apply(kSecond);
  EXPECT_TRUE(done);
  EXPECT_EQ(applied.outcome, Outcome::applied) << problems_of(applied);
  State now = kernel_.state();
  EXPECT_EQ(now.link("eth0")->mtu, 1300U);
}

TEST_F(ApplyTest, WhoeverMeddlesForeverIsNamedAndAllIsTakenBack) {
  // Until the undoing asks for another value than the spec.
  kernel_.after_write = [&](SimKernel& kernel, const Op& op) {
    const auto* link = std::get_if<const Link*>(&op.after);
    if (link && *link && (*link)->name == IfName("eth0") && (*link)->mtu == 1300U) lower_mtu(kernel);
  };
  Applied applied = managed_.apply(kSecond);
  expect_restored(applied);
  ASSERT_THAT(applied.problems, Not(IsEmpty()));
  EXPECT_THAT(applied.problems[0].message, HasSubstr("link eth0 is not as wanted after the change"));
}

TEST_F(ApplyTest, EveryRefusalIsTakenBackAndCited) {
  auto planned = managed_.plan(kSecond);
  size_t writes = planned->writes();
  ASSERT_GE(writes, 10U);
  FaultyKernel faulty(kernel_);
  managed_.use(faulty);
  for (Fault fault : kFaults)
    for (size_t k = 0; k < writes; ++k) {
      SCOPED_TRACE(std::to_string(k) + kFaultNames[static_cast<int>(fault)]);
      faulty.fail_at(k, fault, EBUSY);
      Applied applied = managed_.apply(kSecond);
      ASSERT_TRUE(faulty.failed());
      expect_restored(applied);
      ASSERT_THAT(applied.problems, SizeIs(1));
      EXPECT_THAT(applied.problems[0].message, AllOf(HasSubstr("cannot "), HasSubstr(": injected")));
      EXPECT_THAT(applied.problems[0].hint, HasSubstr("EBUSY"));
    }
}

TEST_F(ApplyTest, ARefusalWhileUndoingIsTriedAgain) {
  FaultyKernel faulty(kernel_);
  managed_.use(faulty);
  size_t writes = managed_.plan(kSecond)->writes();
  kernel_.fail_at(writes, EBUSY);  // the first write of the way back
  faulty.fail_at(writes - 1, Fault::after, EIO);
  expect_restored(managed_.apply(kSecond));
}

TEST_F(ApplyTest, UndoingThatFailsForGoodIsDamage) {
  // From the first refusal on nobody may write any more.
  class Dead : public FaultyKernel {
   public:
    using FaultyKernel::FaultyKernel;
    std::optional<Refusal> write(std::span<const Op> ops, const std::function<bool()>& stop) override {
      if (failed()) return Refusal{0, EPERM, "dead", "a test"};
      return FaultyKernel::write(ops, stop);
    }
  } dead(kernel_);
  managed_.use(dead);
  dead.fail_at(5, Fault::before, EIO);
  Applied applied = managed_.apply(kSecond);
  EXPECT_EQ(applied.outcome, Outcome::damaged);
  EXPECT_THAT(applied.leftover, Not(IsEmpty()));
  EXPECT_THAT(applied.problems[0].message, HasSubstr("injected")) << "the first cause comes first";
}

TEST_F(ApplyTest, AStateThatCannotBeReadIsDamage) {
  auto planned = managed_.plan(kSecond);
  kernel_.at(3, [](SimKernel& kernel) { kernel.read_error = ENOBUFS; });
  Applied applied = managed_.apply(*planned);
  EXPECT_EQ(applied.outcome, Outcome::damaged);
  EXPECT_THAT(applied.problems[0].message, HasSubstr("cannot read the state back"));
  EXPECT_THAT(applied.leftover, ElementsAre(HasSubstr("the state cannot be read")));
}

TEST_F(ApplyTest, AnInterruptAnywhereIsTakenBack) {
  size_t writes = managed_.plan(kSecond)->writes();
  for (size_t after = 0; after <= writes; ++after) {
    SCOPED_TRACE(after);
    size_t begin = kernel_.writes();
    ApplyOptions options;
    options.stop = [&] { return kernel_.writes() >= begin + after; };
    Applied applied = managed_.apply(kSecond, options);
    expect_restored(applied);
    ASSERT_THAT(applied.problems, SizeIs(1));
    EXPECT_THAT(applied.problems[0].message, HasSubstr("interrupted"));
  }
}

TEST_F(ApplyTest, ProgressEndsAtAll) {
  std::vector<std::pair<size_t, size_t>> seen;
  ApplyOptions options;
  options.progress = [&](size_t done, size_t all) { seen.emplace_back(done, all); };
  size_t writes = managed_.plan(kSecond)->writes();
  Applied applied = managed_.apply(kSecond, options);
  EXPECT_EQ(applied.writes, writes);
  ASSERT_THAT(seen, Not(IsEmpty()));
  EXPECT_EQ(seen.back(), std::pair(writes, writes));
}

TEST_F(ApplyTest, WhatOthersDoMeanwhileSurvivesTheUndoing) {
  // A daemon adds a route while the change is under way that is then refused.
  Route theirs;
  theirs.to = *parse_prefix("172.16.0.0/12"), theirs.type = RouteType::blackhole, theirs.protocol = 186;
  kernel_.at(2, [&](SimKernel& kernel) {
    Op op{Action::create, static_cast<const Route*>(nullptr), &theirs};
    EXPECT_FALSE(kernel.host().apply(op).refused());
  });
  kernel_.fail_at(managed_.plan(kSecond)->writes() - 1, EIO);
  Applied applied = managed_.apply(kSecond);
  EXPECT_EQ(applied.outcome, Outcome::restored) << problems_of(applied);
  EXPECT_THAT(difference(before_, state()), testing::StartsWith("  +  route 172.16.0.0/12"));
}

TEST_F(ApplyTest, QueueingDisciplinesThatTheKernelLacksAreToldWithTheirModules) {
  std::string spec = kFirst;
  spec.replace(spec.find("mtu: 1400"), 9, "mtu: 1400, qos: { rate: 1mbit }");
  kernel_.fail_at(0, ENOENT, "Specified qdisc kind is unknown");
  Applied applied = managed_.apply(spec);
  expect_restored(applied);
  EXPECT_THAT(problems_of(applied),
              AllOf(HasSubstr("cannot create qdisc eth0: Specified qdisc kind is unknown"),
                    HasSubstr("lacks one of the modules sch_fq_codel, sch_htb: ")));
}

}  // namespace
}  // namespace netcfg::test
