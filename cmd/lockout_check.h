// The warning that a plan cuts the SSH session of whoever gave it.
#pragma once

#include "cmd/load.h"

namespace netcfg {

// Adds it to the plan's warnings. True when there is one.
bool warn_of_lockout(const Session& session, Situation& situation);

}  // namespace netcfg
