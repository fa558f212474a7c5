// Next-hop objects on this machine's kernel: made, replaced in place, lost with their links and made again.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>

#include "tests/support/faulty_kernel.h"
#include "tests/support/link_monitor.h"
#include "tests/support/managed_kernel.h"
#include "tests/support/settled.h"
#include "tests/support/show_again.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kHead = R"(netcfg: 1
interfaces:
  a: { veth: { peer: b }, mac: "02:aa:00:00:00:01", addresses: [192.0.2.10/24, { address: "2001:db8::10/64", nodad: true }] }
  b: { veth: { peer: a } }
  c: { veth: { peer: d }, addresses: [198.51.100.10/24] }
  d: { veth: { peer: c } }
)";

std::string spec(std::string_view rest) {
  return std::string(kHead) + std::string(rest);
}

constexpr std::string_view kAll = R"(
nexthops:
  10: { via: 192.0.2.1, dev: a }
  11: { via: 198.51.100.1 }
  12: { via: "2001:db8::1", dev: a }
  13: { blackhole: true }
  14: { dev: c }
  20: { group: { 10: 3, 11: 1 } }
  21: { group: { 10: 1, 11: 1 }, resilient: { buckets: 32, idle-timer: 60s } }
  22: { group: [12] }
routes:
  - { to: 10.0.0.0/16, nexthop: 10 }
  - { to: 10.1.0.0/16, nexthop: 20, mtu: 1400 }
  - { to: 10.2.0.0/16, nexthop: 21, src: 192.0.2.10 }
  - { to: 10.3.0.0/16, nexthop: 13 }
  - { to: 10.4.0.0/16, nexthop: 14 }
  - { to: 10.5.0.0/16, nexthop: 12 }
  - { to: "2001:db8:1::/48", nexthop: 12 }
  - { to: "2001:db8:2::/48", nexthop: 22 }
)";

class Nexthops : public ManagedTest {
 protected:
  void SetUp() override {
    ManagedTest::SetUp();
    if (!is_ready()) return;
    ASSERT_TRUE(
        succeeds("sysctl -qw net.ipv6.conf.all.dad_transmits=0 net.ipv6.conf.default.dad_transmits=0"));
  }
  // One step of the kernel's, and nothing afterwards.
  void applies(const std::string& text, size_t writes) {
    auto planned = managed_->plan(text);
    EXPECT_EQ(planned->writes(), writes) << planned->text();
    ASSERT_TRUE(went_well(managed_->apply(*planned))) << planned->text();
    rests(text);
  }
  void rests(const std::string& text) {
    auto rest = managed_->plan(text);
    EXPECT_TRUE(rest->plan && rest->plan->steps.empty()) << rest->text();
  }
  // The kernel learns of a lost carrier by a worker of its own.
  bool loses(const std::string& text) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (nexthops().find(text) != std::string::npos)
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }
  std::string nexthops() { return run("ip nexthop").output; }
};

TEST_F(Nexthops, AreMadeAndShownAndGo) {
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  rests(spec(kAll));
  EXPECT_EQ(not_as_shown(*kernel_), "");
  EXPECT_THAT(nexthops(), HasSubstr("id 10 via 192.0.2.1 dev a scope link proto 78"));
  EXPECT_THAT(nexthops(), HasSubstr("id 20 group 10,3/11 proto 78"));
  EXPECT_THAT(nexthops(), HasSubstr("id 21 group 10/11 type resilient buckets 32 idle_timer 60"));
  EXPECT_THAT(run("ip route").output, HasSubstr("blackhole 10.3.0.0/16 nhid 13"));
  (void)dump_when_quiet();  // the kernel tells of carriers later
  LinkMonitor monitor;
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  EXPECT_EQ(monitor.messages(), 0);
  // The routes go with what they use, without a write.
  applies(spec(""), 8);
  EXPECT_EQ(nexthops(), "");
  EXPECT_THAT(run("ip route; ip -6 route").output, Not(HasSubstr("nhid")));
}

// Whatever changes in place is one message; what cannot takes the routes along, and they come back.
TEST_F(Nexthops, AreReplaced) {
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  std::string text = spec(kAll);
  auto change = [&](const std::string& from, const std::string& to, size_t writes) {
    SCOPED_TRACE(to);
    size_t at = text.find(from);
    ASSERT_NE(at, text.npos);
    text.replace(at, from.size(), to);
    applies(text, writes);
  };
  change("10: { via: 192.0.2.1, dev: a }", "10: { via: 192.0.2.2, dev: a }", 1);
  EXPECT_THAT(run("ip route show 10.0.0.0/16").output, HasSubstr("nhid 10 via 192.0.2.2 dev a"));
  change("group: { 10: 3, 11: 1 }", "group: { 11: 1 }", 1);
  change("idle-timer: 60s", "idle-timer: 30s", 1);
  change("14: { dev: c }", "14: { via: 198.51.100.9, dev: c }", 1);
  // Deleted and made, and its route made again.
  change("buckets: 32", "buckets: 64", 3);
  change("14: { via: 198.51.100.9, dev: c }", "14: { group: [10, 11] }", 3);
  change("13: { blackhole: true }", "13: { via: 192.0.2.7, dev: a }", 1);
  change("13: { via: 192.0.2.7, dev: a }", "13: { blackhole: true }", 3);
  // From IPv6 to IPv4, with the IPv6 routes on another object.
  change("22: { group: [12] }", "22: { group: [16] }\n  16: { via: \"fe80::1\", dev: c }", 2);
  EXPECT_EQ(not_as_shown(*kernel_), "");
}

TEST_F(Nexthops, OneMessageMovesTenThousandRoutes) {
  constexpr int kRoutes = 10'000;
  std::string rest = R"(
nexthops:
  10: { via: 192.0.2.1, dev: a }
  11: { via: 198.51.100.1, dev: c }
  20: { group: { 10: 1 } }
routes:
)";
  for (int i = 0; i < kRoutes; ++i)
    rest += fmt::format("  - {{ to: 10.{}.{}.0/24, nexthop: 20 }}\n", i / 256, i % 256);
  ASSERT_TRUE(went_well(managed_->apply(spec(rest))));
  // Else the kernel tells of each route that uses the object as well.
  ASSERT_TRUE(succeeds("sysctl -qw net.ipv4.nexthop_compat_mode=0"));
  size_t at = rest.find("{ 10: 1 }");
  rest.replace(at, 9, "{ 11: 1 }");
  auto planned = managed_->plan(spec(rest));
  EXPECT_EQ(planned->writes(), 1U) << planned->text();
  (void)dump_when_quiet();  // the kernel tells of carriers later
  LinkMonitor monitor;
  ASSERT_TRUE(went_well(managed_->apply(*planned)));
  EXPECT_EQ(monitor.messages(), 1);
  EXPECT_THAT(run("ip route get 10.7.7.7").output, HasSubstr("via 198.51.100.1 dev c"));
  rests(spec(rest));
  // All of them go with their object.
  applies(spec(""), 3);
  EXPECT_EQ(run("ip route show 10.0.0.0/8").output, "");
}

// What another program has on the link comes back as well.
TEST_F(Nexthops, ComeBackWithTheirLink) {
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  ASSERT_TRUE(succeeds(
      "ip nexthop add id 90 via 192.0.2.9 dev a proto bird && ip nexthop add id 91 group 11/90 proto bird "
      "&& ip nexthop add id 92 group 90 proto bird && ip route add 172.16.0.0/16 nhid 90 proto bird && "
      "ip route add 172.17.0.0/16 nhid 92 proto bird && ip route add 172.18.0.0/16 nhid 91 proto bird"));
  std::string before = run("ip nexthop; ip route; ip -6 route | grep -v ^fe80").output;
  // The name of the other end is for ever: both are made anew.
  std::string other = spec(kAll);
  for (std::string_view from : {"peer: b", "  b: {"})
    other.replace(other.find(from), from.size(), from == "peer: b" ? "peer: e" : "  e: {");
  ASSERT_TRUE(went_well(managed_->apply(other)));
  rests(other);
  EXPECT_EQ(run("ip nexthop; ip route; ip -6 route | grep -v ^fe80").output, before);
}

TEST_F(Nexthops, WaitForTheCarrier) {
  constexpr std::string_view kRest = R"(
nexthops:
  10: { via: 192.0.2.1, dev: a }
  11: { via: 198.51.100.1, dev: c }
  20: { group: { 10: 1, 11: 1 } }
  21: { group: [10] }
routes:
  - { to: 10.0.0.0/16, nexthop: 20 }
  - { to: 10.1.0.0/16, nexthop: 21 }
)";
  open({.carrier = std::chrono::milliseconds(50)});
  ASSERT_TRUE(went_well(managed_->apply(spec(kRest))));
  // Without a carrier the kernel deletes what is on the link; that is no difference.
  ASSERT_TRUE(succeeds("ip link set dev b down"));
  ASSERT_TRUE(loses("dev a"));
  std::string down = spec(kRest);
  down.replace(down.find("{ peer: a }"), 11, "{ peer: a }, state: down");
  auto planned = managed_->plan(down);
  ASSERT_TRUE(planned->plan);
  EXPECT_EQ(planned->writes(), 0U);
  std::string text = planned->text();
  EXPECT_THAT(text, HasSubstr("nexthop 10 waits for the carrier of a"));
  EXPECT_THAT(text, HasSubstr("nexthop 21 waits for the carrier of a"));
  EXPECT_THAT(nexthops(), HasSubstr("id 20 group 11 "));
  // Whoever brings the carrier brings them back.
  ASSERT_TRUE(went_well(managed_->apply(spec(kRest))));
  EXPECT_THAT(nexthops(), HasSubstr("id 20 group 10/11 "));
  EXPECT_THAT(run("ip route").output, HasSubstr("10.1.0.0/16 nhid 21 via 192.0.2.1"));
  rests(spec(kRest));
}

// A link that comes up and has no carrier stops nothing else.
TEST_F(Nexthops, WhereALinkHasNoCarrierTheRestIsApplied) {
  open({.carrier = std::chrono::milliseconds(50)});
  std::string text = spec(R"(
nexthops:
  10: { via: 192.0.2.1, dev: a }
  11: { via: 198.51.100.1, dev: c }
  20: { group: { 10: 1, 11: 1 } }
routes:
  - { to: 10.0.0.0/16, nexthop: 20 }
  - { to: 10.1.0.0/16, nexthop: 10 }
)");
  std::string up = "b: { veth: { peer: a } }";
  text.replace(text.find(up), up.size(), "b: { veth: { peer: a }, state: down }");
  ASSERT_TRUE(went_well(managed_->apply(text)));
  EXPECT_THAT(nexthops(), HasSubstr("id 20 group 11 "));
  EXPECT_THAT(run("ip route").output, HasSubstr("10.0.0.0/16 nhid 20 via 198.51.100.1"));
  EXPECT_THAT(run("ip route").output, Not(HasSubstr("10.1.0.0/16")));
}

// The watcher chooses among the candidates; only another wish is a difference.
TEST_F(Nexthops, AnyChoiceOfTheCandidatesIsAsWanted) {
  auto desired = desired_of(spec(kAll));
  ASSERT_TRUE(desired);
  for (Nexthop& nexthop : desired->state.nexthops)
    if (nexthop.id == 20) nexthop.any_of = nexthop.group;
  ASSERT_TRUE(went_well(managed_->apply(*desired)));
  for (const char* choice : {"group 11", "group 10,3", "group 10,3/11"}) {
    ASSERT_TRUE(succeeds(fmt::format("ip nexthop replace id 20 {} proto 78", choice)));
    auto planned = managed_->plan(*desired);
    EXPECT_EQ(planned->writes(), 0U) << choice << "\n" << planned->text();
  }
  for (const char* choice : {"group 10,2/11", "group 10,3/11/14"}) {
    ASSERT_TRUE(succeeds(fmt::format("ip nexthop replace id 20 {} proto 78", choice)));
    EXPECT_EQ(managed_->plan(*desired)->writes(), 1U) << choice;
  }
  ASSERT_TRUE(succeeds("ip nexthop replace id 20 group 11 proto 78"));
  for (Nexthop& nexthop : desired->state.nexthops)
    if (nexthop.id == 20) nexthop.any_of.pop_back(), nexthop.group.pop_back();
  EXPECT_EQ(managed_->plan(*desired)->writes(), 1U);
}

// Another program's object of a wanted id is taken over; of its own ones none is touched.
TEST_F(Nexthops, OfOthersAreLeftAloneOrTakenOver) {
  ASSERT_TRUE(went_well(managed_->apply(spec(""))));
  ASSERT_TRUE(
      succeeds("ip nexthop add id 10 via 192.0.2.99 dev a proto bird && ip nexthop add id 11 via "
               "198.51.100.1 dev c && "
               "ip nexthop add id 99 via 198.51.100.7 dev c"));
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  EXPECT_THAT(nexthops(), HasSubstr("id 10 via 192.0.2.1 dev a scope link proto 78"));
  EXPECT_THAT(nexthops(), HasSubstr("id 11 via 198.51.100.1 dev c scope link proto 78"));
  EXPECT_THAT(nexthops(), HasSubstr("id 99 via 198.51.100.7 dev c scope link"));
  ASSERT_TRUE(went_well(managed_->apply(spec(""))));
  EXPECT_EQ(nexthops(), "id 99 via 198.51.100.7 dev c scope link \n");
}

// A link whose next hops another program made goes; the plan says what goes with it.
TEST_F(Nexthops, OfOthersThatCannotComeBackAreNamed) {
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  ASSERT_TRUE(succeeds(
      "ip nexthop add id 90 via 192.0.2.9 dev a proto bird && ip nexthop add id 92 group 90 proto bird "
      "&& ip route add 172.17.0.0/16 nhid 92 proto bird"));
  std::string text =
      "netcfg: 1\ninterfaces: { c: { veth: { peer: d }, addresses: [198.51.100.10/24] }, d: { veth: { peer: "
      "c } } }\n";
  auto planned = managed_->plan(text);
  for (const char* lost : {"nexthop 90 goes with", "nexthop 92 goes with", "route 172.17.0.0/16 goes with"})
    EXPECT_THAT(planned->text(), HasSubstr(lost));
  ASSERT_TRUE(went_well(managed_->apply(*planned)));
  EXPECT_EQ(nexthops(), "");
}

// Every write of a change in every direction fails once, and all is as before.
TEST_F(Nexthops, AFaultAnywhereIsTakenBack) {
  FaultyKernel faulty(*kernel_);
  ASSERT_TRUE(went_well(managed_->apply(spec(kAll))));
  std::string changed = spec(R"(
nexthops:
  10: { via: 192.0.2.2, dev: a }
  11: { group: [10, 15] }
  12: { via: "2001:db8::1", dev: a }
  15: { via: 198.51.100.3, dev: c }
  21: { group: { 10: 1, 15: 1 }, resilient: { buckets: 16 } }
  22: { group: [12], resilient: { buckets: 16 } }
routes:
  - { to: 10.0.0.0/16, nexthop: 11 }
  - { to: 10.2.0.0/16, nexthop: 21 }
  - { to: 10.3.0.0/16, via: 192.0.2.1 }
  - { to: "2001:db8:2::/48", nexthop: 22 }
)");
  managed_->use(faulty);
  std::string before = dump_when_quiet();
  size_t writes = managed_->plan(changed)->writes();
  ASSERT_GE(writes, 10U);
  for (Fault fault : kFaults)
    for (size_t k = 0; k < writes; ++k) {
      SCOPED_TRACE(fmt::format("write {} fails, {}", k, kFaultNames[static_cast<int>(fault)]));
      auto planned = managed_->plan(changed);
      faulty.fail_at(k, fault, EIO);
      Applied applied = managed_->apply(*planned);
      EXPECT_TRUE(faulty.failed());
      ASSERT_EQ(applied.outcome, Outcome::restored) << problems_of(applied) << planned->text();
      ASSERT_TRUE(comes_to(before)) << faulty.journal() << planned->text();
    }
  ASSERT_TRUE(went_well(managed_->apply(changed)));
  EXPECT_EQ(not_as_shown(*kernel_), "");
}

}  // namespace
}  // namespace netcfg::test
