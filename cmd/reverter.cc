// The process that takes a change back when the one that made it cannot. netcfg starts it itself.
#include <fmt/format.h>
#include <unistd.h>

#include "cmd/guard_setup.h"
#include "netcfg/guard/revert_loop.h"
#include "netcfg/host/detached.h"
#include "netcfg/host/lock.h"
#include "netcfg/host/transient_unit.h"

namespace netcfg {
namespace {

int run_reverter(Session& session) {
  // Standard input is the channel, standard output the lock's file.
  Channel channel{Fd(dup(STDIN_FILENO))};
  Settler settler = settler_of(session);
  Kernel* kernel = session.kernel();
  if (kernel == nullptr) {
    channel.say("the kernel cannot be reached");
    return kFailed;
  }
  bool is_armed = false;
  RevertLoop loop{settler, *kernel, channel, session.files.real(settler.places.window), {}, {}};
  // With the channel came the lock. Without, this is the second that systemd starts.
  std::optional<Lock> own_lock;
  bool first = channel.is_socket();
  loop.may_settle = [&] {
    if (first || own_lock) return true;
    auto lock = Lock::take(session.files.real(lock_path(session.netns())));
    if (lock && std::holds_alternative<Lock>(*lock)) own_lock.emplace(std::get<Lock>(std::move(*lock)));
    return own_lock.has_value();
  };
  loop.armed = [&] {
    hold_on();
    is_armed = true;
    channel.say(kWordArmed);
    (void)notify_ready();
  };
  auto done = run_revert_loop(loop);
  if (is_armed && first) Lock::release(STDOUT_FILENO);
  if (done) return kDone;
  if (!is_armed) channel.say(done.error().message);
  // systemd starts what failed again: what nobody could do before may work by then.
  return is_armed ? kDamaged : kFailed;
}

}  // namespace

constexpr Verb kReverterVerb{.name = "reverter",
                             .operands = "",
                             .summary = "take a change back when the process that made it cannot",
                             .details = "Started by 'netcfg apply' itself.",
                             .run = run_reverter,
                             .hidden = true};

}  // namespace netcfg
