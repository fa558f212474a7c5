// The state that a plan leads to, before anything is written: what it does, and what the kernel adds to it.
#pragma once

#include "netcfg/plan/plan.h"

namespace netcfg {

// As far as the way of packets depends on it: links, addresses, routes with those of the addresses' subnets,
// and rules. `live` is the state that the plan was made from. What the kernel does in its own time, such as
// link-local addresses of new links, is not foreseen.
State outcome(const Plan& plan, const State& live);

}  // namespace netcfg
