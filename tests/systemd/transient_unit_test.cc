// Transient services on a real systemd. Runs in ./machine only: it starts and stops units.
#include "netcfg/host/transient_unit.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

#include <future>

#include "netcfg/base/text.h"
#include "netcfg/host/fd.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr int kPatience = 10000;  // milliseconds, for what has to happen

// The ends of two pipes that the service holds the others of.
struct Talk {
  Fd to, from, stdin_fd, stdout_fd;

  Talk() {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) std::abort();
    stdin_fd = Fd(in[0]);
    to = Fd(in[1]);
    from = Fd(out[0]);
    stdout_fd = Fd(out[1]);
  }
  // By FIFOs, which the service can open again.
  explicit Talk(const std::string& path) {
    run("mkfifo " + path + ".in " + path + ".out");
    to = Fd(open((path + ".in").c_str(), O_RDWR | O_CLOEXEC));
    from = Fd(open((path + ".out").c_str(), O_RDWR | O_CLOEXEC));
  }
  // From then on the end of the last process shows.
  void hand_over() {
    Fd(std::move(stdin_fd));
    Fd(std::move(stdout_fd));
  }
  void tell(const std::string& line) const {
    ASSERT_EQ(write(to.get(), (line + "\n").c_str(), line.size() + 1), ssize_t(line.size() + 1));
  }
  // "(end)" when no process holds the other end, "(nothing)" when nothing came.
  std::string hear(int patience = kPatience) const {
    std::string line;
    for (;;) {
      pollfd ready{from.get(), POLLIN, 0};
      if (poll(&ready, 1, patience) != 1) return "(nothing)" + line;
      char c = 0;
      if (read(from.get(), &c, 1) != 1) return "(end)" + line;
      if (c == '\n') return line;
      line += c;
    }
  }
  std::string ask(const std::string& line) const {
    tell(line);
    return hear();
  }
};

class TransientUnitTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(systemd_runs());
    unit_.name = "netcfg-test-" + std::to_string(++count_) + ".service";
    unit_.description = "A test's";
    unit_.argv = {NETCFG_TEST_SERVICE};
    unit_.stdin_fd = talk_.stdin_fd.get();
    unit_.stdout_fd = talk_.stdout_fd.get();
  }
  void by_fifos() {
    talk_ = Talk("/tmp/" + unit_.name);
    unit_.environment = {"TALK=/tmp/" + unit_.name};
    // Given, to see what becomes of them.
    unit_.stdin_fd = given_.stdin_fd.get();
    unit_.stdout_fd = given_.stdout_fd.get();
  }
  void TearDown() override { run("systemctl stop " + unit_.name); }
  std::future<Result<>> starting() {
    return std::async(std::launch::async, [this] { return start_transient(unit_); });
  }
  void start() {
    auto started = starting();
    ASSERT_THAT(first_ = talk_.hear(), StartsWith("started "));
    EXPECT_EQ(talk_.ask("ready"), "was told");
    Result<> result = started.get();
    ASSERT_TRUE(result) << result.error().message;
    talk_.hand_over();
  }
  std::string state() const {
    return run("systemctl show --value -p ActiveState,LoadState " + unit_.name).output;
  }

  static inline int count_ = 0;
  TransientUnit unit_;
  Talk talk_, given_;
  std::string first_;
};

TEST_F(TransientUnitTest, RunsInAGroupOfItsOwn) {
  start();
  EXPECT_EQ(talk_.ask("where"), "/system.slice/" + unit_.name);
  // Not asked of the process: a machine can lack the privilege to spare one.
  EXPECT_EQ(run("systemctl show --value -p OOMScoreAdjust " + unit_.name).output, "-900\n");
}

TEST_F(TransientUnitTest, ReadinessIsAwaited) {
  auto started = starting();
  EXPECT_THAT(talk_.hear(), StartsWith("started "));
  EXPECT_EQ(started.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  EXPECT_EQ(talk_.ask("ready"), "was told");
  EXPECT_TRUE(started.get());
}

TEST_F(TransientUnitTest, GetsItsEnvironment) {
  unit_.environment = {"SAID=two words", "OTHER="};
  start();
  EXPECT_EQ(talk_.ask("environment"), "two words");
}

TEST_F(TransientUnitTest, StandardErrorIsTheJournalNotTheCallersFile) {
  start();
  talk_.tell("complain");
  EXPECT_EQ(talk_.ask("environment"), "");
  EXPECT_EQ(run("journalctl --sync; journalctl -o cat -u " + unit_.name + " | grep complaint").output,
            "a complaint\n");
}

TEST_F(TransientUnitTest, WithoutFilesNothingIsToBeRead) {
  unit_.stdin_fd = unit_.stdout_fd = -1;  // it ends well before it is ready: its input is at its end
  Result<> started = start_transient(unit_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr(unit_.name));
  EXPECT_THAT(run("journalctl --sync; journalctl -o cat -u " + unit_.name).output, HasSubstr("started "));
}

TEST_F(TransientUnitTest, AnEarlyExitIsAnErrorAndLeavesNothing) {
  for (const char* how : {"exit 3", "exit 0"}) {
    auto started = starting();
    EXPECT_THAT(talk_.hear(), StartsWith("started "));
    talk_.tell(how);
    Result<> result = started.get();
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr(unit_.name + " did not start"));
    EXPECT_THAT(result.error().hint, HasSubstr("journalctl -u " + unit_.name));
    EXPECT_EQ(state(), "not-found\ninactive\n") << how;
  }
  talk_.hand_over();
  EXPECT_EQ(talk_.hear(), "(end)");
}

TEST_F(TransientUnitTest, WhatIsNotReadyInTimeIsKilled) {
  unit_.patience = std::chrono::milliseconds(500);
  talk_.tell("deaf");
  Result<> result = start_transient(unit_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("not ready after 500 ms"));
  talk_.hand_over();
  EXPECT_THAT(talk_.hear(), StartsWith("started "));
  EXPECT_EQ(talk_.hear(), "(end)");
}

TEST_F(TransientUnitTest, AProgramThatIsNotThere) {
  unit_.argv = {"/nonexistent"};
  Result<> result = start_transient(unit_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr(unit_.name));
}

TEST_F(TransientUnitTest, ATakenNameIsAnErrorAndLeftAlone) {
  start();
  Talk other;
  TransientUnit second = unit_;
  second.stdin_fd = other.stdin_fd.get();
  second.stdout_fd = other.stdout_fd.get();
  Result<> result = start_transient(second);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr(unit_.name));
  EXPECT_THAT(talk_.ask("where"), HasSubstr(unit_.name));
}

TEST_F(TransientUnitTest, KilledItIsStartedAgainWithoutTheFiles) {
  by_fifos();
  start();
  EXPECT_THAT(talk_.ask("files"), Not(HasSubstr("/dev/null")));
  for (int i = 0; i < 8; ++i) {  // by default systemd gives up after five in ten seconds
    ASSERT_TRUE(succeeds("systemctl kill --kill-who=main --signal=KILL " + unit_.name));
    std::string next = talk_.hear();
    EXPECT_THAT(next, StartsWith("started "));
    EXPECT_NE(next, first_);
    first_ = next;
  }
  EXPECT_EQ(talk_.ask("files"), "/dev/null /dev/null");
  EXPECT_EQ(talk_.ask("ready"), "was told");
}

// Ends that systemd takes for a success, as by `killall`.
TEST_F(TransientUnitTest, AskedToEndItIsStartedAgain) {
  by_fifos();
  start();
  for (const char* signal : {"TERM", "HUP", "INT"}) {
    ASSERT_TRUE(
        succeeds("systemctl kill --kill-who=main --signal=" + std::string(signal) + " " + unit_.name));
    EXPECT_THAT(talk_.hear(), StartsWith("started ")) << signal;
  }
}

TEST_F(TransientUnitTest, StoppedItIsGone) {
  start();
  ASSERT_TRUE(succeeds("systemctl stop " + unit_.name));
  EXPECT_EQ(talk_.hear(), "(end)");
  EXPECT_EQ(state(), "not-found\ninactive\n");
}

TEST_F(TransientUnitTest, AFailureIsNoEndEither) {
  by_fifos();
  start();
  talk_.tell("exit 4");
  EXPECT_THAT(talk_.hear(), StartsWith("started "));
}

TEST_F(TransientUnitTest, ItsWorkDoneItIsGone) {
  start();
  talk_.tell("exit 0");
  EXPECT_EQ(talk_.hear(), "(end)");
}

// As when a session is torn down with everything in it.
TEST_F(TransientUnitTest, OutlivesTheCallersScope) {
  std::string command = "exec systemd-run --quiet --scope --unit=caller.scope " NETCFG_TEST_SERVICE " " +
                        unit_.name + " <&" + std::to_string(talk_.stdin_fd.get()) + " >&" +
                        std::to_string(talk_.stdout_fd.get());
  for (int fd : {talk_.stdin_fd.get(), talk_.stdout_fd.get()}) fcntl(fd, F_SETFD, 0);
  auto caller = std::async(std::launch::async, [&] { return std::system(command.c_str()); });
  ASSERT_THAT(talk_.hear(), StartsWith("started "));
  talk_.tell("ready");  // both write to the same pipe
  EXPECT_THAT((std::vector{talk_.hear(), talk_.hear()}),
              UnorderedElementsAre("was told", "caller /system.slice/caller.scope"));
  ASSERT_TRUE(succeeds("systemctl kill --signal=KILL caller.scope"));
  EXPECT_NE(caller.get(), 0);
  talk_.hand_over();
  EXPECT_THAT(talk_.ask("where"), HasSubstr(unit_.name));
}

TEST_F(TransientUnitTest, OutlivesAReloadAndAnIsolate) {
  start();
  ASSERT_TRUE(succeeds("systemctl daemon-reexec && systemctl isolate multi-user.target"));
  EXPECT_THAT(talk_.ask("where"), HasSubstr(unit_.name));
}

TEST_F(TransientUnitTest, ABusIsNotNeeded) {
  ASSERT_TRUE(succeeds("systemctl stop dbus.socket dbus.service"));
  start();
  EXPECT_THAT(talk_.ask("where"), HasSubstr(unit_.name));
  EXPECT_TRUE(succeeds("systemctl start dbus.socket dbus.service"));
}

}  // namespace
}  // namespace netcfg::test
