// A reverter that was started again hears nothing from the process that writes the change: by what that
// leaves beside the window it tells a slow one from one that is stuck.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "netcfg/guard/revert_loop.h"
#include "netcfg/host/clock.h"
#include "netcfg/host/files.h"
#include "netcfg/host/this_process.h"
#include "netcfg/store/snapshot_file.h"
#include "tests/support/sandbox.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

struct NoLog : Log {
  void write(const LogEntry& /*entry*/) override {}
};

class Stuck : public testing::Test {
 protected:
  ~Stuck() override {
    if (writer_ <= 0) return;
    kill(writer_, SIGKILL);
    waitpid(writer_, nullptr, 0);
  }

  Settler settler() { return {files_, {"/ledger", "/generations", "/passing", "/window"}, "here", log_}; }

  // In another process; then a window that it has opened.
  template <class F>
  void begin(F writer) {
    writer_ = fork();
    if (writer_ == 0) {
      writer();
      while (true) pause();
    }
    Window window;
    window.generation = 1;
    window.kernel = "here";
    window.by.pid = writer_;
    window.born = born(writer_);
    Generations history = settler().generations(window);
    Generation generation;
    generation.number = 1;
    EXPECT_TRUE(history.write(1, Part::before, snapshot_to_bytes(kernel_.state(), "here")));
    EXPECT_TRUE(history.save(generation));
    EXPECT_TRUE(settler().window().open(window));
  }
  Result<> revert_loop(int64_t patience) {
    Channel none{Fd(open("/dev/null", O_RDWR | O_CLOEXEC))};
    Settler settler = this->settler();
    RevertLoop loop{settler, kernel_, none, box_.path() + "/window", [] {}, [] { return true; }};
    loop.patience = patience;
    return run_revert_loop(loop);
  }
  // The signal that ended it, or 0.
  int writer_ended_by() {
    int status = 0;
    if (waitpid(writer_, &status, WNOHANG) != writer_) return 0;
    writer_ = -1;
    return WTERMSIG(status);
  }

  Sandbox box_;
  HostFiles files_{box_.path()};
  NoLog log_;
  SimKernel kernel_;
  pid_t writer_ = -1;
};

TEST_F(Stuck, WhoeverGetsOnIsLeftAlone) {
  begin([this] {
    WindowFiles window = settler().window();
    for (int i = 0; i < 30; ++i) {
      usleep(100'000);
      (void)window.set_alive(boottime());
    }
    (void)window.close();
  });
  EXPECT_TRUE(revert_loop(2 * kSecond));
  EXPECT_EQ(writer_ended_by(), 0);
  EXPECT_TRUE(settler().window().find().value() == std::nullopt);
}

TEST_F(Stuck, WhoeverDoesNotIsEnded) {
  begin([] {});
  EXPECT_TRUE(revert_loop(kSecond / 10));
  EXPECT_EQ(writer_ended_by(), SIGKILL);
  Window window;
  auto generation = settler().generations(window).load(1);
  ASSERT_TRUE(generation);
  EXPECT_EQ(generation->fate, Fate::reverted);
  EXPECT_EQ(generation->why, "the process that made it is stuck");
  EXPECT_FALSE(settler().window().alive());
}

}  // namespace
}  // namespace netcfg::test
