// `netcfg show | netcfg plan -` in this process.
#pragma once

#include <string>

#include "netcfg/port/kernel.h"
#include "tests/support/random_ops.h"

namespace netcfg::test {

// What is wrong when the live state, shown as a spec, is planned for at once; empty when nothing is.
std::string not_as_shown(Kernel& kernel);

// Brings about random states by random operations, some of which the kernel refuses, and shows each of them.
// The first that is not as shown, with what led to it; empty when there is none. `states` counts those that
// were looked at.
std::string not_as_shown_at_random(Kernel& kernel, uint64_t seed, int operations, const OpMix& mix,
                                   size_t& states);

}  // namespace netcfg::test
