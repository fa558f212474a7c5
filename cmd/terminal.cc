#include "cmd/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>

#include "cmd/signals.h"
#include "netcfg/base/fd.h"
#include "netcfg/base/text.h"

namespace netcfg {

bool can_ask() {
  return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

Answer ask(std::string_view question) {
  fmt::print(stderr, "{} ", question);
  std::string line;
  while (line.empty() || line.back() != '\n') {
    char byte = 0;
    bool ready = wait_for_input(STDIN_FILENO);
    ssize_t n = ready ? read(STDIN_FILENO, &byte, 1) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fmt::print(stderr, "\n");
    if (n <= 0) return stop_signal() != 0 ? Answer::interrupted : Answer::no;
    line += byte;
  }
  line.pop_back();
  for (std::string_view yes : {"y", "Y", "yes", "Yes", "YES"})
    if (line == yes) return Answer::yes;
  return Answer::no;
}

bool nudge_terminal(size_t bytes) {
  Fd terminal(open("/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!terminal) return false;
  // A process in the background may be stopped for writing, unless it does not hear of that.
  sigset_t stops, before;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTTOU);
  (void)sigprocmask(SIG_BLOCK, &stops, &before);
  const std::string nothing(bytes, '\0');  // terminals pass over it
  // What a slow line does not take at once is enough.
  bool sent = write(terminal.get(), nothing.data(), nothing.size()) > 0;
  (void)sigprocmask(SIG_SETMASK, &before, nullptr);
  return sent;
}

Progress::Progress(bool wanted) : on_(wanted && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(size_t done, size_t all) {
  // Small changes are over before anyone could read it.
  if (!on_ || all < 500) return;
  line(fmt::format("applying: {} of {} ({} %)", done, all, done * 100 / all));
}

namespace {

// The last second is one, too.
int64_t seconds(std::chrono::milliseconds left) {
  return (left.count() + 999) / 1000;
}

}  // namespace

void Progress::show(const Round& round, std::chrono::milliseconds left) {
  if (!on_) return;
  if (round.good)
    line(fmt::format("connections work: {} of {} rounds", round.in_a_row, round.needed));
  else
    line(fmt::format("taken back in {} s unless this works again: {}", seconds(left),
                     round.failing.empty() ? std::string() : printable(round.failing.front())));
}

void Progress::show_waiting(uint32_t generation, std::chrono::milliseconds left) {
  line(fmt::format("generation {} is taken back in {} s: 'netcfg confirm' keeps it, Ctrl-C takes it back now",
                   generation, seconds(left)));
}

void Progress::line(const std::string& text) {
  if (!on_) return;
  fmt::print(stderr, "\r\x1b[K{}", text);
  (void)fflush(stderr);
  shown_ = true;
}

}  // namespace netcfg
