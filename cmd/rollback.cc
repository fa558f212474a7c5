#include <fmt/format.h>

#include "cmd/carry_out.h"
#include "cmd/generation_spec.h"
#include "cmd/guard_setup.h"
#include "cmd/pending.h"
#include "cmd/show_plan.h"
#include "cmd/window_wait.h"
#include "netcfg/host/namespaces.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Example kExamples[] = {
    {"netcfg rollback", "undo the last change"},
    {"netcfg rollback 3 --dry-run", "what would going back to generation 3 change?"},
};

// A change that waits is taken back at once. Nothing when there is none.
std::optional<int> end_pending(Session& session) {
  Settler settler = settler_of(session);
  auto found = settler.window().find();
  if (!found) return session.fail(found.error());
  if (!*found || (*found)->decision != WindowDecision::open) return std::nullopt;
  WindowWatch watch(session.files.real(settler.places.window));
  auto won = settler.window().revert();
  if (!won) return session.fail(won.error());
  if (!*won) return std::nullopt;
  if (!watch.wait_until_settled(session)) return session.fail(kDamaged);
  uint32_t number = (*found)->window.generation;
  auto generation = settler.generations((*found)->window).load(number);
  if (generation && generation->fate == Fate::damaged)
    return session.fail(
        {fmt::format("generation {} could NOT be taken back: the host needs a person", number),
         "compare with 'netcfg diff'", 0},
        kDamaged);
  if (session.options.quiet == 0) session.out.write(fmt::format("Generation {} is taken back.\n", number));
  return kDone;
}

// The generation to go back to.
std::optional<uint32_t> target(Session& session) {
  if (!session.options.operands.empty()) {
    auto number = generation_number(session.options.operands.front());
    if (!number) return session.problem(number.error()), std::nullopt;
    return *number;
  }
  auto listed = Generations(session.files, settler_of(session).places.generations).list();
  if (!listed) return session.problem(listed.error()), std::nullopt;
  const Generation* now = current(listed->all);
  const Generation* before = now ? kept_before(listed->all, now->number) : nullptr;
  if (before) return before->number;
  session.problem({now ? fmt::format("there is no generation before {}", now->number)
                       : std::string("nothing has been applied here yet"),
                   "'netcfg history' lists what there is", 0});
  return std::nullopt;
}

int run_rollback(Session& session) {
  if (!check_guard_options(session)) return session.fail();
  bool dry = session.options.dry_run > 0;
  if (auto may = check_net_admin(); !dry && !may) return session.fail(may.error());
  if (!dry && session.options.operands.empty())
    if (auto status = end_pending(session)) return *status;
  int status = kFailed;
  auto lock = dry ? std::nullopt : take_lock(session, status);
  if (!dry && !lock) return status;
  if (!dry && !mend(session)) return session.fail(kDamaged);
  auto number = target(session);
  auto desired = number ? load_generation(session, *number) : std::nullopt;
  if (!desired) return session.fail();
  if (dry) return show_plan_to(session, std::move(*desired));
  Wish wish{std::move(*desired), {}};
  return carry_out(session, wish, *lock, {.why = fmt::format("rollback to generation {}", *number)});
}

}  // namespace

constexpr Verb kRollbackVerb{
    .name = "rollback",
    .operands = "[N]",
    .most_operands = 1,
    .summary = "take back a change that waits to be confirmed, or go back to generation N",
    .details =
        "Without N: a change that waits for 'netcfg confirm' is taken back at once; else the generation "
        "before "
        "the\n"
        "last one that was kept is applied again. Going back is a change like any other: planned, verified, "
        "guarded,\n"
        "and a generation of its own.",
    .formats = kFormats,
    .options = kChangeOptions,
    .examples = kExamples,
    .run = run_rollback};

}  // namespace netcfg
