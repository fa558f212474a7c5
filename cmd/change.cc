#include "cmd/change.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/diagnostics_json.h"
#include "cmd/guard_setup.h"
#include "cmd/signals.h"
#include "cmd/terminal.h"
#include "netcfg/base/text.h"
#include "netcfg/guard/record.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"

namespace netcfg {
namespace {

// In the order given, the first cause first.
void report(Session& session, std::span<const Diagnostic> problems) {
  if (session.json()) {
    session.out.write(diagnostics_json(problems, session.sources));
    return;
  }
  for (const Diagnostic& d : problems) {
    Diagnostics one;
    one.error(d.place, d.path, d.message, d.hint);
    fmt::print(stderr, "{}", format(one, session.sources, session.color_err()));
  }
}

int report_restored(Session& session, std::vector<Diagnostic> problems) {
  report(session, problems);
  if (!session.json()) fmt::print(stderr, "The earlier state is restored and verified.\n");
  return kRestored;
}

int report_damaged(Session& session, std::vector<Diagnostic> problems, const Guarded& done) {
  std::string hint = done.leftover.empty() ? "compare with 'netcfg diff'" : "what differs from before:";
  for (const std::string& line : done.leftover) hint += fmt::format("\n        {}", printable(line));
  problems.push_back({Severity::error, kNowhere, "",
                      "restoring the earlier state FAILED or could not be verified: the host needs a person",
                      std::move(hint)});
  report(session, problems);
  return kDamaged;
}

int report_failure(Session& session, const Guarded& done) {
  std::vector<Diagnostic> problems = done.applied.problems;
  for (Diagnostic& d : problems)
    if (!d.place) d.place = kNowhere;
  if (!done.why.empty())
    problems.push_back({Severity::error, kNowhere, "",
                        fmt::format("generation {} was not kept: {}", done.generation, done.why), ""});
  if (done.fate == Fate::damaged) return report_damaged(session, std::move(problems), done);
  return report_restored(session, std::move(problems));
}

int report_success(Session& session, const Situation& situation, const Guarded& done) {
  for (const std::string& line : done.proven) session.detail("works after the change: " + printable(line));
  if (done.unrecorded) {
    Error error = *done.unrecorded;
    error.message = "the change is made and verified, but it could not be remembered: " + error.message;
    error.hint =
        "without that, netcfg does not know which links are its own: mend the cause, then apply again";
    return session.fail(error, kDamaged);
  }
  if (done.unremembered) {
    session.problems.warning(kNowhere, "",
                             "what was applied is not remembered: " + done.unremembered->message,
                             "links that netcfg made count as someone else's until an apply that can be "
                             "remembered names them");
    session.report_warnings();
  }
  keep_spec(session);
  if (session.json())
    print_json(session.out.stream(), situation.plan, session.sources);
  else if (session.options.quiet == 0)
    session.out.write(fmt::format("Applied and verified: {}.\n", in_numbers(situation.plan)));
  return kDone;
}

bool asks_for_the_session(const Baseline& baseline) {
  return std::any_of(baseline.good.begin(), baseline.good.end(),
                     [](const Probe& probe) { return probe.spec.kind == ProbeKind::ssh; });
}

// An idle session proves nothing, be it dead or alive: something has to be sent, and acknowledged; much of
// it, since a path may lose what is large and nothing else. What is lost is sent again by the connection
// itself: nothing is added to that. Without a terminal what is said here goes by the session, if anything
// does.
void make_the_session_speak(Session& session, const Round& round, bool has_spoken) {
  if (!nudge_terminal(round.good ? kFullPackets : 1) && !has_spoken && round.number == 1)
    session.say("The change is made; it is kept if connections work.");
}

}  // namespace

int change(Session& session, Situation& s, GuardedOptions& options) {
  Result<Guarded> done = Error{};
  {
    Progress progress(session.options.quiet == 0);
    options.apply.stop = [] { return stop_signal() != 0; };
    options.apply.progress = [&](size_t written, size_t all) { progress.show(written, all); };
    bool speaks = asks_for_the_session(options.baseline);
    options.round = [&](const Round& round, std::chrono::milliseconds left) {
      progress.show(round, left);
      if (speaks) make_the_session_speak(session, round, progress.is_on());
    };
    if (options.confirm && progress.is_on())
      options.waiting = [&](uint32_t generation, std::chrono::milliseconds left) {
        progress.show_waiting(generation, left);
      };
    else if (options.confirm)
      session.say(
          fmt::format("'netcfg confirm' keeps the change, within {} s", options.window.count() / 1000));
    Change change{s.live, s.desired, s.ledger, s.plan, session.sources};
    done = guarded_apply(*session.kernel(), settler_of(session), change, options);
  }
  if (!done) return session.fail(done.error());
  session.detail(fmt::format("{} operations were given to the kernel", done->applied.writes));
  if (done->applied.outcome == Outcome::nothing) return nothing_to_do(session, s);
  return done->fate == Fate::kept ? report_success(session, s, *done) : report_failure(session, *done);
}

namespace {

// How uplinks are watched is nothing of the kernel's: it is written down for the watcher alone. Whether it
// had to be; nothing after an error.
Result<bool> keep_uplinks(Session& session, const Situation& situation) {
  if (situation.ledger.uplinks == situation.desired.uplinks) return false;
  Ledger ledger = load_ledger(session, LedgerRoutes::read);
  ledger.uplinks = situation.desired.uplinks;
  std::vector<Route> routes = std::move(ledger.applied.routes);
  auto saved =
      save_ledger(session.files, ledger_path(session.netns()), netns_identity(), std::move(ledger), routes);
  if (!saved) return saved.error();
  return true;
}

}  // namespace

int nothing_to_do(Session& session, const Situation& situation) {
  auto renewed = keep_uplinks(session, situation);
  if (!renewed) return session.fail(renewed.error());
  keep_spec(session);
  if (session.json())
    print_json(session.out.stream(), situation.plan, session.sources);
  else if (session.options.quiet == 0)
    session.out.write(*renewed
                          ? "Nothing to do: the host is as specified. How uplinks are watched was renewed.\n"
                          : "Nothing to do: the host is as specified.\n");
  return kDone;
}

}  // namespace netcfg
