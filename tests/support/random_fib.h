// Networks full of routes and rules, and packets for them.
#pragma once

#include "netcfg/fib/flow.h"
#include "netcfg/port/kernel.h"
#include "tests/support/random.h"

namespace netcfg::test {

struct FibMix {
  bool vrfs = false;
  bool rules = true;
};

// Makes a random network in the caller's namespace through `kernel`; what it refuses is left out.
void random_network(Rng& rng, Kernel& kernel, const FibMix& mix);

Flow random_flow(Rng& rng, const State& state);

}  // namespace netcfg::test
