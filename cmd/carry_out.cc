#include "cmd/carry_out.h"

#include <fmt/format.h>

#include "cmd/change.h"
#include "cmd/guard_setup.h"
#include "cmd/lockout_check.h"
#include "cmd/show_plan.h"
#include "cmd/signals.h"
#include "cmd/terminal.h"
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

// Nobody is there to be asked.
Error would_cut(const Plan& plan) {
  const Diagnostic& warning = plan.warnings.back();
  return {warning.message + "; nothing was changed",
          warning.hint + "; --yes does it all the same, on a terminal you are asked", 0};
}

}  // namespace

int carry_out(Session& session, Wish& wish, Lock& lock, Occasion occasion) {
  // Whoever is asked may take long; then what was read is needed again.
  bool asks = will_ask(session, wish);
  auto situation = look(session, asks ? wish.desired : std::move(wish.desired));
  if (!situation) return session.fail();
  session.report_warnings();
  if (auto ok = is_current(wish, situation->plan); !ok) return session.fail(ok.error());
  if (situation->plan.steps.empty()) return nothing_to_do(session, *situation);
  lock.announce(to_text(this_process()));
  bool cuts = warn_of_lockout(session, *situation);
  if (cuts && !asks && session.options.yes == 0) return session.fail(would_cut(situation->plan));
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
