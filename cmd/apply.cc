#include <fmt/format.h>

#include <cerrno>
#include <ctime>

#include "cmd/change.h"
#include "cmd/lockout_check.h"
#include "cmd/show_plan.h"
#include "cmd/signals.h"
#include "cmd/terminal.h"
#include "netcfg/host/holder.h"
#include "netcfg/host/lock.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr OptionInfo kOptions[] = {
    {"--dry-run", "", "only show the plan, like 'netcfg plan'", &Options::dry_run},
    {"-y,--yes", "", "do not ask", &Options::yes},
};

constexpr Example kExamples[] = {
    {"netcfg apply", "bring the host to what /etc/netcfg says"},
    {"netcfg apply new.yaml --dry-run", "only look"},
    {"netcfg apply --yes new.yaml", "without a question, also on a terminal"},
    {"netcfg apply change.plan", "carry out a plan saved by 'netcfg plan -o change.plan'"},
};

Error busy(const Lock::Busy& other) {
  Holder holder = parse_holder(other.holder);
  std::string who = describe(holder, time(nullptr));
  std::string hint = "wait until it has finished";
  if (holder.pid > 0) hint += fmt::format(", or end it: kill {} makes it take back what it did", holder.pid);
  return {fmt::format("another change is under way: {}", who), std::move(hint), EWOULDBLOCK};
}

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

// What was done must be remembered: better to know before that it cannot be.
Result<> can_remember(Session& session, const Situation& situation) {
  std::string path = ledger_path(session.netns());
  auto ok = session.files.probe(path, situation.ledger_bytes + (64 << 10));
  if (!ok)
    return Error{fmt::format("what is applied could not be remembered: {}", ok.error().message),
                 ok.error().hint.empty() ? "make the directory writable, or choose another with --root"
                                         : ok.error().hint,
                 ok.error().code};
  return Done{};
}

// Nobody is there to be asked.
Error would_cut(const Plan& plan) {
  const Diagnostic& warning = plan.warnings.back();
  return {warning.message + "; nothing was changed",
          warning.hint + "; --yes does it all the same, on a terminal you are asked", 0};
}

int carry_out(Session& session, Wish& wish, Lock& lock) {
  // Whoever is asked may take long; then what was read is needed again.
  bool asks = will_ask(session, wish);
  auto situation = look(session, asks ? wish.desired : std::move(wish.desired));
  if (!situation) return session.fail();
  session.report_warnings();
  if (auto ok = is_current(wish, situation->plan); !ok) return session.fail(ok.error());
  if (situation->plan.steps.empty()) return nothing_to_do(session, *situation);
  lock.announce(to_text(this_process()));
  bool cuts = warn_of_lockout(session, *situation);
  if (auto ok = can_remember(session, *situation); !ok) return session.fail(ok.error());
  if (cuts && !asks && session.options.yes == 0) return session.fail(would_cut(situation->plan));
  if (asks || (!session.json() && session.options.quiet == 0)) show_plan(session, situation->plan, "Plan");
  if (!session.out.flush()) return kFailed;  // the caller says why
  catch_stop_signals();
  if (asks && !agreed(session, wish, situation)) return kFailed;
  if (stop_signal() != 0) return session.fail({"interrupted: nothing was changed", "", 0});
  return change(session, *situation);
}

int run_apply(Session& session) {
  if (session.options.dry_run > 0) return run_plan(session);
  auto wish = load_wish(session, session.options.operands, Cache::renew);
  if (!wish) return session.fail();
  if (auto may = check_net_admin(); !may) return session.fail(may.error());
  auto lock = Lock::take(session.files.real(lock_path(session.netns())));
  if (!lock) return session.fail(lock.error());
  if (const auto* other = std::get_if<Lock::Busy>(&*lock)) return session.fail(busy(*other), kBusy);
  return carry_out(session, *wish, std::get<Lock>(*lock));
}

}  // namespace

constexpr Verb kApplyVerb{.name = "apply",
                          .operands = "[SPEC...|PLANFILE]",
                          .most_operands = kAnyNumber,
                          .summary = "carry the plan out, verify the outcome, or restore what was",
                          .details =
                              "On a terminal the plan is shown and you are asked; otherwise it is carried "
                              "out at once. When a step\n"
                              "fails, or on Ctrl-C, the state before is restored and verified. A plan that "
                              "was saved is carried out\n"
                              "without a question, and only if the host is still as it was.",
                          .formats = kFormats,
                          .options = kOptions,
                          .examples = kExamples,
                          .run = run_apply};

}  // namespace netcfg
