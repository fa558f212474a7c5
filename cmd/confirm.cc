#include <fmt/format.h>

#include "cmd/guard_setup.h"
#include "cmd/pending.h"
#include "cmd/window_wait.h"
#include "netcfg/host/namespaces.h"

namespace netcfg {
namespace {

constexpr Example kExamples[] = {
    {"netcfg apply --confirm=2m new.yaml", "a change that is taken back after two minutes, unless:"},
    {"netcfg confirm", "keep it; from any session, best from a new one"},
};

// Why there is nothing to confirm: what became of the last change that could have been.
Error nothing_pending(Session& session) {
  Settler settler = settler_of(session);
  auto listed = Generations(session.files, settler.places.generations).list();
  if (!listed || listed->all.empty() || listed->all.back().fate == Fate::kept)
    return {"no change waits to be confirmed", "'netcfg history' shows what was changed", 0};
  const Generation& last = listed->all.back();
  return {fmt::format("it is too late: generation {} was {}{}{}", last.number,
                      kFateNames[static_cast<size_t>(last.fate)], last.why.empty() ? "" : ": ", last.why),
          "apply it again: netcfg apply --confirm", 0};
}

int run_confirm(Session& session) {
  if (auto may = check_net_admin(); !may) return session.fail(may.error());
  Settler settler = settler_of(session);
  auto found = settler.window().find();
  if (!found) return session.fail(found.error());
  if (!*found || (*found)->decision == WindowDecision::reverting)
    return session.fail(nothing_pending(session));
  if ((*found)->window.rehearsal)
    return session.fail({"no change waits to be confirmed, but a drill is under way",
                         "it ends by itself; 'netcfg rollback' ends it at once", 0});
  if (!settler.window().until())
    return session.fail(
        {fmt::format("the change is still being written: {}", describe((*found)->window, std::nullopt)),
         "confirm it once it waits for that", 0},
        kBusy);
  uint32_t number = (*found)->window.generation;
  WindowWatch watch(session.files.real(settler.places.window));
  auto won = settler.window().keep();
  if (!won) return session.fail(won.error());
  if (!*won) {
    watch.wait_until_settled(session);
    auto generation = settler.generations((*found)->window).load(number);
    if (!generation || generation->fate != Fate::kept) return session.fail(nothing_pending(session));
  } else if (!watch.wait_until_settled(session)) {
    return session.fail();
  }
  if (session.options.quiet == 0) session.out.write(fmt::format("Generation {} is kept.\n", number));
  return kDone;
}

}  // namespace

constexpr Verb kConfirmVerb{
    .name = "confirm",
    .operands = "",
    .summary = "keep the change that waits for it",
    .details =
        "A change made with 'apply --confirm' is taken back when its time is over, unless it is confirmed. "
        "Exit\n"
        "status 1 when there is none, or when it is too late.",
    .examples = kExamples,
    .run = run_confirm};

}  // namespace netcfg
