#include "cmd/pending.h"

#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "cmd/guard_setup.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/host/clock.h"
#include "netcfg/host/fd.h"

namespace netcfg {
namespace {

constexpr int64_t kPatience = 300 * kSecond, kLook = 50 * kMillisecond;

Error busy(Session& session, const Lock::Busy& other) {
  WindowFiles window = settler_of(session).window();
  auto found = window.find();
  auto until = window.until();
  if (found && *found && until) {
    std::string hint = (*found)->window.confirm
                           ? "'netcfg confirm' keeps it, 'netcfg rollback' takes it back at once"
                           : "it is kept as soon as the connections work again, else taken back";
    if ((*found)->window.rehearsal)
      return {"a drill is under way: " + describe((*found)->window, until),
              "it ends by itself; 'netcfg rollback' ends it at once", EWOULDBLOCK};
    return {"another change is pending: " + describe((*found)->window, until), std::move(hint), EWOULDBLOCK};
  }
  Holder holder = parse_holder(other.holder);
  std::string hint = "wait until it has finished";
  if (holder.pid > 0) hint += fmt::format(", or end it: kill {} makes it take back what it did", holder.pid);
  return {fmt::format("another change is under way: {}", describe(holder, time(nullptr))), std::move(hint),
          EWOULDBLOCK};
}

// Whether the process that holds the lock is dead, and what it left behind is being taken back: that does not
// take long.
bool is_being_mended(Session& session, const Lock::Busy& other) {
  Holder holder = parse_holder(other.holder);
  bool dead = holder.pid > 0 && kill(static_cast<pid_t>(holder.pid), 0) != 0 && errno == ESRCH;
  WindowFiles window = settler_of(session).window();
  auto found = window.find();
  bool waits = found && *found && (*found)->decision == WindowDecision::open && window.until();
  return dead && !waits;
}

// The lock; not before what a dead process left behind is taken back.
Result<std::variant<Lock, Lock::Busy>> take_when_mended(Session& session) {
  std::string path = session.files.real(lock_path(session.netns()));
  for (int64_t end = boottime() + kPatience;;) {
    auto lock = Lock::take(path);
    if (!lock || std::holds_alternative<Lock>(*lock) || boottime() >= end) return lock;
    if (!is_being_mended(session, std::get<Lock::Busy>(*lock))) return lock;
    // Nothing tells that a lock is free but taking it.
    Fd alarm(alarm_at(boottime() + kLook));
    pollfd wanted{alarm.get(), POLLIN, 0};
    (void)poll(&wanted, 1, -1);
  }
}

void tell(Session& session, const Window& window, const Settled& settled) {
  if (settled.generation.fate == Fate::kept)
    session.say(fmt::format("generation {}, which was left behind, is kept", window.generation));
  else
    session.say(fmt::format("generation {}, which was left behind, is taken back", window.generation));
}

bool not_settled(Session& session, const Window& window, const Error& error) {
  session.log.write(
      log_trouble(window.generation, window.by, "was left behind and is so still: " + error.message));
  session.problem(error);
  return false;
}

}  // namespace

std::string describe(const Window& window, std::optional<int64_t> until) {
  std::string out = fmt::format("generation {} {}: {}", window.generation,
                                window.confirm     ? "waits to be confirmed"
                                : window.rehearsal ? "is rehearsed"
                                                   : "is being checked",
                                describe(window.by, time(nullptr)));
  if (until) out += fmt::format(", {} s left", std::max<int64_t>(0, (*until - boottime()) / kSecond));
  return out;
}

Result<Lock> take_lock(Session& session) {
  auto lock = take_when_mended(session);
  if (!lock) return lock.error();
  if (const auto* other = std::get_if<Lock::Busy>(&*lock)) return busy(session, *other);
  return std::move(std::get<Lock>(*lock));
}

std::optional<Lock> take_lock(Session& session, int& status) {
  auto lock = take_lock(session);
  status = kFailed;
  if (lock) return std::move(*lock);
  status = session.fail(lock.error(), lock.error().code == EWOULDBLOCK ? kBusy : kFailed);
  return std::nullopt;
}

bool mend(Session& session) {
  Settler settler = settler_of(session);
  auto found = settler.window().find();
  if (!found) return session.problem(found.error()), false;
  if (!*found) return true;
  const Window& window = (*found)->window;
  if ((*found)->decision == WindowDecision::kept) {
    auto kept = settler.keep(window);
    if (kept) tell(session, window, *kept);
    return kept ? true : not_settled(session, window, kept.error());
  }
  Kernel* kernel = session.kernel();
  if (kernel == nullptr) return false;
  (void)settler.window().revert();
  auto reverted = settler.revert(window, *kernel, "the process that made it died, and so did its reverter");
  if (!reverted) return not_settled(session, window, reverted.error());
  if (reverted->generation.fate == Fate::damaged) {
    std::string hint = "compare with 'netcfg diff'; what differs from before:";
    for (const std::string& line : reverted->leftover) hint += "\n        " + line;
    session.problem(
        {fmt::format("generation {} was left behind and could NOT be taken back: the host needs a "
                     "person",
                     window.generation),
         std::move(hint), 0});
    return false;
  }
  tell(session, window, *reverted);
  return true;
}

}  // namespace netcfg
