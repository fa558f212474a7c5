// Whatever kills the process that makes a change, the reverter that systemd started does what is left to do.
#include <gmock/gmock.h>

#include "tests/systemd/change.h"

namespace netcfg::test {
namespace {

using testing::AnyOf;

enum class How : uint8_t { shell, scope, terminal };

struct Death {
  const char* name;
  const char* command;  // at a fault point, where $PPID is netcfg
  How how = How::shell;
  bool is_signal = false;  // one that netcfg can react to
};

constexpr Death kDeaths[] = {
    {"SIGKILL", "kill -KILL $PPID"},
    {"SIGTERM", "kill -TERM $PPID", How::shell, true},
    {"SIGHUP", "kill -HUP $PPID", How::shell, true},
    {"its process group", "kill -s KILL -- -$(ps -o pgid= -p $PPID | tr -d \" \")"},
    {"its session", "pkill -KILL -s $(ps -o sid= -p $PPID | tr -d \" \")"},
    // This shell leaves the group first and returns only to a process that is dead.
    {"its scope",
     "echo $$ >/sys/fs/cgroup/system.slice/netcfg-machine.service/cgroup.procs; "
     "systemctl kill --signal=KILL caller.scope; while kill -0 $PPID; do :; done",
     How::scope},
    {"its scope, by SIGTERM", "systemctl kill --kill-who=all --signal=TERM caller.scope", How::scope, true},
    {"its terminal", "p=$(cat script.pid); kill -KILL $p; while kill -0 $p; do :; done", How::terminal, true},
};

class Reverter : public ChangeTest {
 protected:
  // Applies b.yaml and dies in the middle. The exit status.
  int die(const char* moment, const Death& death) {
    std::string command = "$N apply -q --yes b.yaml";
    if (death.how == How::shell) command = "setsid --wait env --default-signal " + command;
    if (death.how == How::scope) command = "systemd-run --quiet --scope --unit=caller.scope " + command;
    // The leader of the session is told as the terminal closes, others once the leader has died.
    if (death.how == How::terminal)
      command =
          "(echo $BASHPID >script.pid; exec script -qefc \"exec " + command + "\" typescript) & wait $!";
    auto ended = box_.run("exec 2>&1\n" + at(moment, death.command) + "exec bash -c '" + command + "'");
    return ended.status;
  }
};

constexpr const char* kMoments[] = {"recorded", "armed", "writing", "written", "waiting", "deciding"};

TEST_F(Reverter, WhateverKillsItTheStateBeforeComesBack) {
  for (const char* moment : kMoments)
    for (const Death& death : kDeaths) {
      SCOPED_TRACE(std::string(death.name) + " at " + moment);
      bool recorded = std::string_view(moment) == "recorded";
      // That is after the last look for signals.
      if (death.is_signal && std::string_view(moment) == "deciding") continue;
      int status = die(moment, death);
      if (death.how != How::terminal) {
        EXPECT_EQ(status, death.is_signal ? 3 : 137);
      }
      EXPECT_TRUE(no_reverter_is_left());
      EXPECT_TRUE(comes_to_before());
      // What died before its reverter was armed has changed nothing; the next command finds it.
      if (recorded && !death.is_signal) {
        EXPECT_EQ(last().at("outcome"), "pending");
        EXPECT_EQ(box_.run("$N recover -q").status, 0);
      }
      EXPECT_THAT(last().at("outcome"), AnyOf("reverted", "restored"));
      if (HasFailure()) return;
    }
  expect_tidy();
}

TEST_F(Reverter, WhatIsKeptStaysKept) {
  for (const char* moment : {"deciding", "decided", "promoted", "recorded_fate"})
    for (const Death& death : kDeaths) {
      SCOPED_TRACE(std::string(death.name) + " at " + moment);
      if (!death.is_signal && std::string_view(moment) == "deciding") continue;
      int status = die(moment, death);
      if (death.how != How::terminal) {
        EXPECT_EQ(status, death.is_signal ? 0 : 137);
      }
      expect_kept();
      ASSERT_EQ(box_.run("$N apply -q a.yaml").status, 0);
      if (HasFailure()) return;
    }
  expect_tidy();
}

TEST_F(Reverter, AConfirmedChangeLeavesNothing) {
  begin("--confirm=60s");
  EXPECT_EQ(count_reverters(), 1);
  EXPECT_EQ(box_.run("$N confirm").out, "Generation 2 is kept.\n");
  EXPECT_EQ(status_of_beginner(), "0\n");
  expect_kept();
  expect_tidy();
}

TEST_F(Reverter, TheTerminalOfAChangeThatIsToBeConfirmedMayClose) {
  begin("--confirm=60s");
  EXPECT_EQ(box_.run("kill -HUP $(cat pid); $N confirm").out, "Generation 2 is kept.\n");
  EXPECT_EQ(status_of_beginner(), "0\n");
  expect_kept();
}

// In another namespace, whose name can be any.
class ReverterElsewhere : public Reverter, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    netns_ = GetParam();
    ASSERT_EQ(box_.run("ip netns add '" + netns_ + "'").status, 0);
    box_.write("netns", "#!/bin/sh\nexec " NETCFG_PROGRAM " --netns '" + netns_ + "' \"$@\"\n");
    ASSERT_EQ(box_.run("chmod +x netns").status, 0);
    netcfg_ = box_.path() + "/netns";
    Reverter::SetUp();
  }
  void TearDown() override {
    Reverter::TearDown();
    EXPECT_EQ(box_.run("ip netns del '" + netns_ + "'").status, 0);
  }
};

TEST_P(ReverterElsewhere, IsFoundByItsName) {
  for (const char* moment : {"armed", "written", "waiting"}) {
    auto ended = box_.run(at(moment, "kill -KILL $PPID") + netcfg_ + " apply -q b.yaml");
    EXPECT_EQ(ended.status, 137) << ended.err;
    expect_before("reverted");
  }
  auto ended =
      box_.run(at("waiting", "kill -KILL $PPID") + "ip netns exec '" + netns_ + "' $N apply -q b.yaml");
  EXPECT_EQ(ended.status, 137) << ended.err;
  expect_before("reverted");
  begin("--confirm=60s");
  EXPECT_EQ(count_reverters(), 1);
  restart_reverter();
  kill_beginner();
  EXPECT_EQ(box_.run(netcfg_ + " rollback").status, 0);
  expect_before("reverted");
}

INSTANTIATE_TEST_SUITE_P(Names, ReverterElsewhere,
                         testing::Values("blue", "we ird %i $HOME", "x@y\\z", std::string(80, '+')));

}  // namespace
}  // namespace netcfg::test
