#include "cmd/link_drill.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "cmd/guard_setup.h"
#include "cmd/lockout_check.h"
#include "cmd/pending.h"
#include "cmd/signals.h"
#include "cmd/window_wait.h"
#include "netcfg/apply/apply.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/host/this_process.h"

namespace netcfg {
namespace {

void say(const Fd& fd, std::string_view text) {
  (void)send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

// The first problem of the session, which has been noted there, as what went wrong.
Error taken_from(Session& session) {
  std::vector<Diagnostic> problems = session.problems.sorted();
  session.problems = {};
  if (problems.empty()) return {"the state of the kernel cannot be read", "", 0};
  return {problems.front().message, problems.front().hint, 0};
}

std::string first_problem(const Guarded& done) {
  return done.applied.problems.empty() ? done.why : done.applied.problems.front().message;
}

}  // namespace

LinkDrill::~LinkDrill() {
  (void)finish();
}

// The link alone is spoken of, and what the kernel deletes with it comes back with the state before.
std::optional<Error> LinkDrill::plan(const IfName& dev) {
  situation_ = std::make_unique<Situation>();
  Situation& s = *situation_;
  Link& link = s.desired.state.links.emplace_back();
  link.name = dev;
  link.state = LinkState::down;
  s.desired.partial = true;
  auto live = read_live(session_, query_for(s.desired, s.ledger));
  if (!live) return taken_from(session_);
  s.live = std::move(*live);
  note_candidates(s.live.state, load_ledger(session_, LedgerRoutes::skip));
  auto plan = make_plan({s.live, s.desired, s.ledger}, session_.problems);
  if (!plan) return taken_from(session_);
  s.plan = std::move(*plan);
  if (s.plan.steps.empty()) return Error{fmt::format("{} is down already", dev.view()), "netcfg uplinks", 0};
  auto cut = warn_of_lockout(session_, s);
  if (!cut) return std::nullopt;
  session_.log.write(log_refusal(this_process(), cut->message));
  return Error{cut->message + "; nothing was changed", "--by=watcher or --by=probes takes no link down", 0};
}

Result<Fd> LinkDrill::begin(const IfName& dev, const std::string& why, std::chrono::milliseconds longest) {
  if (session_.kernel() == nullptr) return taken_from(session_);
  auto taken = take_lock(session_);
  if (!taken) return taken.error();
  lock_.emplace(std::move(*taken));
  if (!mend(session_)) return taken_from(session_);
  if (auto problem = plan(dev)) return *problem;
  int control[2], report[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0)
    return Error{fmt::format("cannot make a socket: {}", strerror(errno)), "", errno};
  Fd mine(control[0]), its(control[1]);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, report) != 0)
    return Error{fmt::format("cannot make a socket: {}", strerror(errno)), "", errno};
  report_ = Fd(report[0]);
  Fd its_report(report[1]);
  child_ = fork();
  if (child_ < 0) return Error{fmt::format("cannot make a process: {}", strerror(errno)), "", errno};
  if (child_ == 0) {
    mine = Fd();
    report_ = Fd();
    hold_down(std::move(its), std::move(its_report), why, longest);
  }
  lock_->hand_over();
  return mine;
}

// In the other process: whatever ends it is seen by its reverter.
void LinkDrill::hold_down(Fd control, Fd report, const std::string& why, std::chrono::milliseconds longest) {
  lock_->announce(to_text(this_process()));
  catch_stop_signals_in_child();
  GuardedOptions options = unprobed(session_, *lock_, {.why = why, .history = false});
  options.rehearsal_fd = control.get();
  options.window = longest;
  options.apply.stop = [] { return stop_signal() != 0; };
  options.apply.progress = [&](size_t done, size_t all) {
    if (done == all) say(control, "ok\n");
  };
  Situation& s = *situation_;
  Change change{s.live, s.desired, s.ledger, s.plan, session_.sources};
  auto done = guarded_apply(*session_.kernel(), settler_of(session_), change, options);
  if (!done) {
    const Error& error = done.error();
    say(control, "error: " + error.message + (error.hint.empty() ? "" : "; " + error.hint) + "\n");
    _exit(kFailed);
  }
  if (done->fate == Fate::damaged) {
    for (const std::string& line : done->leftover) say(report, line + "\n");
    _exit(kDamaged);
  }
  // It was taken back as it was to be, or a step was refused.
  if (done->applied.outcome != Outcome::applied) say(control, "error: " + first_problem(*done) + "\n");
  _exit(kDone);
}

int LinkDrill::finish() {
  if (child_ <= 0) return kDone;
  std::string leftover;
  std::array<char, 4096> buffer;
  while (true) {
    ssize_t size = recv(report_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    leftover.append(buffer.data(), static_cast<size_t>(size));
  }
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
  child_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) != kDamaged) return kDone;
  if (WIFSIGNALED(status)) {
    session_.say("the process that held the link down died; its reverter brings it back");
    WindowWatch watch(session_.files.real(settler_of(session_).places.window));
    return watch.wait_until_settled(session_) ? kDone : kDamaged;
  }
  session_.problem({"restoring the earlier state FAILED or could not be verified: the host needs a person",
                    "what differs from before:\n        " + leftover, 0});
  return kDamaged;
}

}  // namespace netcfg
