// What comes to a change's window from outside, over SSH: firewalls, silence, terminals that close,
// confirmations.
#include <gmock/gmock.h>

#include <chrono>

#include "tests/support/guard_drill.h"
#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string kNear = spec(kEth0), kFar = spec(kEth0, kDefaults);

class FromOutside : public GuardDrill, public testing::WithParamInterface<SshDrillNet> {
  SshDrillNet net() const override { return GetParam(); }
};

// It drops what goes beyond the router, which answers as before. What netcfg takes back does not help
// here, but is taken back in time.
TEST_P(FromOutside, AFirewallThatComesMeanwhile) {
  begin_with(kFar);
  apply(one_more("3s", kDefaults), "--yes", true);
  ASSERT_TRUE(comes("written"));
  ASSERT_TRUE(
      drill_->router("ip rule add pref 1 iif host blackhole && ip -6 rule add pref 1 iif host blackhole")
          .ok());
  go();
  ASSERT_TRUE(comes("waiting"));
  auto opened = steady_clock::now();
  EXPECT_FALSE(drill_->accepts());
  auto late = until_it_goes(opened) - kWindow;
  report("taken_back_after_window_ms", late);
  EXPECT_LT(late, kGrace);
  ASSERT_TRUE(drill_->router("ip rule del pref 1 && ip -6 rule del pref 1").ok());
  EXPECT_THAT(ended(), AllOf(HasSubstr("connectivity was lost: ssh " + drill_->admin_address() + " port "),
                             Not(HasSubstr("no answer")), HasSubstr("=status 3")));
  expect_the_session_goes_on();
  EXPECT_TRUE(comes_to(before_));
}

// The same by the host's own nftables, which netcfg neither made nor takes away.
TEST_P(FromOutside, AFirewallOfTheHostsOwn) {
  begin_with(kFar);
  apply(one_more("3s", kDefaults), "--yes", true);
  ASSERT_TRUE(comes("written"));
  std::string family = GetParam().ipv6 ? "ip6" : "ip";
  ASSERT_TRUE(
      succeeds("nft add table inet wall && nft 'add chain inet wall in { type filter hook input priority "
               "0; }' && nft add rule inet wall in " +
               family + " saddr " + drill_->admin_address() + " drop"));
  go();
  ASSERT_TRUE(comes("waiting"));
  auto opened = steady_clock::now();
  EXPECT_FALSE(drill_->accepts());
  auto late = until_it_goes(opened) - kWindow;
  report("taken_back_after_window_ms", late);
  EXPECT_LT(late, kGrace);
  ASSERT_TRUE(succeeds("nft delete table inet wall"));
  EXPECT_THAT(ended(), AllOf(HasSubstr("connectivity was lost: ssh " + drill_->admin_address() + " port "),
                             HasSubstr("=status 3")));
  expect_the_session_goes_on();
  EXPECT_TRUE(comes_to(before_));
}

// However little apply says, the session has to prove that it lives on.
class Quietly : public GuardDrill, public testing::WithParamInterface<const char*> {
  SshDrillNet net() const override { return kFar4; }
};

TEST_P(Quietly, ADeadSessionIsNotTakenForAnIdleOne) {
  begin_with(kFar);
  ASSERT_TRUE(drill_->ask("stty tostop").ok());  // who writes behind the shell's back is stopped
  apply(one_more("3s", kDefaults), "--yes", true, GetParam());
  ASSERT_TRUE(comes("written"));
  ASSERT_TRUE(drill_->router("ip rule add pref 1 iif host blackhole").ok());
  go();
  ASSERT_TRUE(comes("waiting"));
  auto opened = steady_clock::now();
  EXPECT_LT(until_it_goes(opened) - kWindow, kGrace);
  ASSERT_TRUE(drill_->router("ip rule del pref 1").ok());
  ended();
  EXPECT_EQ(last_outcome(), "reverted");
  expect_the_session_goes_on();
}

INSTANTIATE_TEST_SUITE_P(Drill, Quietly,
                         testing::Values("% -q", "% 2>&1 | cat", "setsid --wait % 2>&1 | cat",
                                         "% >out 2>&1 </dev/null", "% >out 2>&1 & wait $!"));

// An echo request with 1,400 bytes. Its fragments go out, but the whole answer does not come in.
constexpr const char* kLargePing = R"(use Socket;
socket(S, PF_INET, SOCK_RAW, 1);
send(S, pack('n4 a1400', 0x0800, 0xF7FF, 0, 0, ''), 0, sockaddr_in(0, inet_aton(shift)));
vec($in, fileno(S), 1) = 1;
exit(select($in, undef, undef, 1) == 1 ? 0 : 1);
)";

// netcfg's own packets are small, and so are a terminal's: a hole for large ones is seen by those who ask.
TEST_P(FromOutside, AHoleForLargePackets) {
  begin_with(kFar);
  box_.write("large.pl", kLargePing);
  apply(spec("  eth0: { mtu: 1300, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n", kDefaults),
        "--yes --check \"command:/usr/bin/perl $T/large.pl 192.0.2.254\"");
  ASSERT_TRUE(comes("waiting"));
  EXPECT_TRUE(drill_->accepts());
  EXPECT_THAT(ended(), AllOf(HasSubstr("connectivity was lost: command:/usr/bin/perl "),
                             Not(HasSubstr("lost: ssh")), HasSubstr("=status 3")));
  expect_the_session_goes_on();
  EXPECT_TRUE(comes_to(before_));
}

TEST_P(FromOutside, WhatWasProvenIsTold) {
  begin_with(kFar);
  apply(one_more("3s", kDefaults), "--yes -v");
  ASSERT_TRUE(comes("waiting"));
  EXPECT_THAT(
      ended(),
      AllOf(HasSubstr("works after the change: gateway 192.0.2.254 dev eth0: 192.0.2.254 answers on eth0"),
            HasSubstr("works after the change: gateway 2001:db8:1::fe dev eth0: "),
            ContainsRegex("works after the change: ssh " + drill_->admin_address() +
                          " port [0-9]+: acknowledged [0-9]+ ms ago, after the change"),
            HasSubstr("=status 0")));
}

INSTANTIATE_TEST_SUITE_P(Drill, FromOutside, testing::Values(kFar4, kFar6),
                         [](const auto& one) { return one.param.ipv6 ? "6" : "4"; });

// With a probe that works until the test lets it fail.
class WindowDrill : public GuardDrill {
 protected:
  static constexpr const char* kProbe = " --check \"command:/usr/bin/test ! -e $T/failing\"";

  void open_with_a_failing_probe(const std::string& then, const std::string& options) {
    begin_with(kNear);
    apply(then, options + kProbe, true);
    ASSERT_TRUE(comes("written"));
    box_.write("failing", "");
    go();
    ASSERT_TRUE(comes("waiting"));
  }
};

TEST_F(WindowDrill, TheCountdownIsShownAndALateRecoveryIsInTime) {
  open_with_a_failing_probe(one_more("20s"), "--yes");
  EXPECT_TRUE(drill_->hear("taken back in 20 s unless this works again: command:/usr/bin/test"));
  EXPECT_TRUE(drill_->hear("taken back in 19 s unless"));
  ASSERT_TRUE(succeeds("rm " + box_.path() + "/failing"));
  EXPECT_TRUE(drill_->hear("connections work: 3 of 3 rounds"));
  EXPECT_THAT(ended(), HasSubstr("=status 0"));
}

// Nobody is left who could see how it ends.
TEST_F(WindowDrill, ATerminalThatClosesTakesItBackAtOnce) {
  open_with_a_failing_probe(one_more("60s"), "--yes");
  auto closed = steady_clock::now();
  drill_->hang_up();
  auto took = until_it_goes(closed);
  report("taken_back_after_hanging_up_ms", took);
  EXPECT_LT(took, kGrace);
  EXPECT_EQ(last_outcome(), "reverted");
  EXPECT_TRUE(comes_to(before_));
}

TEST_F(WindowDrill, AConfirmationIsWaitedForWithoutTheTerminal) {
  begin_with(kNear);
  apply(one_more("60s"), "--yes --confirm=3s");
  ASSERT_TRUE(comes("waiting"));
  auto opened = steady_clock::now();
  drill_->hang_up();
  EXPECT_TRUE(drill_->accepts());
  auto late = until_it_goes(opened) - kWindow;
  report("taken_back_after_window_ms", late);
  EXPECT_GT(late, milliseconds(-300));
  EXPECT_LT(late, kGrace);
  EXPECT_EQ(last_outcome(), "reverted");
  EXPECT_TRUE(comes_to(before_));
}

// Also where its probes do not work: whoever comes in again knows better.
TEST_F(WindowDrill, ConfirmedByANewSession) {
  begin_with(kNear);
  apply(spec("  eth0: { addresses: [192.0.2.50/24] }\n"), "--yes --confirm=30s");
  ASSERT_TRUE(comes("waiting"));
  drill_->hang_up();
  EXPECT_FALSE(drill_->accepts());
  EXPECT_TRUE(drill_->admin("timeout 2 bash -c '</dev/tcp/192.0.2.50/22'").ok());
  auto confirmed = box_.run("$N --root $T confirm");
  EXPECT_EQ(confirmed.status, 0) << confirmed.err;
  EXPECT_EQ(last_outcome(), "kept");
  EXPECT_EQ(box_.run("$N --root $T drift then.yaml").status, 0);
}

TEST_F(WindowDrill, ControlCTakesBackWhatWaitsToBeConfirmed) {
  begin_with(kNear);
  apply(one_more("60s"), "--yes --confirm=30s");
  ASSERT_TRUE(comes("waiting"));
  EXPECT_TRUE(drill_->hear(" s: 'netcfg confirm' keeps it, Ctrl-C takes it back now"));
  EXPECT_TRUE(drill_->hear("is taken back in 28 s: "));
  drill_->type("\3");
  EXPECT_THAT(ended(), AllOf(HasSubstr("was not kept: interrupted (INT)"), HasSubstr("=status 3")));
  expect_the_session_goes_on();
  EXPECT_TRUE(comes_to(before_));
}

}  // namespace
}  // namespace netcfg::test
