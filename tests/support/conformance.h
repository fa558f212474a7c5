// The simulated kernel held against a real one.
#pragma once

#include <string>

#include "netcfg/port/kernel.h"
#include "tests/support/random_ops.h"

namespace netcfg::test {

// Carries the same random operations out on both, from the state of a new network namespace on. Both have to
// take or refuse each with the same errno, and to be in the same state after it. The first disagreement as
// text, with what led to it; empty when there is none.
std::string disagreement(Kernel& real, uint64_t seed, int operations, const OpMix& mix);

}  // namespace netcfg::test
