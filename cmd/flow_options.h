// A packet from the command line's words: SRC DST --iif … --uid.
#pragma once

#include <optional>

#include "cmd/session.h"
#include "netcfg/fib/flow.h"

namespace netcfg {

// Without a result, the session has problems to report. `state` is where interfaces are looked up.
std::optional<Flow> flow_of(Session& session, const State& state);

}  // namespace netcfg
