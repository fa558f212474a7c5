// From the command line's operands to values, and from those to a plan.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cmd/load_spec.h"
#include "cmd/session.h"
#include "netcfg/apply/look.h"
#include "netcfg/plan/saved_plan.h"
#include "netcfg/store/ledger_file.h"

namespace netcfg {

// A spec, or a plan that was saved.
struct Wish {
  Desired desired;
  std::string fingerprint;  // of a saved plan; else empty

  bool is_saved() const { return !fingerprint.empty(); }
};

// All that a plan points into. Never moved.
struct Situation {
  Desired desired;
  Ledger ledger;
  size_t ledger_bytes = 0;  // on disk
  Snapshot live;
  Plan plan;
};

// Without a result, the session has problems to report.
std::optional<Desired> load_desired(Session& session, std::span<const std::string> names,
                                    Cache cache = Cache::use);
// The same, but that a single name may be that of a saved plan. Its sources become the session's.
std::optional<Wish> load_wish(Session& session, std::span<const std::string> names, Cache cache = Cache::use);
// What was applied last. Damage is a warning.
Ledger load_ledger(Session& session, LedgerRoutes routes, size_t* bytes = nullptr);
std::optional<Snapshot> read_live(Session& session, const Query& query);
// Looks at the kernel, at the parameters of `besides` too, and makes the plan to `desired`.
std::unique_ptr<Situation> look(Session& session, Desired desired, Others others = Others::named,
                                const Query& besides = {});

}  // namespace netcfg
