#include "netcfg/guard/revert_loop.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "netcfg/base/fault_point.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/host/clock.h"
#include "netcfg/host/this_process.h"
#include "netcfg/store/snapshot_file.h"

namespace netcfg {
namespace {

// How long the other process may be late with ending the window before it counts as stuck.
constexpr int64_t kGrace = kSecond / 2;
constexpr int64_t kDeathTakes = 5 * kSecond, kBetweenTries = kSecond;
constexpr int kTries = 5;

// The process that made the change, by a handle that no other process can come to have. systemd takes the
// channel away from a reverter that it starts again; then a number and a time of birth have to do.
Fd initiator_of(int channel, const Window& window) {
  ucred peer{};
  socklen_t size = sizeof peer;
  auto open_process = [](pid_t pid) {
    return Fd(pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1);
  };
  // At the other end it waits for an answer: the number is its own still.
  if (getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) return open_process(peer.pid);
  Fd out = open_process(static_cast<pid_t>(window.by.pid));
  return out && born(window.by.pid) == window.born ? std::move(out) : Fd{};
}

// Tells that something has happened to the files of the window.
Fd watch(const std::string& directory) {
  Fd fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd) (void)inotify_add_watch(fd.get(), directory.c_str(), IN_MOVED_TO | IN_DELETE);
  return fd;
}

class Loop {
 public:
  Loop(const RevertLoop& loop, Window window, State before, Fd initiator)
      : loop_(loop),
        window_(std::move(window)),
        before_(std::move(before)),
        initiator_(std::move(initiator)),
        changes_(watch(loop.window_directory)) {}

  Result<> run() {
    until_ = loop_.settler.window().until();
    begun_ = boottime();
    gone_ = !initiator_;
    while (true) {
      // Whether it has been decided already is asked first: this may not be the first reverter.
      if (auto ended = gone_ ? alone() : late() ? too_late() : std::nullopt) return *ended;
      sleep();
      if (over_) return Done{};
    }
  }

 private:
  int64_t deadline() const { return until_ ? *until_ + (gone_ ? 0 : kGrace) : begun_ + loop_.patience; }
  bool late() const { return boottime() >= deadline(); }

  // Until a word from the other process, its end, somebody's decision, or the deadline.
  void sleep() {
    Fd alarm(alarm_at(again_.value_or(deadline())));
    std::array<pollfd, 4> wanted{pollfd{alarm.get(), POLLIN, 0}, pollfd{changes_.get(), POLLIN, 0},
                                 pollfd{deaf_ ? -1 : loop_.channel.fd(), POLLIN, 0},
                                 pollfd{gone_ ? -1 : initiator_.get(), POLLIN, 0}};
    (void)poll(wanted.data(), wanted.size(), -1);
    std::array<char, 4096> names{};
    while (read(changes_.get(), names.data(), names.size()) > 0) {
    }
    while (auto heard = deaf_ ? std::nullopt : loop_.channel.hear()) {
      deaf_ = heard->end;
      over_ = heard->text == kWordDone;
      if (over_) return;
    }
    gone_ = gone_ || wanted[3].revents != 0;
    if (auto until = loop_.settler.window().until(); until && !decided_) until_ = until;
    if (auto alive = loop_.settler.window().alive(); alive && *alive > begun_) begun_ = *alive;
    // Whoever has nothing to hear looks whether it is over.
    if (deaf_ && !gone_)
      if (auto found = loop_.settler.window().find(); found && !*found) over_ = true;
  }

  // The other process is dead: what is left to do is ours.
  std::optional<Result<>> alone() {
    again_.reset();
    if (!loop_.may_settle()) return another_is_at_it();
    auto found = loop_.settler.window().find();
    if (found && !*found) return Result<>(Done{});
    if (found && (*found)->decision == WindowDecision::kept) return finish_keeping();
    if (found && (*found)->decision == WindowDecision::reverting)
      return take_back("somebody asked for it, or died over it");
    // Somebody else may still confirm it; without that nobody is left to find out whether it works.
    if (window_.confirm && until_ && !late()) return std::nullopt;
    return decide(window_.confirm && until_ ? nobody_confirmed() : "the process that made it died");
  }

  // It ends what it finds; if it dies over that, the lock is free.
  std::optional<Result<>> another_is_at_it() {
    again_ = boottime() + kBetweenTries;
    return std::nullopt;
  }

  // The other process lives and should have done something by now.
  std::optional<Result<>> too_late() {
    auto found = loop_.settler.window().find();
    if (found && !*found) return Result<>(Done{});
    bool decided = found && (*found)->decision != WindowDecision::open;
    if (!decided) return decide(until_ ? nobody_confirmed() : "the process that made it is stuck");
    if (!until_) {  // it had all the time there is for what was decided
      end_initiator();
      gone_ = true;
      return alone();
    }
    until_.reset();
    decided_ = true;
    begun_ = boottime();
    return std::nullopt;
  }

  std::optional<Result<>> decide(const std::string& why) {
    auto won = loop_.settler.window().revert();
    // A disk that cannot be written to must not keep the host cut off.
    if (!won) trouble("is taken back, which could not be written down: " + won.error().message);
    if (!won || *won) return take_back(why);
    return std::nullopt;  // somebody else was faster; what they decided shows at the next look
  }

  std::string nobody_confirmed() const {
    return window_.confirm ? fmt::format("nobody confirmed it within {} s", window_.seconds)
                           : "the process that made it did not say in time that it works";
  }

  Result<> finish_keeping() {
    auto kept = loop_.settler.keep(window_);
    if (!kept) return kept.error();
    return Done{};
  }

  // Two must not write at the same time.
  void end_initiator() {
    if (!initiator_) return;
    (void)syscall(SYS_pidfd_send_signal, initiator_.get(), SIGKILL, nullptr, 0);
    pollfd wanted{initiator_.get(), POLLIN, 0};
    (void)poll(&wanted, 1, static_cast<int>(kDeathTakes / (kSecond / 1000)));
  }

  std::optional<Result<>> take_back(const std::string& why) {
    fault_point("reverting");
    end_initiator();
    gone_ = true;
    // That may have held the lock until now.
    if (!loop_.may_settle()) return another_is_at_it();
    Result<Settled> settled = Error{};
    for (int attempt = 1; attempt <= kTries; ++attempt) {
      settled = loop_.settler.revert(window_, loop_.kernel, why, &before_);
      if (settled && settled->generation.fate != Fate::damaged) return Result<>(Done{});
      Fd alarm(alarm_at(boottime() + kBetweenTries));
      pollfd wanted{alarm.get(), POLLIN, 0};
      if (attempt < kTries) (void)poll(&wanted, 1, -1);
    }
    return failed(settled);
  }

  Result<> failed(const Result<Settled>& settled) {
    std::string text = "could NOT be taken back, the host needs a person";
    // What was tried to its end, the settler has logged.
    if (!settled) trouble(text += ": " + settled.error().message);
    return Error{fmt::format("generation {} {}", window_.generation, text), "compare with 'netcfg diff'", 0};
  }

  void trouble(const std::string& what) const {
    loop_.settler.log.write(log_trouble(window_.generation, window_.by, what));
  }

  const RevertLoop& loop_;
  Window window_;
  State before_;
  Fd initiator_, changes_;
  bool gone_ = false;     // the process that made the change is dead
  bool deaf_ = false;     // nothing is to be heard from it any more
  bool decided_ = false;  // somebody else was faster than the deadline
  bool over_ = false;
  int64_t begun_ = 0;             // what the other process is at, or when it last got on with it
  std::optional<int64_t> again_;  // when to look whether the lock is free
  std::optional<int64_t> until_;
};

}  // namespace

Result<> run_revert_loop(const RevertLoop& loop) {
  auto found = loop.settler.window().find();
  if (!found) return found.error();
  if (!*found) {  // started again after all was done
    loop.armed();
    return Done{};
  }
  const Window& window = (*found)->window;
  auto bytes = loop.settler.generations(window).read(window.generation, Part::before);
  if (!bytes) return bytes.error();
  auto before = snapshot_from_bytes(*bytes);
  if (!before)
    return Error{
        loop.settler.generations(window).path(window.generation, Part::before) + " " + before.error().message,
        "", 0};
  // The way there, walked once: what it takes of the program is in memory then.
  auto live = loop.kernel.read(Settler::query(window));
  if (!live) return live.error();
  loop.armed();
  return Loop(loop, window, std::move(*before), initiator_of(loop.channel.fd(), window)).run();
}

}  // namespace netcfg
