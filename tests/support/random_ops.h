// Random operations: sensible ones, mistaken ones and some that only the kernel can judge.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tests/support/random.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {

// An operation that holds its values.
struct SomeOp {
  Action action = Action::create;
  std::variant<Link, Address, Neighbor, Nexthop, Route, Rule, Sysctl> before, after;  // of one kind
  Op op() const;
};

struct OpMix {
  // Bonds, VLANs, VRFs, dummies and ipvlans as well, VLANs of bridges, and renaming.
  bool all_kinds = false;
};

// MAC addresses that the operations give begin with these bytes; others are the kernel's choice.
inline constexpr uint8_t kGivenMac[] = {0x02, 0xaa};

SomeOp random_op(Rng& rng, const SimHost& host, const OpMix& mix);

}  // namespace netcfg::test
