// Whether a plan cuts the line by which it was given, or one that the guard looks after.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netcfg/fib/tables.h"
#include "netcfg/model/guard.h"
#include "netcfg/plan/plan.h"

namespace netcfg {

// A connection that has to survive, as this host sees it: `own` is its address, `peer` the other end.
struct Lifeline {
  Ip peer, own;  // without `own` the kernel chooses it
  uint16_t peer_port = 0, own_port = 0;
  IfName dev;  // of link-local addresses, or what its socket is bound to
  uint8_t ip_proto = 6;
  std::string probe;  // its text form; empty: the SSH session

  Flow flow() const;  // of what this host sends
};

// The targets of the guard's probes: those of tcp, ping and http.
std::vector<Lifeline> lifelines(std::span<const ProbeSpec> probes);

// The way of what the line sends. Refused, too, where its own address is none of this host: IPv6 would send
// it all the same, but what is sent to that address does not arrive.
Decision way_of(const Tables& tables, const Lifeline& line);

struct Lockout {
  Diagnostic warning;  // with the place in the spec that asks for it, if there is one
  std::string probe;   // of its line
};

// Looks up the way back to the peer before and after the plan, by the kernel's own rules. Nothing when there
// was none before, or when it stays: by the same interface, from the same address.
std::optional<Lockout> lockout(const Plan& plan, const State& live, const Lifeline& line);
// The same of several lines, in their order.
std::vector<Lockout> lockouts(const Plan& plan, const State& live, std::span<const Lifeline> lines);

}  // namespace netcfg
