// Carrying a plan out, remembering it, and telling how it went.
#pragma once

#include "cmd/load.h"
#include "netcfg/guard/guarded_apply.h"

namespace netcfg {

// Returns the exit status; everything has been said.
int change(Session& session, Situation& situation, GuardedOptions& options);
// For a plan without steps.
int nothing_to_do(Session& session, const Situation& situation);

}  // namespace netcfg
