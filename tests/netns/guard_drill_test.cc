// Changes that are made over SSH: what cuts the way of whoever made them is taken back in time, and the same
// connection goes on; what does not is kept.
#include <gmock/gmock.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/settled.h"
#include "tests/support/ssh_drill.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds kWindow{3000}, kGrace{1000};

constexpr const char* kEth0 = "  eth0: { addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n";
constexpr const char* kDefaults =
    "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fe' }]\n";

std::string spec(const std::string& interfaces, const std::string& more = "") {
  return "netcfg: 1\nguard: { window: 3s }\ninterfaces:\n" + interfaces + more;
}

constexpr SshDrillNet kNear4{}, kNear6{.ipv6 = true};
constexpr SshDrillNet kFar4{.router = true}, kFar6{.ipv6 = true, .router = true};

class GuardDrill : public SshDrillTest {
 protected:
  void begin_with(const std::string& now) {
    ASSERT_TRUE(drill_);
    box_.write("own.yaml", spec(kEth0));  // first it takes over the addresses that are there
    box_.write("now.yaml", now);
    auto applied = box_.run(
        "mkfifo waiting written go && for spec in own now; do"
        " $N --root $T apply --yes -q --no-check $spec.yaml || exit; done");
    ASSERT_EQ(applied.status, 0) << applied.err;
    before_ = dump_when_quiet();
    session_ = drill_->ask("echo $SSH_CONNECTION").output;
    ASSERT_THAT(session_, HasSubstr(drill_->admin_address()));
  }
  // Begins `apply` in the session, as the % of `form`. It says so by fifos when the window opens, and, if
  // `stops`, when it has written the change; then it waits for go().
  void apply(const std::string& then, const std::string& options = "--yes", bool stops = false,
             std::string form = "%") {
    box_.write("then.yaml", then);
    monitor_ = std::make_unique<Child>(std::vector<std::string>{"ip", "monitor", "address"});
    std::string written = stops ? "NETCFG_AT_written='echo >$T/written; read go <$T/go' " : "";
    form.replace(form.find('%'), 1, "$N --root $T apply " + options + " then.yaml");
    drill_->type("export NETCFG_AT_waiting='echo >$T/waiting' " + written + "\n" + form +
                 "; echo =status $?\n");
  }
  bool comes(const std::string& moment) {
    return run("timeout 20 cat " + box_.path() + "/" + moment).output == "\n";
  }
  void go() { EXPECT_TRUE(succeeds("timeout 20 sh -c 'echo >" + box_.path() + "/go'")); }

  // The same change, one more address, under any guard; and what tells when that goes again.
  static std::string one_more(const std::string& window, const std::string& more = "") {
    return "netcfg: 1\nguard: { window: " + window +
           " }\ninterfaces:\n"
           "  eth0: { addresses: [192.0.2.1/24, 192.0.2.50/24, '2001:db8:1::1/64'] }\n" +
           more;
  }
  milliseconds until_it_goes(steady_clock::time_point since) {
    EXPECT_TRUE(monitor_->read_until("192.0.2.50", SshDrill::kPatience));
    EXPECT_TRUE(monitor_->read_until("Deleted", SshDrill::kPatience));
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - since);
  }

  // Until sshd answers a new connection.
  void wait_for_handshake() {
    std::string one = "timeout 0.1 bash -c \"</dev/tcp/" + drill_->host_address() + "/22\" 2>/dev/null";
    EXPECT_TRUE(drill_->admin("timeout 30 sh -c 'until " + one + "; do :; done'").ok());
  }
  // What apply said, with its exit status at the end.
  std::string ended() {
    auto said = drill_->hear("=status ");
    auto status = said ? drill_->hear("\n") : std::nullopt;
    return status ? *said + *status : "nothing is heard";
  }
  void expect_the_session_goes_on() {
    EXPECT_TRUE(drill_->connected());
    EXPECT_EQ(drill_->ask("echo $SSH_CONNECTION").output, session_);
  }
  // Once whoever was left has done its part.
  std::string last_outcome() {
    EXPECT_EQ(box_.run("for l in $(find $T/run -name lock); do flock -w 20 $l true || exit 1; done").status,
              0);
    auto history = box_.run("$N --root $T history --format json");
    EXPECT_EQ(history.status, 0) << history.err;
    return nlohmann::json::parse(history.out).at("generations").back().at("outcome");
  }
  void report(const char* what, milliseconds value) {
    RecordProperty(what, static_cast<int>(value.count()));
    std::cout << what << ": " << value.count() << "\n";
  }

  std::string before_, session_;
  std::unique_ptr<Child> monitor_;
};

struct Case {
  const char* name;
  SshDrillNet net;
  std::string now, then;
  std::string told{};    // what apply says, among other things
  std::string router{};  // what happens there before
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name) + (info.param.net.ipv6 ? "6" : "4");
}

class Cuts : public GuardDrill, public testing::WithParamInterface<Case> {
  SshDrillNet net() const override { return GetParam().net; }
};

TEST_P(Cuts, AreTakenBackInTime) {
  begin_with(GetParam().now);
  apply(GetParam().then);
  ASSERT_TRUE(comes("waiting"));
  auto opened = steady_clock::now();
  EXPECT_FALSE(drill_->accepts()) << "it cuts nothing";
  wait_for_handshake();
  auto late = std::chrono::duration_cast<milliseconds>(steady_clock::now() - opened - kWindow);
  report("first_handshake_after_window_ms", late);
  EXPECT_GT(late, milliseconds(-300)) << "it may recover as long as the window is open";
  EXPECT_LT(late, kGrace);
  EXPECT_THAT(ended(),
              AllOf(HasSubstr("was not kept: connectivity was lost: "), HasSubstr(GetParam().told),
                    HasSubstr("The earlier state is restored and verified."), HasSubstr("=status 3")));
  auto resumed = std::chrono::duration_cast<milliseconds>(steady_clock::now() - opened - kWindow);
  report("session_after_window_ms", resumed);
  expect_the_session_goes_on();
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(last_outcome(), "reverted");
}

const std::string kNear = spec(kEth0), kFar = spec(kEth0, kDefaults);
const std::string kOther4 = spec("  eth0: { addresses: [192.0.2.50/24, '2001:db8:1::1/64'] }\n");
const std::string kOther6 = spec("  eth0: { addresses: [192.0.2.1/24, '2001:db8:1::50/64'] }\n");
const std::string kDown = "  eth0: { state: down }\n";
const std::string kBridged = spec(
    "  eth0: {}\n  br0: { bridge: { members: [eth0] }, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n");
const std::string kAlone =
    spec("  eth0: {}\n  br0: { bridge: {}, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n");

// This kernel may have neither bonds nor VLANs: a bridge stands for all that can lose its only member.
INSTANTIATE_TEST_SUITE_P(
    Drill, Cuts,
    testing::Values(
        Case{"AWrongGateway", kFar4, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.253 }, { to: default, via: '2001:db8:1::fe' }]\n"),
             "gateway 192.0.2.253 dev eth0: no answer"},
        Case{"AWrongGateway", kFar6, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fd' }]\n"),
             "gateway 2001:db8:1::fd dev eth0: no answer"},
        Case{"AnotherAddress", kNear4, kNear, kOther4,
             "a new connection from 192.0.2.7 could not be answered"},
        Case{"AnotherAddress", kNear6, kNear, kOther6,
             "a new connection from 2001:db8:1::7 could not be answered"},
        Case{"NoDefaultRoute", kFar4, kFar, spec(kEth0), "gateway: no default gateway is left (IPv4)"},
        Case{"NoRouteBack", kFar4,
             spec(kEth0,
                  "routes: [{ to: 198.51.100.0/24, via: 192.0.2.254 }, { to: default, type: blackhole "
                  "}]\n"),
             spec(kEth0, "routes: [{ to: default, type: blackhole }]\n"),
             "a new connection from 198.51.100.7 could not be answered"},
        Case{"NoRouteBack", kFar6, kFar,
             spec(kEth0, std::string(kDefaults) + "rules: [{ priority: 7, to: '2001:db8:2::/64', action: "
                                                  "blackhole }]\n"),
             "a new connection from 2001:db8:2::7 could not be answered"},
        Case{"ABridgeWithoutMembers", kNear4, kNear, kAlone, "ssh 192.0.2.7 port "},
        Case{"AMemberIsReleased", kNear6, kBridged, kAlone, "ssh 2001:db8:1::7 port "},
        Case{"TheLinkIsDown", kFar4, kFar, spec(kDown), "could not be answered"},
        Case{"TheLinkIsDown", kFar6, kFar, spec(kDown), "could not be answered"}),
    name_of);

class Keeps : public GuardDrill, public testing::WithParamInterface<Case> {
  SshDrillNet net() const override { return GetParam().net; }
};

TEST_P(Keeps, AreKept) {
  begin_with(GetParam().now);
  if (!GetParam().router.empty()) {
    ASSERT_TRUE(drill_->router(GetParam().router).ok());
  }
  apply(GetParam().then);
  ASSERT_TRUE(comes("waiting"));
  EXPECT_THAT(ended(), AllOf(HasSubstr("Applied and verified: "), HasSubstr("=status 0")));
  EXPECT_TRUE(drill_->accepts());
  expect_the_session_goes_on();
  EXPECT_EQ(last_outcome(), "kept");
  EXPECT_EQ(drill_->ask("$N --root $T drift then.yaml").status, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Drill, Keeps,
    testing::Values(
        Case{"OneMoreAddress", kFar4, kFar,
             spec("  eth0: { addresses: [192.0.2.1/24, 192.0.2.50/24, '2001:db8:1::1/64'] }\n", kDefaults)},
        Case{"AnotherMtu", kFar6, kFar,
             spec("  eth0: { mtu: 1300, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n", kDefaults)},
        Case{"AnotherGateway", kFar4, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.253 }, { to: default, via: '2001:db8:1::fe' }]\n"),
             "", "ip addr add 192.0.2.253/24 dev host"},
        Case{"AnotherGateway", kFar6, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fd' }]\n"),
             "", "ip addr add 2001:db8:1::fd/64 dev host nodad"},
        Case{"IntoABridge", kNear4, kNear, kBridged}, Case{"IntoABridge", kNear6, kNear, kBridged}),
    name_of);

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
  apply(kOther4, "--yes --confirm=30s");
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
