// Carries a plan out: write, read again, judge; and back to the state before when a step is refused,
// when the outcome is not as wanted, or when a signal asks to stop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/plan/plan.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

struct ApplyOptions {
  std::function<bool()> stop;                             // asked between batches; true: undo and end
  std::function<void(size_t done, size_t all)> progress;  // may be empty
};

enum class Outcome : uint8_t {
  nothing,   // the plan was empty: nothing was written
  applied,   // written, read again, as wanted
  restored,  // failed; the state before is back and verified (exit status 3)
  damaged,   // failed, and so did restoring, or it could not be verified (exit status 4)
};

struct Applied {
  Outcome outcome = Outcome::nothing;
  // Why it failed, first cause first, each with the place in the spec that asked for the step.
  std::vector<Diagnostic> problems;
  std::vector<std::string> leftover;  // damaged: what still differs from the state before, a line each
  Ledger ledger;                      // applied: what to remember from now on
  size_t writes = 0;                  // operations given to the kernel
};

// The parameters that judging `desired` needs from the kernel.
Query query_for(const Desired& desired, const Ledger& ledger);

// `desired` as make_plan() left it.
Applied apply(Kernel& kernel, const Snapshot& before, Desired& desired, const Ledger& ledger,
              const Plan& plan, const ApplyOptions& options);

}  // namespace netcfg
