#include "cmd/signals.h"

#include <atomic>
#include <csignal>

namespace netcfg {
namespace {

std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  caught.store(number, std::memory_order_relaxed);
}

}  // namespace

void catch_stop_signals() {
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = on_signal;  // no SA_RESTART: the prompt's read() has to end
    sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, nullptr);
  }
}

int stop_signal() {
  return caught.load(std::memory_order_relaxed);
}

}  // namespace netcfg
