#include "cmd/change.h"

#include <fmt/format.h>

#include "cmd/diagnostics_json.h"
#include "cmd/signals.h"
#include "cmd/terminal.h"
#include "netcfg/apply/apply.h"
#include "netcfg/base/text.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"

namespace netcfg {
namespace {

Result<> remember(Session& session, const Ledger& ledger, const State& applied) {
  return save_ledger(session.files, ledger_path(session.netns()), netns_identity(), ledger, applied.routes);
}

// "3 created, 1 changed, 2 deleted"
std::string in_numbers(const Plan& plan) {
  Summary sum = summarize(plan);
  std::string out;
  auto add = [&](size_t count, std::string_view what) {
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
  };
  add(sum.create, "created");
  add(sum.update, "changed");
  add(sum.remove, "deleted");
  add(sum.adopt, "adopted");
  return out;
}

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

int report_damaged(Session& session, std::vector<Diagnostic> problems, const Applied& applied) {
  std::string hint = applied.leftover.empty() ? "compare with 'netcfg diff'" : "what differs from before:";
  for (const std::string& line : applied.leftover) hint += fmt::format("\n        {}", printable(line));
  problems.push_back({Severity::error, kNowhere, "",
                      "restoring the earlier state FAILED or could not be verified: the host needs a person",
                      std::move(hint)});
  report(session, problems);
  return kDamaged;
}

int report_failure(Session& session, const Applied& applied) {
  std::vector<Diagnostic> problems = applied.problems;
  for (Diagnostic& d : problems)
    if (!d.place) d.place = kNowhere;
  if (applied.outcome == Outcome::damaged) return report_damaged(session, std::move(problems), applied);
  return report_restored(session, std::move(problems));
}

int report_success(Session& session, const Situation& situation, const Applied& applied) {
  if (auto saved = remember(session, applied.ledger, situation.desired.state); !saved) {
    Error error = saved.error();
    error.message = "the change is made and verified, but it could not be remembered: " + error.message;
    error.hint =
        "without that, netcfg does not know which links are its own: mend the cause, then apply again";
    return session.fail(error, kDamaged);
  }
  keep_spec(session);
  if (session.json())
    print_json(session.out.stream(), situation.plan, session.sources);
  else if (session.options.quiet == 0)
    session.out.write(fmt::format("Applied and verified: {}.\n", in_numbers(situation.plan)));
  return kDone;
}

}  // namespace

int change(Session& session, Situation& s) {
  Applied applied;
  {
    Progress progress(session.options.quiet == 0);
    ApplyOptions options;
    options.stop = [] { return stop_signal() != 0; };
    options.progress = [&](size_t done, size_t all) { progress.show(done, all); };
    applied = apply(*session.kernel(), s.live, s.desired, s.ledger, s.plan, options);
  }
  session.detail(fmt::format("{} operations were given to the kernel", applied.writes));
  switch (applied.outcome) {
    case Outcome::nothing:
      return nothing_to_do(session, s);
    case Outcome::applied:
      return report_success(session, s, applied);
    case Outcome::restored:
    case Outcome::damaged:
      break;
  }
  return report_failure(session, applied);
}

int nothing_to_do(Session& session, const Situation& situation) {
  keep_spec(session);
  if (session.json())
    print_json(session.out.stream(), situation.plan, session.sources);
  else if (session.options.quiet == 0)
    session.out.write("Nothing to do: the host is as specified.\n");
  return kDone;
}

}  // namespace netcfg
