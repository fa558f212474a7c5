// Whether a plan cuts the line by which it was given.
#pragma once

#include <optional>

#include "netcfg/fib/flow.h"
#include "netcfg/plan/plan.h"

namespace netcfg {

// A connection that has to survive, as this host sees it: `own` is its address, `peer` the other end.
struct Lifeline {
  Ip peer, own;
  uint16_t peer_port = 0, own_port = 0;
  IfName dev;  // of link-local addresses

  Flow flow() const;  // of the answers that this host sends
};

struct Lockout {
  Diagnostic warning;  // with the place in the spec that asks for it, if there is one
};

// Looks up the way back to the peer before and after the plan, by the kernel's own rules. Nothing when there
// was none before, or when it stays: by the same interface, from the same address.
std::optional<Lockout> lockout(const Plan& plan, const State& live, const Lifeline& line);

}  // namespace netcfg
