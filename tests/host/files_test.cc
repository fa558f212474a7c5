#include "netcfg/host/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(HostFiles, WritesReadsListsAndRemovesBelowTheRoot) {
  Sandbox box;
  HostFiles files(box.path());
  ASSERT_TRUE(files.write("/var/lib/x/b", "two"));
  ASSERT_TRUE(files.write("/var/lib/x/a", "one"));
  EXPECT_EQ(box.read("var/lib/x/a"), "one");
  EXPECT_EQ(*files.read("/var/lib/x/b", 100), "two");
  EXPECT_THAT(*files.list("/var/lib/x"), ElementsAre("a", "b"));
  EXPECT_TRUE(files.remove("/var/lib/x/a"));
  EXPECT_EQ(files.remove("/var/lib/x/a").error().code, ENOENT);
  EXPECT_EQ(files.read("/var/lib/x/a", 100).error().code, ENOENT);
  EXPECT_EQ(files.list("/nowhere").error().code, ENOENT);
}

TEST(HostFiles, ErrorsAreTheSystemsWithTheRealName) {
  Sandbox box;
  HostFiles files(box.path());
  EXPECT_EQ(files.read("/.io", 100).error().code, EISDIR);
  EXPECT_EQ(files.write("/.io", "x").error().code, EISDIR);
  box.write("f", "12345");
  EXPECT_EQ(files.read("/f", 4).error().code, EFBIG);
  EXPECT_EQ(*files.read("/f", 5), "12345");
  EXPECT_THAT(files.read("/none", 4).error().message, HasSubstr(box.path() + "/none"));
  EXPECT_EQ(files.write("/f/g", "x").error().code, ENOTDIR);
}

TEST(HostFiles, ReplacingKeepsPermissionsAndLinksAndLeavesNothingBehind) {
  Sandbox box;
  HostFiles files(box.path());
  box.write("target", "old");
  ASSERT_EQ(chmod((box.path() + "/target").c_str(), 0640), 0);
  std::filesystem::create_symlink("target", box.path() + "/link");
  ASSERT_TRUE(files.write("/link", "new"));
  EXPECT_EQ(box.read("target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(box.path() + "/link"));
  struct stat info {};
  ASSERT_EQ(stat((box.path() + "/target").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640U);
  EXPECT_THAT(*files.list("/"), ElementsAre(".io", "link", "target"));
}

TEST(HostFiles, ADeviceOrFifoIsWrittenToAndNotReplaced) {
  Sandbox box;
  HostFiles files("");
  ASSERT_TRUE(files.write("/dev/null", "x"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  std::string fifo = box.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = *HostFiles("").read(fifo, 100); });
  EXPECT_TRUE(files.write(fifo, "through"));
  reader.join();
  EXPECT_EQ(got, "through");
}

TEST(HostFiles, AReaderSeesTheOldOrTheNewTextAndNothingBetween) {
  Sandbox box;
  HostFiles files(box.path());
  const std::string a(200'000, 'a');
  const std::string b(100'000, 'b');
  ASSERT_TRUE(files.write("/f", a));
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(files.write("/f", i % 2 == 0 ? b : a));
  });
  for (int i = 0; i < 200; ++i) {
    auto text = HostFiles(box.path()).read("/f", 1 << 20);
    ASSERT_TRUE(text && (*text == a || *text == b));
  }
  writer.join();
}

TEST(HostFiles, AProbeFindsOutWithoutATrace) {
  Sandbox box;
  HostFiles files(box.path());
  EXPECT_TRUE(files.probe("/var/lib/netcfg/ledger.json", 1000));
  EXPECT_THAT(*files.list("/var/lib/netcfg"), testing::IsEmpty());
  box.write("file", "x");
  EXPECT_EQ(files.probe("/file/ledger.json", 1).error().code, ENOTDIR);
  EXPECT_EQ(HostFiles("").probe("/proc/netcfg/ledger.json", 1).ok(), false);
}

TEST(HostFiles, RealNamesHaveOneSlashBetween) {
  EXPECT_EQ(HostFiles("").real("a"), "a");
  EXPECT_EQ(HostFiles("/").real("/a"), "/a");
  EXPECT_EQ(HostFiles("/r").real("/a"), "/r/a");
  EXPECT_EQ(HostFiles("/r/").real("/a"), "/r/a");
  EXPECT_EQ(HostFiles("r").real("a"), "r/a");
}

}  // namespace
}  // namespace netcfg::test
