#include "netcfg/host/lock.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "netcfg/host/this_process.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string holder_if_busy(const std::string& path) {
  auto taken = Lock::take(path);
  if (!taken) return "error: " + taken.error().message;
  const auto* busy = std::get_if<Lock::Busy>(&*taken);
  return busy != nullptr ? "held: " + busy->holder : "free";
}

TEST(Lock, IsHeldByOneAndSaysByWhom) {
  Sandbox box;
  std::string path = box.path() + "/run/netcfg/lock";
  {
    auto first = Lock::take(path);
    ASSERT_TRUE(first && std::holds_alternative<Lock>(*first));
    EXPECT_EQ(holder_if_busy(path), "held: ");
    std::get<Lock>(*first).announce("a long text");
    std::get<Lock>(*first).announce("the first");
    EXPECT_EQ(holder_if_busy(path), "held: the first");
  }
  EXPECT_EQ(holder_if_busy(path), "free");
  EXPECT_EQ(box.read("run/netcfg/lock"), "");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
}

TEST(Lock, DiesWithItsProcess) {
  Sandbox box;
  std::string path = box.path() + "/lock";
  pid_t child = fork();
  if (child == 0) {
    auto taken = Lock::take(path);
    std::get<Lock>(*taken).announce("child");
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(box.read("lock"), "child");
  EXPECT_EQ(holder_if_busy(path), "free");
}

TEST(Lock, IsNoSymbolicLink) {
  Sandbox box;
  ASSERT_EQ(symlink("target", (box.path() + "/lock").c_str()), 0);
  EXPECT_THAT(holder_if_busy(box.path() + "/lock"), HasSubstr("error: cannot open the lock"));
}

TEST(Holder, SurvivesAsText) {
  Holder holder{1234, "alice", "192.0.2.7", "/dev/pts/3", 1700000000};
  EXPECT_EQ(parse_holder(to_text(holder)), holder);
  EXPECT_EQ(parse_holder("colour blue\npid x\n\n"), Holder{});
  EXPECT_EQ(this_process().pid, getpid());
}

TEST(Holder, IsDescribedForPeople) {
  Holder holder{1234, "alice", "192.0.2.7", "/dev/pts/3", 1700000000};
  EXPECT_THAT(describe(holder, 1700000025),
              AllOf(HasSubstr("process 1234 of alice from 192.0.2.7 on /dev/pts/3, since 2023-11-1"),
                    HasSubstr("(25 s)")));
  EXPECT_THAT(describe(holder, 1700000000 + 600), HasSubstr("(10 min)"));
  EXPECT_THAT(describe(holder, 0), Not(HasSubstr("(")));  // a clock that was set back
  EXPECT_EQ(describe({}, 0), "another process");
}

}  // namespace
}  // namespace netcfg::test
