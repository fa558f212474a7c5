// The reverter dies, too, at any moment: systemd starts another, which has neither its channel nor its lock.
#include <gmock/gmock.h>

#include "tests/support/netns.h"
#include "tests/systemd/change.h"

namespace netcfg::test {
namespace {

class ReverterDeath : public ChangeTest {
 protected:
  // The second neither takes the change back nor keeps it while the process that made it waits.
  void begin_and_restart(const std::string& words, bool hangs = false, int times = 3) {
    begin(words, hangs);
    for (int i = 0; i < times; ++i) {
      restart_reverter();
      EXPECT_TRUE(is_open());
    }
    EXPECT_NE(state(), before_);
  }
};

constexpr const char* kKillReverter = "systemctl kill --kill-who=main --signal=KILL \"netcfg-reverter*\"";

TEST_F(ReverterDeath, ConfirmedAllTheSame) {
  begin_and_restart("--confirm=60s");
  EXPECT_EQ(box_.run("$N apply -q a.yaml").status, 5);
  EXPECT_EQ(box_.run("$N confirm").out, "Generation 2 is kept.\n");
  EXPECT_EQ(status_of_beginner(), "0\n");
  expect_kept();
  expect_tidy();
}

TEST_F(ReverterDeath, TakenBackAllTheSame) {
  begin_and_restart("--confirm=60s");
  EXPECT_EQ(box_.run("$N rollback").out, "Generation 2 is taken back.\n");
  EXPECT_EQ(status_of_beginner(), "3\n");
  expect_before("reverted");
  expect_tidy();
}

TEST_F(ReverterDeath, NobodyConfirms) {
  begin_and_restart("--confirm=4s", false, 1);
  EXPECT_EQ(status_of_beginner(), "3\n");
  expect_before("reverted");
}

TEST_F(ReverterDeath, ConfirmedWhenOnlyTheSecondReverterIsLeft) {
  begin_and_restart("--confirm=60s");
  kill_beginner();
  restart_reverter();
  EXPECT_TRUE(is_open());
  EXPECT_EQ(box_.run("$N confirm").out, "Generation 2 is kept.\n");
  expect_kept();
  expect_tidy();
}

// By somebody who takes it for a stray: it comes back, as the process that waits sees to.
TEST_F(ReverterDeath, StoppedItIsStartedAgain) {
  begin("--confirm=16s");
  for (int times = 0; times < 3; ++times) {
    ASSERT_TRUE(succeeds("systemctl stop 'netcfg-reverter*'"));
    ASSERT_TRUE(succeeds("timeout 7 sh -c 'until systemctl is-active \"netcfg-reverter*\"; do :; done'"));
    EXPECT_EQ(count_reverters(), 1);
    EXPECT_TRUE(is_open());
  }
  kill_beginner();
  expect_before("reverted");
  EXPECT_EQ(last().at("why"), "nobody confirmed it within 16 s");
  expect_tidy();
}

// As by `killall netcfg`.
TEST_F(ReverterDeath, AskedToEndItGoesOn) {
  begin("--confirm=3s");
  kill_beginner();
  ASSERT_TRUE(succeeds("systemctl kill --kill-who=main --signal=TERM 'netcfg-reverter*'"));
  expect_before("reverted");
  expect_tidy();
}

TEST_F(ReverterDeath, TheDeadlinePassesWhenOnlyTheSecondIsLeft) {
  begin_and_restart("--confirm=4s", false, 1);
  kill_beginner();
  expect_before("reverted");
  EXPECT_EQ(last().at("why"), "nobody confirmed it within 4 s");
  expect_tidy();
}

// While somebody else has the lock, which is given back, there still is time for a confirmation.
TEST_F(ReverterDeath, SomebodyLooksAtTheLockMeanwhile) {
  begin_and_restart("--confirm=60s");
  ASSERT_TRUE(succeeds("systemctl kill --kill-who=main --signal=STOP 'netcfg-reverter*'"));
  ASSERT_EQ(box_.run("mkfifo got let; (flock /run/netcfg/lock sh -c 'echo >got; read x <let') &\n"
                     "kill -KILL $(cat pid); read x <got")
                .status,
            0);
  // A second in which nothing is to happen.
  ASSERT_TRUE(succeeds("systemctl kill --kill-who=main --signal=CONT 'netcfg-reverter*'; sleep 1"));
  EXPECT_EQ(box_.run("echo >let").status, 0);
  ASSERT_TRUE(
      succeeds("flock /run/netcfg/lock true; timeout 20 sh -c 'while flock -n /run/netcfg/lock true; do "
               "sleep .1; done'"));
  EXPECT_TRUE(is_open());
  EXPECT_EQ(box_.run("$N confirm").out, "Generation 2 is kept.\n");
  expect_kept();
}

TEST_F(ReverterDeath, TheOtherDiesLater) {
  begin_and_restart("", true);
  kill_beginner();
  expect_before("reverted");
  EXPECT_EQ(last().at("why"), "the process that made it died");
  expect_tidy();
}

// The other hangs: it is ended, and nobody else writes meanwhile.
TEST_F(ReverterDeath, TheOtherIsStuck) {
  in_reverter("undone", "flock -n /run/netcfg/lock true && touch " + box_.path() + "/free");
  begin_and_restart("--confirm=4s", true, 1);
  EXPECT_EQ(status_of_beginner(), "137\n");
  expect_before("reverted");
  EXPECT_EQ(last().at("why"), "nobody confirmed it within 4 s");
  EXPECT_EQ(box_.run("test -e free").status, 1) << "the lock was free while it wrote";
  expect_tidy();
}

// It makes no difference to a change that goes well.
TEST_F(ReverterDeath, TheChangeIsKept) {
  for (const char* moment :
       {"armed", "writing", "written", "waiting", "deciding", "decided", "promoted", "recorded_fate"}) {
    SCOPED_TRACE(moment);
    auto ended = box_.run(at(moment, kKillReverter) + "$N apply -q b.yaml");
    EXPECT_EQ(ended.status, 0) << ended.err;
    expect_kept();
    expect_tidy();
    ASSERT_EQ(box_.run("$N apply -q a.yaml").status, 0);
  }
}

TEST_F(ReverterDeath, BothDieAtOnce) {
  const std::string both = std::string(kKillReverter) + "; kill -KILL $PPID";
  for (const char* moment : {"armed", "writing", "written", "waiting", "deciding"}) {
    SCOPED_TRACE(moment);
    EXPECT_EQ(box_.run(at(moment, both) + "$N apply -q b.yaml").status, 137);
    expect_before("reverted");
    expect_tidy();
  }
  for (const char* moment : {"decided", "promoted", "recorded_fate"}) {
    SCOPED_TRACE(moment);
    EXPECT_EQ(box_.run(at(moment, both) + "$N apply -q b.yaml").status, 137);
    expect_kept();
    expect_tidy();
    ASSERT_EQ(box_.run("$N apply -q a.yaml").status, 0);
  }
}

// Three times in a row, at a moment of its own work.
TEST_F(ReverterDeath, InItsWork) {
  const std::string die =
      "cd " + box_.path() + "; echo >>deaths; [ $(wc -l <deaths) -gt 3 ] || kill -KILL $PPID";
  auto dies_when = [&](const char* moment, const char* other_dies) {
    SCOPED_TRACE(moment);
    box_.run("rm -f deaths");
    in_reverter(moment, die);
    EXPECT_EQ(box_.run(at(other_dies, "kill -KILL $PPID") + "$N apply -q b.yaml").status, 137);
    EXPECT_TRUE(no_reverter_is_left());
    EXPECT_EQ(run("systemctl unset-environment NETCFG_AT_" + std::string(moment)).status, 0);
    EXPECT_NE(box_.read("deaths"), "");
    expect_tidy();
  };
  for (const char* moment : {"reverting", "undone", "recorded_fate"}) {
    dies_when(moment, "waiting");
    expect_before("reverted");
  }
  for (const char* moment : {"promoted", "recorded_fate"}) {
    dies_when(moment, "decided");
    expect_kept();
    ASSERT_EQ(box_.run("$N apply -q a.yaml").status, 0);
  }
}

}  // namespace
}  // namespace netcfg::test
