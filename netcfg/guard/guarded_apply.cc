#include "netcfg/guard/guarded_apply.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "netcfg/base/fault_point.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/guard/record.h"
#include "netcfg/host/clock.h"

namespace netcfg {
namespace {

using std::chrono::milliseconds;

// Readable once there is something to look at: somebody has decided, or wants this process to stop, or the
// reverter is gone.
class Wakeups {
 public:
  Wakeups(const std::string& directory, int stop_fd)
      : all_(epoll_create1(EPOLL_CLOEXEC)),
        changes_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
        stop_(stop_fd) {
    (void)inotify_add_watch(changes_.get(), directory.c_str(), IN_MOVED_TO | IN_DELETE);
    for (int fd : {changes_.get(), stop_fd}) watch(fd, EPOLLIN);
  }
  void watch(int fd, uint32_t events) {
    epoll_event event{};
    event.events = events;
    if (fd >= 0) (void)epoll_ctl(all_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  int fd() const { return all_.get(); }
  void forget(int fd) { (void)epoll_ctl(all_.get(), EPOLL_CTL_DEL, fd, nullptr); }
  // What has come so far wakes nobody any more.
  void clear() {
    std::array<char, 4096> bytes{};
    for (int fd : {changes_.get(), stop_})
      while (fd >= 0 && read(fd, bytes.data(), bytes.size()) > 0) {
      }
  }

 private:
  Fd all_, changes_;
  int stop_;
};

bool is_readable(int fd) {
  pollfd wanted{fd, POLLIN | POLLRDHUP, 0};
  return poll(&wanted, 1, 0) > 0;
}

class Run {
 public:
  Run(Kernel& kernel, const Settler& settler, const Change& change, const GuardedOptions& options)
      : kernel_(kernel), settler_(settler), change_(change), options_(options) {}

  Result<Guarded> run() {
    auto recorded = record(settler_, change_, options_);
    if (!recorded) return refused(recorded.error());
    window_ = std::move(*recorded);
    out_.generation = window_.generation;
    fault_point("recorded");
    if (auto armed = arm(); !armed) {
      settler_.generations(window_).forget(window_.generation);
      (void)settler_.window().close();
      return refused(armed.error());
    }
    fault_point("armed");
    carry_out();
    if (reverter_) reverter_->done();
    return std::move(out_);
  }

 private:
  Error refused(Error error) const {
    settler_.log.write(log_refusal(options_.by, error.message));
    return error;
  }

  Result<> arm() {
    auto armed = Reverter::arm(order());
    if (!armed) return armed.error();
    reverter_.emplace(std::move(*armed));
    return Done{};
  }

  ReverterOrder order() const {
    ReverterOrder out = options_.reverter;
    out.generation = window_.generation;
    return out;
  }

  void carry_out() {
    ApplyOptions apply_options = options_.apply;
    apply_options.progress = [&](size_t done, size_t all) {
      say_alive();
      fault_point("writing");
      if (options_.apply.progress) options_.apply.progress(done, all);
    };
    Applied& applied = out_.applied =
        apply(kernel_, change_.before, change_.desired, change_.ledger, change_.plan, apply_options);
    fault_point("written");
    if (applied.outcome != Outcome::applied) return failed();
    if (auto ok = record_ledger(settler_, window_, applied.ledger, change_.desired.state.routes); !ok)
      return take_back("what it made could not be remembered: " + ok.error().message);
    changed_ = std::chrono::steady_clock::now();
    until_ = boottime() + options_.window.count() * kMillisecond;
    if (auto ok = settler_.window().set_until(until_); !ok) return take_back(ok.error().message);
    reverter_->until();
    fault_point("waiting");
    wait();
  }

  // At most once a second: whoever listens is patient. Where it cannot be said it may be needless.
  void say_alive() {
    int64_t now = boottime();
    if (now - said_alive_ < kSecond) return;
    said_alive_ = now;
    (void)settler_.window().set_alive(now);
  }

  // A step was refused, or somebody stopped it; the state before is back, or cannot be.
  void failed() {
    if (auto won = settler_.window().revert(); won && !*won) return follow();
    bool restored = out_.applied.outcome == Outcome::restored;
    std::string why = out_.applied.problems.empty() ? "a step failed" : out_.applied.problems.front().message;
    Fate fate = restored ? Fate::restored : Fate::damaged;
    out_.leftover = out_.applied.leftover;
    ended(settler_.give_up(window_, fate, std::move(why), out_.leftover), fate);
  }

  void watch_reverter(Wakeups& wakeups) const { wakeups.watch(reverter_->fd(), EPOLLRDHUP); }

  bool holds() const {
    if (!second_) return reverter_->holds();
    pollfd wanted{second_.get(), POLLIN, 0};
    return poll(&wanted, 1, 0) == 0;
  }

  // A reverter that ended is started again by systemd, also when it was stopped, or replaced. Where neither
  // is possible nothing guards the change: why it has to go.
  std::optional<std::string> unguarded(Wakeups& wakeups) {
    if (holds()) return std::nullopt;
    std::string what = "the process that would take it back died";
    wakeups.forget(second_ ? second_.get() : reverter_->fd());
    second_ = Reverter::comes_back(order());
    if (second_) return wakeups.watch(second_.get(), EPOLLIN), std::nullopt;
    if (auto armed = arm(); !armed) return what + ", and no other could be armed: " + armed.error().message;
    watch_reverter(wakeups);
    settler_.log.write(log_trouble(window_.generation, window_.by, what + "; another is armed"));
    fault_point("rearmed");
    return std::nullopt;
  }

  milliseconds left() const {
    return milliseconds(std::max<int64_t>(0, (until_ - boottime()) / kMillisecond));
  }

  // Until it is kept, or not.
  void wait() {
    Wakeups wakeups(options_.window_directory, options_.stop_fd);
    watch_reverter(wakeups);
    if (options_.prober != nullptr) {
      auto gathered = try_connections(wakeups);
      if (!gathered) return;
    }
    bool rehearsal = options_.rehearsal_fd >= 0;
    wakeups.watch(options_.rehearsal_fd, EPOLLIN | EPOLLRDHUP);
    while (options_.confirm || rehearsal) {
      if (decided()) return follow();
      if (auto why = stopped()) return take_back(*why);
      if (rehearsal && is_readable(options_.rehearsal_fd)) return take_back("the rehearsal is over");
      if (auto why = unguarded(wakeups)) return take_back(*why);
      if (left().count() == 0)
        return take_back(fmt::format("{} within {} s",
                                     rehearsal ? "the rehearsal did not end" : "nobody confirmed it",
                                     window_.seconds));
      if (options_.waiting) options_.waiting(window_.generation, left());
      // Once a second for the countdown, if there is one.
      auto longest = options_.waiting ? std::min(left(), milliseconds(1000)) : left();
      pollfd wanted{wakeups.fd(), POLLIN, 0};
      (void)poll(&wanted, 1, static_cast<int>(longest.count()) + 1);
      wakeups.clear();
    }
    if (auto why = stopped()) return take_back(*why);
    keep();
  }

  // False when that has ended the window.
  bool try_connections(Wakeups& wakeups) {
    GatherOptions gather_options;
    gather_options.changed = changed_;
    gather_options.deadline = changed_ + options_.window;
    gather_options.stop.fd = wakeups.fd();
    auto look = [&]() -> Result<State> {
      auto now = kernel_.read({});
      if (!now) return now.error();
      return std::move(now->state);
    };
    auto report = [&](const Round& round) {
      if (options_.round) options_.round(round, left());
    };
    while (true) {
      auto gathered = gather(*options_.prober, options_.baseline, look, gather_options, report);
      if (!gathered) return take_back(gathered.error().message), false;
      if (gathered->end == Gathered::End::kept) return out_.proven = std::move(gathered->last.proven), true;
      if (decided()) return follow(), false;
      if (auto why = stopped()) return take_back(*why), false;
      if (auto why = unguarded(wakeups)) return take_back(*why), false;
      if (gathered->end == Gathered::End::expired) return take_back(lost(gathered->last)), false;
      wakeups.clear();
    }
  }

  static std::string lost(const Round& round) {
    std::string out = "connectivity was lost";
    for (size_t i = 0; i < round.failing.size(); ++i) out += (i == 0 ? ": " : "; ") + round.failing[i];
    return out;
  }

  bool decided() const {
    auto found = settler_.window().find();
    return found && (!*found || (*found)->decision != WindowDecision::open);
  }

  // A terminal that goes away is what a confirmation is for: it may come by another.
  std::optional<std::string> stopped() const {
    int signal = options_.stop_signal ? options_.stop_signal() : 0;
    if (signal == 0 || (signal == SIGHUP && options_.confirm)) return std::nullopt;
    return fmt::format("interrupted ({})", sigabbrev_np(signal));
  }

  void keep() {
    fault_point("deciding");
    auto won = settler_.window().keep();
    if (!won) return take_back("it could not be kept: " + won.error().message);
    follow();
  }

  void take_back(std::string why) {
    out_.why = std::move(why);
    auto won = settler_.window().revert();
    if (!won) return bring_back();
    follow();
  }

  // What was decided, by whomever, is carried out.
  void follow() {
    fault_point("decided");
    auto found = settler_.window().find();
    if (!found || !*found || (*found)->decision == WindowDecision::reverting) return bring_back();
    auto kept = settler_.keep(window_);
    if (!kept) {
      out_.unrecorded = kept.error();
      trouble("is made, but could not be remembered: " + kept.error().message);
    }
    if (kept) out_.unremembered = std::move(kept->unremembered);
    out_.fate = Fate::kept;
  }

  void bring_back() {
    if (out_.why.empty()) out_.why = "somebody asked for it";
    auto settled = settler_.revert(window_, kernel_, out_.why, &change_.before.state);
    ended(settled, Fate::damaged);
    if (settled) out_.leftover = settled->leftover;
  }

  void ended(const Result<Settled>& settled, Fate otherwise) {
    out_.fate = settled ? settled->generation.fate : otherwise;
    if (settled) return;
    out_.leftover.push_back(settled.error().message);
    trouble("was not kept, and how it ended could not be written down: " + settled.error().message);
  }

  // What the settler could not log, since it could not do it.
  void trouble(const std::string& what) const {
    settler_.log.write(log_trouble(window_.generation, window_.by, what));
  }

  Kernel& kernel_;
  const Settler& settler_;
  const Change& change_;
  const GuardedOptions& options_;
  Window window_;
  std::optional<Reverter> reverter_;
  Fd second_;  // the process of a reverter that systemd started again; it has no channel
  std::chrono::steady_clock::time_point changed_;
  int64_t until_ = 0, said_alive_ = 0;
  Guarded out_;
};

}  // namespace

Result<Guarded> guarded_apply(Kernel& kernel, const Settler& settler, const Change& change,
                              const GuardedOptions& options) {
  return Run(kernel, settler, change, options).run();
}

}  // namespace netcfg
