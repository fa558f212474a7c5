// How each change ended is in the machine's log, whoever ended it.
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <optional>

#include "tests/support/log_socket.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

constexpr const char* kAlice = "export SUDO_USER=alice SSH_CONNECTION='192.0.2.7 1234 192.0.2.1 22'\n";

class LogTest : public NetnsTest {
 protected:
  using Fields = std::map<std::string, std::string>;
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("ip link add d0 type bridge"));
    box_.write("a.yaml", "netcfg: 1\ninterfaces: { d0: { state: up } }\n");
    box_.write("b.yaml", "netcfg: 1\ninterfaces: { d0: { state: up, addresses: [192.0.2.1/24] } }\n");
    journal_.emplace(box_.path() + "/run/systemd/journal/socket", SOCK_DGRAM);
  }
  // The one entry that this makes.
  Fields logged_by(const std::string& command, int status) {
    auto ended =
        box_.run(kAlice + command + "; s=$?\n" +
                 "for l in $(find $T/run -name lock); do flock -w 20 $l true || exit 98; done; exit $s");
    EXPECT_EQ(ended.status, status) << ended.err;
    auto all = journal_->received();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Fields{} : journal_fields(all.front());
  }

  Sandbox box_;
  std::optional<LogSocket> journal_;
};

TEST_F(LogTest, Kept) {
  auto entry = logged_by("$N --root $T apply -q --yes --no-check b.yaml", 0);
  EXPECT_THAT(entry, AllOf(Contains(Pair("NETCFG_OUTCOME", "kept")), Contains(Pair("NETCFG_GENERATION", "1")),
                           Contains(Pair("NETCFG_USER", "alice")), Contains(Pair("NETCFG_FROM", "192.0.2.7")),
                           Contains(Pair("PRIORITY", "5")), Contains(Key("MESSAGE_ID")),
                           Contains(Pair("SYSLOG_IDENTIFIER", "netcfg"))));
  EXPECT_EQ(entry["MESSAGE"],
            "generation 1 of alice from 192.0.2.7 was kept (" + entry["NETCFG_CHANGES"] + ")");
}

TEST_F(LogTest, TakenBackByTheProcessThatMadeIt) {
  auto entry = logged_by("$N --root $T apply -q --yes --no-check --confirm=1s b.yaml", 3);
  EXPECT_THAT(entry, AllOf(Contains(Pair("NETCFG_OUTCOME", "reverted")), Contains(Pair("PRIORITY", "4")),
                           Contains(Pair("NETCFG_WHY", "nobody confirmed it within 1 s")),
                           Contains(Pair("NETCFG_GENERATION", "1")), Contains(Pair("NETCFG_USER", "alice"))));
}

TEST_F(LogTest, TakenBackByTheReverter) {
  auto entry =
      logged_by("NETCFG_AT_written='kill -KILL $PPID' $N --root $T apply -q --yes --no-check b.yaml", 137);
  EXPECT_THAT(entry,
              AllOf(Contains(Pair("NETCFG_OUTCOME", "reverted")), Contains(Pair("NETCFG_USER", "alice")),
                    Contains(Pair("NETCFG_WHY", "the process that made it died"))));
}

TEST_F(LogTest, TakenBackByTheNextCommand) {
  std::string die = "NETCFG_AT_written='kill -KILL $PPID' NETCFG_AT_reverting='kill -KILL $PPID' ";
  box_.run(kAlice + die + "$N --root $T apply -q --yes --no-check b.yaml");
  EXPECT_THAT(logged_by("$N --root $T recover", 0),
              AllOf(Contains(Pair("NETCFG_OUTCOME", "reverted")), Contains(Pair("NETCFG_USER", "alice"))));
}

TEST_F(LogTest, Interrupted) {
  auto entry = logged_by(
      "NETCFG_AT_written='kill -TERM $PPID' env --default-signal $N --root $T apply -q --yes b.yaml", 3);
  EXPECT_THAT(entry, AllOf(Contains(Pair("NETCFG_OUTCOME", "reverted")), Contains(Pair("PRIORITY", "4")),
                           Contains(Pair("NETCFG_WHY", "interrupted (TERM)"))));
}

// A link that netcfg cannot make is gone.
TEST_F(LogTest, WhatCouldNotBeTakenBack) {
  ASSERT_TRUE(succeeds("ip tuntap add dev tap7 mode tap"));
  auto entry = logged_by(
      "NETCFG_AT_written='ip link del tap7' $N --root $T apply -q --yes --no-check --confirm=1s b.yaml", 4);
  EXPECT_THAT(entry, AllOf(Contains(Pair("NETCFG_OUTCOME", "damaged")), Contains(Pair("PRIORITY", "2")),
                           Contains(Pair("NETCFG_LEFTOVER", HasSubstr("tap7"))),
                           Contains(Pair("MESSAGE", HasSubstr("could NOT be taken back")))));
}

TEST_F(LogTest, RefusedSinceItWouldCutTheSession) {
  ASSERT_EQ(box_.run("$N --root $T apply -q --no-check b.yaml").status, 0);
  ASSERT_EQ(journal_->received().size(), 1U);
  auto entry = logged_by("$N --root $T apply -q a.yaml", 1);
  EXPECT_THAT(entry, AllOf(Contains(Pair("NETCFG_OUTCOME", "refused")),
                           Contains(Pair("NETCFG_USER", "alice")), Not(Contains(Key("NETCFG_GENERATION")))));
}

TEST_F(LogTest, WithoutAJournalThereIsSyslog) {
  journal_.reset();
  LogSocket syslog(box_.path() + "/dev/log", SOCK_DGRAM);
  ASSERT_EQ(box_.run(std::string(kAlice) + "$N --root $T apply -q --yes --no-check b.yaml").status, 0);
  EXPECT_THAT(syslog.received(),
              testing::ElementsAre(AllOf(StartsWith("<29>"), HasSubstr(" netcfg["),
                                         HasSubstr("]: generation 1 of alice from 192.0.2.7 was kept"))));
}

}  // namespace
}  // namespace netcfg::test
