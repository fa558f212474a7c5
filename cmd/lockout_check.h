// The warnings that a plan cuts the SSH session of whoever gave it, or what the guard looks after.
#pragma once

#include <optional>

#include "cmd/load.h"

namespace netcfg {

// Adds them to the plan's warnings. Returns the one of the SSH session, if there is one.
std::optional<Diagnostic> warn_of_lockout(const Session& session, Situation& situation);

}  // namespace netcfg
