// Random hosts and random specs for them.
#pragma once

#include "netcfg/model/desired.h"
#include "tests/support/random.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {

// A host with two to four NICs and what other programs have made of it, all by operations that the kernel
// took.
SimKernel random_host(Rng& rng);

// What a valid spec for the host would be lowered to: it passes every check of netcfg/spec, and the host can
// reach it. Names and numbers come from small pools, so that one such state has much in common with the
// next: MTUs, modes, parents and addresses change places.
Desired random_desired(Rng& rng, const SimKernel& kernel);

// A line a resource, for reports of failures.
std::string describe(const State& state);
// The lines of one that the other lacks, behind - and +.
std::string difference(const State& wanted, const State& found);

}  // namespace netcfg::test
