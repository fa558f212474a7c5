// Changes that are taken back: by the time that is over, by a signal, by whoever is left when a process dies;
// and those that are kept.
#include <gmock/gmock.h>

#include "tests/netns/guard_fixture.h"
#include "tests/support/in_ci.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;

constexpr const char* kMoments[] = {"recorded", "armed", "writing", "written", "waiting", "deciding"};

// Killed in any way at any moment before the change is kept: the state before is back.
TEST_F(Guard, WhateverKillsItTheStateBeforeComesBack) {
  struct Death {
    const char* name;
    const char* command;
  };
  const Death deaths[] = {
      {"SIGKILL", "kill -KILL $PPID"},
      {"SIGTERM", "kill -TERM $PPID"},
      {"SIGHUP", "kill -HUP $PPID"},
      {"SIGINT", "kill -INT $PPID"},
      {"its process group", "/bin/kill -KILL -- -$(ps -o pgid= -p $PPID | tr -d \" \")"},
      {"its session", "pkill -KILL -s $(ps -o sid= -p $PPID | tr -d \" \")"},
  };
  int tried = 0;
  for (const char* moment : kMoments)
    for (const Death& death : deaths) {
      SCOPED_TRACE(std::string(death.name) + " at " + moment);
      // In a session of its own: the test's must survive. `deciding` is after the last look for signals: one
      // that comes then is too late, unless it kills.
      bool too_late = std::string_view(moment) == "deciding" &&
                      std::string_view(death.command).starts_with("kill -") &&
                      std::string_view(death.command).find("KILL") == std::string_view::npos;
      if (too_late) continue;
      auto ended = box_.run("export " + at(moment, death.command) +
                            "\nsetsid --wait env --default-signal $N --root $T apply -q b.yaml");
      wait_for_reverter();
      bool recorded_only = std::string_view(moment) == "recorded";
      EXPECT_THAT(ended.status, AnyOf(3, 137)) << ended.err;
      EXPECT_TRUE(comes_to(before_));
      if (!recorded_only) {
        EXPECT_THAT(last_outcome(), AnyOf("reverted", "restored"));
      }
      ++tried;
    }
  EXPECT_EQ(tried, 33);
  // What died before its reverter was armed is finished by the next.
  EXPECT_EQ(netcfg("recover").status, 0);
  const auto all = history();
  for (const auto& g : all.at("generations")) EXPECT_NE(g.at("outcome"), "pending") << g;
  expect_tidy();
}

// From arming to keeping: netcfg gets a signal or a failing write. At `deciding` that is too late.
TEST_F(Guard, ATerminalThatCloses) {
  for (const char* moment : {"armed", "writing", "written", "waiting", "deciding"}) {
    SCOPED_TRACE(moment);
    box_.run(
        "export " +
        at(moment, "{ s=$(cat $T/script.pid); kill -KILL $s; while kill -0 $s 2>/dev/null; do :; done; }") +
        "\nsh -c 'echo $$ >script.pid; exec script -qefc \"exec $N --root $T apply --yes -q b.yaml\" "
        "typescript' & wait $!");
    wait_for_reverter();  // netcfg lives on, and with it its lock
    bool kept = std::string_view(moment) == "deciding";
    EXPECT_THAT(last_outcome(), kept ? AnyOf("kept", "kept") : AnyOf("reverted", "restored"));
    EXPECT_TRUE(kept || comes_to(before_));
    EXPECT_EQ(netcfg(kept ? "drift b.yaml" : "drift a.yaml").status, 0);
    expect_tidy();
  }
}

// Nobody can bring a card back that was pulled out: all else is as before, and that is not said of the whole.
TEST_F(Guard, ACardThatIsPulledOutMeanwhile) {
  ASSERT_TRUE(succeeds("ip tuntap add dev tap7 mode tap && ip link set tap7 up"));
  for (const char* how : {"", "; kill -KILL $PPID"}) {
    SCOPED_TRACE(how);
    auto ended = netcfg("apply -q --confirm=1s b.yaml",
                        at("waiting", "{ ip link del tap7 2>/dev/null" + std::string(how) + "; }"));
    EXPECT_EQ(ended.status, *how == '\0' ? 4 : 137) << ended.err;
    bool named = ended.err.find("link tap7 is gone, and netcfg cannot make it") != std::string::npos;
    EXPECT_EQ(named, *how == '\0');
    EXPECT_TRUE(comes_to(before_));
    EXPECT_EQ(last_outcome(), "damaged");
    expect_tidy();
    ASSERT_TRUE(succeeds("ip tuntap add dev tap7 mode tap && ip link set tap7 up"));
  }
}

// Killed once it is kept, it stays kept: by the reverter, or by whoever comes next.
TEST_F(Guard, WhatIsKeptStaysKept) {
  for (const char* moment : {"decided", "promoted", "recorded_fate"}) {
    SCOPED_TRACE(moment);
    ASSERT_EQ(netcfg("apply -q a.yaml").status, 0);
    auto ended = netcfg("apply -q b.yaml", at(moment, "kill -KILL $PPID"));
    EXPECT_EQ(ended.status, 137);
    EXPECT_EQ(last_outcome(), "kept");
    EXPECT_EQ(netcfg("drift b.yaml").status, 0);
    EXPECT_EQ(netcfg("diff").status, 0) << "the ledger is that of the change";
    expect_tidy();
  }
}

// Both processes die; the next command mends.
TEST_F(Guard, TheReverterDiesToo) {
  for (const char* moment : {"reverting", "undone"}) {
    SCOPED_TRACE(moment);
    auto ended = netcfg("apply -q b.yaml", "NETCFG_AT_written='kill -KILL $PPID' NETCFG_AT_" +
                                               std::string(moment) + "='kill -KILL $PPID'");
    EXPECT_EQ(ended.status, 137);
    EXPECT_EQ(last_outcome(), "pending");
    ended = netcfg("recover");
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(ended.err, ContainsRegex("generation [0-9]+, which was left behind, is taken back"));
    EXPECT_TRUE(comes_to(before_));
    EXPECT_EQ(last_outcome(), "reverted");
    expect_tidy();
  }
}

// The reverter alone dies while the change waits: another takes its place.
TEST_F(Guard, AReverterThatDiesIsReplaced) {
  auto ended = box_.run(
      "mkfifo waits armed\nNETCFG_AT_waiting='echo >waits' NETCFG_AT_rearmed='echo >armed' "
      "$N --root $T apply -q --no-check --confirm=5s b.yaml 2>err & p=$!\n"
      "read -r _ <waits; pkill -KILL -f \"reverter --root $T\\$\" || exit 97\n"
      "timeout 20 head -1 armed || exit 98; kill -KILL $p");
  EXPECT_EQ(ended.status, 0) << ended.err << box_.read("err");
  wait_for_reverter();
  EXPECT_TRUE(comes_to(before_));
  auto last = history().at("generations").back();
  EXPECT_EQ(last.at("outcome"), "reverted");
  EXPECT_EQ(last.at("why"), "nobody confirmed it within 5 s");
  expect_tidy();
}

// ... and where none can, the change goes at once.
TEST_F(Guard, AReverterThatCannotBeReplaced) {
  auto ended = box_.run(
      "mkfifo waits\nNETCFG_AT_waiting='echo >waits' env --default-signal "
      "$N --root $T apply -q --no-check --confirm=60s b.yaml 2>err & p=$!\n"
      "read -r _ <waits\n"
      "f=$(find $T/var -name 2.before); echo x >>$f\n"
      "pkill -KILL -f \"reverter --root $T\\$\"; wait $p");
  EXPECT_EQ(ended.status, 3) << ended.err;
  EXPECT_THAT(box_.read("err"),
              HasSubstr("the process that would take it back died, and no other could be armed: "));
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(last_outcome(), "reverted");
}

// The next apply does not need to be told.
TEST_F(Guard, ALeftoverDoesNotBlockTheNextApply) {
  ASSERT_EQ(
      netcfg("apply -q b.yaml", "NETCFG_AT_written='kill -KILL $PPID' NETCFG_AT_reverting='kill -KILL $PPID'")
          .status,
      137);
  auto ended = netcfg("apply b.yaml");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("which was left behind, is taken back"));
  EXPECT_EQ(netcfg("drift b.yaml").status, 0);
}

// A process that hangs is as good as dead: the reverter ends it, so that two never write.
TEST_F(Guard, AProcessThatHangsInItsWindow) {
  auto ended = netcfg("apply -q --confirm=1s b.yaml", at("waiting", "kill -STOP $PPID"));
  EXPECT_EQ(ended.status, 137);
  EXPECT_TRUE(comes_to(before_));
  auto last = history().at("generations").back();
  EXPECT_EQ(last.at("outcome"), "reverted");
  EXPECT_EQ(last.at("why"), "nobody confirmed it within 1 s");
}

TEST_F(Guard, WhatNobodyConfirmsIsTakenBack) {
  auto ended = netcfg("apply -q --confirm=1s b.yaml");
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("error: generation 2 was not kept: nobody confirmed it within 1 s"),
                               HasSubstr("The earlier state is restored and verified.")));
  EXPECT_TRUE(comes_to(before_));
  ended = netcfg("confirm");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err,
              HasSubstr("it is too late: generation 2 was reverted: nobody confirmed it within 1 s"));
}

// Runs `apply --confirm=60s b.yaml` in the background; `then` runs once it waits.
constexpr const char* kPending =
    "mkfifo waits\n"
    "NETCFG_AT_waiting='echo >waits' SUDO_USER=alice SSH_CONNECTION='192.0.2.7 1234 192.0.2.1 22' "
    "env --default-signal $N --root $T apply -q --yes --no-check --confirm=60s b.yaml 2>err & p=$!\n"
    "timeout 20 head -1 waits || exit 98\nrm waits\n";

TEST_F(Guard, ConfirmedFromAnotherSession) {
  auto ended = box_.run(std::string(kPending) + "$N --root $T confirm && wait $p");
  EXPECT_EQ(ended.status, 0) << ended.err << box_.read("err");
  EXPECT_EQ(ended.out, "\nGeneration 2 is kept.\n");
  EXPECT_EQ(last_outcome(), "kept");
  EXPECT_EQ(netcfg("drift b.yaml").status, 0);
  expect_tidy();
}

TEST_F(Guard, AnotherApplyIsToldWhatItWaitsFor) {
  auto ended = box_.run(std::string(kPending) +
                        "$N --root $T apply a.yaml; s=$?\n"
                        "$N --root $T plan a.yaml >plan || s=98\n"
                        "$N --root $T rollback; wait $p; echo $s $?");
  EXPECT_EQ(ended.out, "\nGeneration 2 is taken back.\n5 3\n") << ended.err;
  EXPECT_THAT(
      ended.err,
      ContainsRegex("error: another change is pending: generation 2 waits to be confirmed: process [0-9]+ of "
                    "alice from 192.0.2.7, since .*, [0-9]+ s left\n +hint: 'netcfg confirm' keeps it, "
                    "'netcfg rollback' takes it back at once"));
  EXPECT_TRUE(comes_to(before_));
}

TEST_F(Guard, ControlCInTheWindowTakesItBackAtOnce) {
  auto ended = box_.run(std::string(kPending) + "kill -INT $p; wait $p");
  EXPECT_EQ(ended.status, 3) << ended.err;
  EXPECT_THAT(box_.read("err"), HasSubstr("was not kept: interrupted (INT)"));
  wait_for_reverter();
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(last_outcome(), "reverted");
}

// The session that made it is gone: any other can still keep it, or take it back, while there is time.
TEST_F(Guard, AConfirmationOutlivesTheProcessThatWaitedForIt) {
  for (const char* death : {"KILL", "HUP"}) {
    SCOPED_TRACE(death);
    ASSERT_EQ(netcfg("apply -q a.yaml").status, 0);
    auto ended =
        box_.run(std::string(kPending) + "kill -" + death +
                 " $p\n$N --root $T apply a.yaml 2>busy; [ $? = 5 ] || exit 99\n$N --root $T confirm");
    EXPECT_EQ(ended.status, 0) << ended.err;
    wait_for_reverter();
    EXPECT_EQ(last_outcome(), "kept");
    EXPECT_EQ(netcfg("drift b.yaml").status, 0);
  }
  ASSERT_EQ(netcfg("apply -q a.yaml").status, 0);
  auto ended = box_.run(std::string(kPending) + "kill -KILL $p\n$N --root $T rollback");
  EXPECT_EQ(ended.status, 0) << ended.err;
  wait_for_reverter();
  EXPECT_EQ(last_outcome(), "reverted");
  EXPECT_EQ(netcfg("drift a.yaml").status, 0);
  expect_tidy();
}

TEST_F(Guard, WithoutAnythingPendingConfirmSaysSo) {
  auto ended = netcfg("confirm");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("error: no change waits to be confirmed"));
}

// Real processes racing: whoever wins, the host and history agree.
TEST_F(Guard, ConfirmationsThatComeAtTheLastMoment) {
  int kept = 0, reverted = 0;
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(netcfg("apply -q a.yaml").status, 0);
    std::string moment = std::to_string(980 + 2 * i);
    auto ended = box_.run(
        "rm -f waits; mkfifo waits\nNETCFG_AT_waiting='echo >waits' "
        "$N --root $T apply -q --no-check --confirm=1s b.yaml 2>err & p=$!\n"
        "read <waits; sleep " +
        moment + "e-3; $N --root $T confirm; c=$?; wait $p; echo $c $?");
    wait_for_reverter();
    bool won = ended.out.ends_with("0 0\n");
    EXPECT_THAT(ended.out, AnyOf(HasSubstr("0 0\n"), HasSubstr("1 3\n"))) << ended.err;
    EXPECT_EQ(last_outcome(), won ? "kept" : "reverted");
    EXPECT_EQ(netcfg(won ? "drift b.yaml" : "drift a.yaml").status, 0);
    ++(won ? kept : reverted);
  }
  RecordProperty("kept", kept);
  RecordProperty("reverted", reverted);
}

// A reverter that could not do its work is not armed, and without one nothing is begun.
TEST_F(Guard, WithoutAReverterNothingIsChanged) {
  auto ended =
      netcfg("apply b.yaml", at("recorded", "for f in $(find $T/var -name 2.before); do echo x >>$f; done"));
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("the process that would take the change back could not be armed: "),
                               HasSubstr("2.before is damaged"), HasSubstr("nothing was changed")));
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(history().at("generations").size(), 1U);
  expect_tidy();
}

// Whatever happens to the files once it is armed.
TEST_F(Guard, TheReverterNeedsNoFiles) {
  auto ended = netcfg("apply -q b.yaml", at("written", "{ rm -rf $T/var; kill -KILL $PPID; }"));
  EXPECT_EQ(ended.status, 137);
  EXPECT_TRUE(comes_to(before_));
}

// What cannot be brought back is named, and needs a person: status 4. Here parameters can no longer be
// written.
TEST_F(Guard, WhatCannotBeBroughtBackIsNamed) {
  auto ended =
      netcfg("apply b.yaml", at("written",
                                "{ mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys; "
                                "kill -TERM $PPID; }"));
  EXPECT_TRUE(succeeds("umount /proc/sys"));
  EXPECT_EQ(ended.status, 4);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("restoring the earlier state FAILED or could not be verified"),
                               HasSubstr("the host needs a person"), HasSubstr("net/ipv4/ip_forward")));
  EXPECT_EQ(last_outcome(), "damaged");
  expect_tidy();
}

// A time namespace shifts the time since the boot, and no other clock: the end of the window follows.
TEST_F(Guard, DeadlinesCountTheTimeSinceTheBoot) {
  if (!run("unshare --time --boottime 1000000 true").ok()) {
    if (in_ci()) FAIL() << "no time namespaces";
    GTEST_SKIP() << "NOT TESTED: "
                 << "no time namespaces";
  }
  auto ended = box_.run(
      "NETCFG_AT_waiting='cat $(find $T/run -name window.until) >until' "
      "unshare --time --boottime 1000000 $N --root $T apply -q --no-check --confirm=1s b.yaml");
  EXPECT_EQ(ended.status, 3) << ended.err;
  wait_for_reverter();
  constexpr double kShift = 1e6, kNanoseconds = 1e9, kMinute = 60;
  double here = std::stod(run("cat /proc/uptime").output);
  EXPECT_NEAR(std::stod(box_.read("until")) / kNanoseconds - here, kShift, kMinute);
}

TEST_F(Guard, OptionsAreChecked) {
  for (const char* words :
       {"--confirm=0", "--confirm=-3s", "--confirm=2d", "--confirm=soon", "--confirm=1ms"}) {
    auto ended = netcfg(std::string("apply ") + words + " b.yaml");
    EXPECT_EQ(ended.status, 1) << words;
    EXPECT_THAT(ended.err, HasSubstr("is no time from 1s to 24h")) << words;
  }
  auto ended = netcfg("apply --check fax:12 b.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("--check fax:12: "));
  EXPECT_TRUE(comes_to(before_));
}

}  // namespace
}  // namespace netcfg::test
