#include "netcfg/apply/look.h"

#include <algorithm>

namespace netcfg {
namespace {

// Whether others' routes can be something to remove.
bool removes_others(const Desired& desired) {
  return desired.exclusive || !desired.exclusive_links.empty();
}

// Whether there may be queueing disciplines of netcfg's. Where nothing is known of what was applied, there
// may.
bool may_have_qdiscs(const Desired& desired, const Ledger& ledger) {
  return !desired.state.qdiscs.empty() || !ledger.applied.qdiscs.empty() || ledger.applied.links.empty();
}

}  // namespace

void note_candidates(State& live, const Ledger& ledger) {
  for (Nexthop& group : live.nexthops) {
    if (!group.is_group()) continue;
    const Nexthop* applied = ledger.applied.nexthop(group.id);
    if (applied && std::ranges::includes(applied->any_of, group.group)) group.any_of = applied->any_of;
  }
}

Result<Looked> look(Kernel& kernel, Query query, Desired& desired, const Ledger& ledger, Others others,
                    Diagnostics& problems) {
  if (others == Others::in_need && !removes_others(desired)) {
    // Nothing to do by these means that each wanted route is there as wanted, and ours: another's beside it
    // changes nothing, and what else others have does not, either, as long as no link or address goes. Its
    // gateway was found among the host's addresses, which come before others' routes (plan/resolve.h).
    query.own_routes_only = true;
    query.qdiscs = may_have_qdiscs(desired, ledger);
    auto live = kernel.read(query);
    if (!live) return live.error();
    Looked out{std::move(*live), {}};
    note_candidates(out.live.state, ledger);
    Diagnostics doubts;
    out.plan = make_plan({out.live, desired, ledger}, doubts);
    if (out.plan && out.plan->steps.empty() && doubts.empty()) return out;
    query.own_routes_only = false;
    query.qdiscs = true;
  }
  auto live = kernel.read(query);
  if (!live) return live.error();
  Looked out{std::move(*live), {}};
  note_candidates(out.live.state, ledger);
  out.plan = make_plan({out.live, desired, ledger}, problems);
  return out;
}

}  // namespace netcfg
