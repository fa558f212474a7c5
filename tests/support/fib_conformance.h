// The lookup held against RTM_GETROUTE.
#pragma once

#include <string>

#include "tests/support/random_fib.h"

namespace netcfg::test {

// Makes a random network in the caller's (new) namespace and asks for `lookups` packets, both ways. The first
// difference as text; empty when there is none.
std::string fib_difference(uint64_t seed, int lookups, const FibMix& mix);

}  // namespace netcfg::test
