#include "cmd/carry_out.h"
#include "cmd/guard_setup.h"
#include "cmd/pending.h"
#include "cmd/show_plan.h"
#include "netcfg/host/namespaces.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Example kExamples[] = {
    {"netcfg apply", "bring the host to what /etc/netcfg says"},
    {"netcfg apply new.yaml --dry-run", "only look"},
    {"netcfg apply --yes new.yaml", "without a question, also on a terminal"},
    {"netcfg apply --confirm=2m new.yaml", "taken back after two minutes, unless 'netcfg confirm' comes"},
    {"netcfg apply --check tcp:192.0.2.53:53", "the name server must be reachable afterwards, too"},
    {"netcfg apply change.plan", "carry out a plan saved by 'netcfg plan -o change.plan'"},
};

int run_apply(Session& session) {
  if (!check_guard_options(session)) return session.fail();
  if (session.options.dry_run > 0) return run_plan(session);
  auto wish = load_wish(session, session.options.operands, Cache::renew);
  if (!wish) return session.fail();
  if (auto may = check_net_admin(); !may) return session.fail(may.error());
  int status = kFailed;
  auto lock = take_lock(session, status);
  if (!lock) return status;
  if (!mend(session)) return session.fail(kDamaged);
  return carry_out(session, *wish, *lock, {});
}

}  // namespace

constexpr Verb kApplyVerb{
    .name = "apply",
    .operands = "[SPEC...|PLANFILE]",
    .most_operands = kAnyNumber,
    .summary = "carry the plan out, verify the outcome, or restore what was",
    .details =
        "On a terminal the plan is shown and you are asked; otherwise it is carried "
        "out at once. When a step\n"
        "fails, or on Ctrl-C, the state before is restored and verified. A plan that "
        "was saved is carried out\n"
        "without a question, and only if the host is still as it was.\n"
        "Connections that work before the change (default gateways, the SSH session, the "
        "spec's guard) are\n"
        "tried again after it; if they do not come back, the change is taken back, also "
        "when this process died.",
    .formats = kFormats,
    .options = kChangeOptions,
    .examples = kExamples,
    .run = run_apply};

}  // namespace netcfg
