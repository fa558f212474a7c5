#include "netcfg/store/window_file.h"

#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <cerrno>
#include <thread>

#include "netcfg/host/files.h"
#include "tests/support/memory_files.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

Window some_window() {
  Window w;
  w.generation = 12;
  w.history = false;
  w.kernel = "boot 7";
  w.made = {IfName("br0"), IfName("ve0")};
  w.sysctls = {"net/ipv4/ip_forward"};
  w.confirm = true;
  w.seconds = 120;
  w.born = 4711;
  w.by.pid = 77, w.by.user = "alice", w.by.from = "192.0.2.7", w.by.since = 1'700'000'000;
  return w;
}

TEST(WindowFiles, IsReadAsItWasWritten) {
  MemoryFiles files;
  WindowFiles window(files, "/run/netcfg/window");
  EXPECT_FALSE(*window.find());
  ASSERT_TRUE(window.open(some_window()));
  auto found = window.find();
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->window, some_window());
  EXPECT_EQ((*found)->decision, WindowDecision::open);
  EXPECT_FALSE(window.until());
  ASSERT_TRUE(window.set_until(123'456'789'012));
  EXPECT_EQ(window.until(), 123'456'789'012);
  ASSERT_TRUE(window.close());
  EXPECT_FALSE(*window.find());
  EXPECT_FALSE(window.until());
  EXPECT_TRUE(window.close()) << "closing twice is harmless";
}

TEST(WindowFiles, OnlyTheFirstDecides) {
  for (bool keep : {true, false}) {
    MemoryFiles files;
    WindowFiles window(files, "/run/netcfg/window");
    ASSERT_TRUE(window.open(some_window()));
    EXPECT_TRUE(*(keep ? window.keep() : window.revert()));
    EXPECT_FALSE(*window.keep());
    EXPECT_FALSE(*window.revert());
    EXPECT_EQ((*window.find())->decision, keep ? WindowDecision::kept : WindowDecision::reverting);
  }
}

TEST(WindowFiles, ATornOneIsNamed) {
  MemoryFiles files;
  WindowFiles window(files, "/run/netcfg/window");
  ASSERT_TRUE(window.open(some_window()));
  auto& bytes = files.files["/run/netcfg/window/window.open"];
  bytes.resize(bytes.size() / 2);
  auto found = window.find();
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("/run/netcfg/window/window.open is damaged"));
}

TEST(WindowFiles, ADiskThatCannotBeWrittenIsAnError) {
  MemoryFiles files;
  WindowFiles window(files, "/w");
  ASSERT_TRUE(window.open(some_window()));
  files.failures["/w/window.kept"] = EROFS;
  auto kept = window.keep();
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, EROFS);
  EXPECT_EQ((*window.find())->decision, WindowDecision::open);
}

// A confirmation against the end of the time, on a real file system: exactly one wins, and the file says who.
TEST(WindowFiles, ConfirmAgainstExpiryAThousandTimes) {
  constexpr int kRaces = 1000;
  Sandbox box;
  HostFiles files(box.path());
  std::atomic<bool> kept = false, reverted = false;
  std::barrier start(3), end(3);
  auto racer = [&](std::atomic<bool>& won, Result<bool> (WindowFiles::*decide)()) {
    HostFiles own(box.path());
    WindowFiles window(own, "/window");
    for (int i = 0; i < kRaces; ++i) {
      start.arrive_and_wait();
      auto result = (window.*decide)();
      won = result && *result;
      end.arrive_and_wait();
    }
  };
  std::thread confirm(racer, std::ref(kept), &WindowFiles::keep);
  std::thread expiry(racer, std::ref(reverted), &WindowFiles::revert);
  WindowFiles window(files, "/window");
  int confirmed = 0;
  for (int i = 0; i < kRaces; ++i) {
    EXPECT_TRUE(window.open(some_window()));
    start.arrive_and_wait();
    end.arrive_and_wait();
    EXPECT_NE(kept, reverted) << i;
    auto found = window.find();
    if (!found || !*found)
      ADD_FAILURE() << "the window is gone in race " << i;
    else
      EXPECT_EQ((*found)->decision, kept ? WindowDecision::kept : WindowDecision::reverting);
    confirmed += kept ? 1 : 0;
    EXPECT_TRUE(window.close());
  }
  confirm.join();
  expiry.join();
  EXPECT_GT(confirmed, 0);
  EXPECT_LT(confirmed, kRaces);
}

}  // namespace
}  // namespace netcfg::test
