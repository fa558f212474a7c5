#include "cmd/carry_out.h"

#include <fmt/format.h>

#include "cmd/change.h"
#include "cmd/guard_setup.h"
#include "cmd/lockout_check.h"
#include "cmd/show_plan.h"
#include "cmd/signals.h"
#include "cmd/terminal.h"
#include "netcfg/guard/outcome_log.h"
#include "netcfg/host/this_process.h"
#include "netcfg/plan/print_json.h"

namespace netcfg {
namespace {

bool will_ask(const Session& session, const Wish& wish) {
  return session.options.yes == 0 && !wish.is_saved() && !session.json() && can_ask();
}

// Asks whoever sits at the terminal. False when the change is off; the reason has been said.
bool agreed(Session& session, const Wish& wish, std::unique_ptr<Situation>& situation) {
  Answer answer = ask("Apply these changes? [y/N]");
  if (answer != Answer::yes) {
    fmt::print(stderr, "{}nothing was changed\n", answer == Answer::interrupted ? "interrupted: " : "");
    return false;
  }
  // The answer may have taken long, and it was given to what was shown.
  auto again = look(session, wish.desired);
  if (again && fingerprint(again->plan) != fingerprint(situation->plan))
    session.problem({"the host has changed while you were asked; nothing was changed",
                     "run it again to see the new plan", 0});
  if (session.problems.has_errors()) return session.fail(), false;
  situation = std::move(again);
  return true;
}

// Whether a saved plan still is the one that was shown.
Result<> is_current(const Wish& wish, const Plan& plan) {
  if (!wish.is_saved()) return Done{};
  SavedPlan saved;
  saved.fingerprint = wish.fingerprint;
  return check_fingerprint(saved, plan);
}

// Why a plan that cuts the SSH session is not carried out, unless somebody was asked, or it is taken back by
// itself.
std::optional<Error> refusal(const Session& session, const GuardSpec& guard, const Diagnostic& cut) {
  constexpr std::string_view kConfirm =
      "--confirm=2m takes it back unless 'netcfg confirm' comes, be it from a new session";
  std::string message = cut.message + "; nothing was changed";
  if (session.options.yes == 0)
    return Error{std::move(message),
                 fmt::format("{}; with --yes it is tried, and taken back unless the session lives on; "
                             "beside that {}; on a terminal you are asked",
                             cut.hint, kConfirm),
                 0};
  if (!session.options.confirm.empty() || !wanted_probes(session, guard).empty()) return std::nullopt;
  return Error{
      std::move(message),
      fmt::format("{}; no connection is tried, so nothing would take it back: {}", cut.hint, kConfirm), 0};
}

}  // namespace

int carry_out(Session& session, Wish& wish, Lock& lock, Occasion occasion) {
  // Whoever is asked may take long; then what was read is needed again.
  bool asks = will_ask(session, wish);
  // A spec that was applied before has most likely nothing to do; to find that out for another one would only
  // be one more read.
  auto situation = look(session, asks ? wish.desired : std::move(wish.desired),
                        session.applied_before ? Others::in_need : Others::named);
  if (!situation) return session.fail();
  session.report_warnings();
  if (auto ok = is_current(wish, situation->plan); !ok) return session.fail(ok.error());
  if (situation->plan.steps.empty()) return nothing_to_do(session, *situation);
  lock.announce(to_text(this_process()));
  if (auto cut = warn_of_lockout(session, *situation); cut && !asks)
    if (auto why_not = refusal(session, situation->desired.guard, *cut)) {
      session.log.write(log_refusal(this_process(), why_not->message));
      return session.fail(*why_not);
    }
  if (asks || (!session.json() && session.options.quiet == 0)) show_plan(session, situation->plan, "Plan");
  if (!session.out.flush()) return kFailed;  // the caller says why
  catch_stop_signals();
  if (asks && !agreed(session, wish, situation)) return kFailed;
  if (stop_signal() != 0) return session.fail({"interrupted: nothing was changed", "", 0});
  auto guard = prepare_guard(session, *situation, lock, std::move(occasion));
  if (!guard) return session.fail();
  return change(session, *situation, guard->options);
}

}  // namespace netcfg
