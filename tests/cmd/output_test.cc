// Where words go, and what happens when they cannot.
#include <gmock/gmock.h>

#include "tests/support/in_ci.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(Output, AFullDiskIsAFailure) {
  auto ended = Sandbox().run("$N --help >/dev/full");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, StartsWith("netcfg: cannot write to standard output: No space left on device"));
}

TEST(Output, ClosedStandardFilesAreNoTrap) {
  Sandbox box;
  EXPECT_EQ(box.run("$N version >&-").status, 1);
  EXPECT_EQ(box.run("$N version <&- 2>&-").status, 0);
  // A file that is read must not end up as standard output, nor the message in a file.
  box.write("a.yaml", "netcfg: 1\nbogus: 1\n");
  EXPECT_EQ(box.run("$N validate a.yaml <&- >&- 2>&-").status, 1);
  EXPECT_EQ(box.read("a.yaml"), "netcfg: 1\nbogus: 1\n");
}

TEST(Output, AReaderThatLeavesIsNoError) {
  Sandbox box;
  auto ended = box.run("{ $N --help; echo status $? >&2; } | head -c 5");
  EXPECT_EQ(ended.out, "Usage");
  EXPECT_EQ(ended.err, "status 0\n");
  EXPECT_EQ(box.run("{ $N --help; echo $? >&2; } | :").err, "0\n");
}

TEST(Output, ColorIsForTerminalsOrWhenAskedFor) {
  Sandbox box;
  box.write("a.yaml", "netcfg: 1\nbogus: 1\n");
  const std::string escape = "\x1b[";
  EXPECT_THAT(box.run("$N validate a.yaml").err, Not(HasSubstr(escape)));
  EXPECT_THAT(box.run("$N validate --color always a.yaml").err, HasSubstr(escape));
  EXPECT_THAT(box.run("NO_COLOR=1 $N validate --color always a.yaml").err, HasSubstr(escape));
  // script(1) gives the program a terminal.
  auto on_terminal = [&](const std::string& command) {
    return box.run("TERM=xterm script -qec \"" + command + "\" /dev/null").out;
  };
  EXPECT_THAT(on_terminal("$N validate a.yaml"), HasSubstr(escape));
  EXPECT_THAT(on_terminal("NO_COLOR=1 $N validate a.yaml"), Not(HasSubstr(escape)));
  EXPECT_THAT(on_terminal("NO_COLOR= $N validate a.yaml"), HasSubstr(escape));
  EXPECT_THAT(on_terminal("TERM=dumb $N validate a.yaml"), Not(HasSubstr(escape)));
  EXPECT_THAT(on_terminal("$N validate --color never a.yaml"), Not(HasSubstr(escape)));
}

TEST(Output, StartingIsCheap) {
  // No time is measured, as this machine may be busy: nothing but the program itself is opened.
  auto ended = Sandbox().run(
      "command -v strace >/dev/null || exit 77\n"
      "ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat,socket -o t $N version >/dev/null\n"
      "grep -cE 'netlink|AF_NETLINK|/etc/netcfg|/var/lib' t");
  if (ended.status == 77) {
    if (in_ci()) FAIL() << "there is no strace";
    GTEST_SKIP() << "NOT TESTED: "
                 << "there is no strace";
  }
  EXPECT_EQ(ended.out, "0\n");
  EXPECT_THAT(ended.err, IsEmpty());
}

}  // namespace
}  // namespace netcfg::test
