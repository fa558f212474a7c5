// Reads the kernel and makes the plan, from no more than the question takes.
#pragma once

#include <optional>

#include "netcfg/plan/plan.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

// Routes of others, of which there can be a million (BGP).
enum class Others : uint8_t {
  named,    // read always: who asks wants to know what is foreign
  in_need,  // read only if something differs; else the plan is the same without them, but for `foreign`
};

// What of the live state only the ledger knows: who may be in a group of next hops. With that in the state
// before, a way back does not undo what the watcher chose meanwhile.
void note_candidates(State& live, const Ledger& ledger);

struct Looked {
  Snapshot live;
  std::optional<Plan> plan;  // points into `live`; none where there are problems
};
// An Error means that the kernel could not be read.
Result<Looked> look(Kernel& kernel, Query query, Desired& desired, const Ledger& ledger, Others others,
                    Diagnostics& problems);

}  // namespace netcfg
