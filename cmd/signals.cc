#include "cmd/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace netcfg {
namespace {

constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free);

std::atomic<int> event{-1};

void on_signal(int number) {
  caught.store(number, std::memory_order_relaxed);
  int kept = errno;
  constexpr uint64_t kOne = 1;
  (void)!write(event.load(std::memory_order_relaxed), &kOne, sizeof kOne);
  errno = kept;
}

}  // namespace

void catch_stop_signals() {
  if (event < 0) event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  for (int number : kStopSignals) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = on_signal;  // no SA_RESTART: what waits has to end
    sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, nullptr);
  }
}

void catch_stop_signals_in_child() {
  event = -1;
  caught = 0;
  catch_stop_signals();
}

int stop_signal() {
  return caught.load(std::memory_order_relaxed);
}

int stop_fd() {
  return event.load(std::memory_order_relaxed);
}

bool wait_for_input(int fd) {
  sigset_t stops, before;
  sigemptyset(&stops);
  for (int number : kStopSignals) sigaddset(&stops, number);
  (void)sigprocmask(SIG_BLOCK, &stops, &before);
  pollfd wanted{fd, POLLIN, 0};
  while (stop_signal() == 0 && ppoll(&wanted, 1, nullptr, &before) < 0 && errno == EINTR) {
  }
  (void)sigprocmask(SIG_SETMASK, &before, nullptr);
  return stop_signal() == 0;
}

}  // namespace netcfg
