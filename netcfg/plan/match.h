// Which live link each interface of the spec is.
#pragma once

#include <vector>

#include "netcfg/diff/diff.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

struct Rename {
  IfName from, to;
  Place origin;
  bool operator==(const Rename&) const = default;
};

// The renames that `match` asks for, sorted by the new name. Problems: no NIC or several fit, the name is
// taken by a link that stays, an interface without kind block does not exist.
std::vector<Rename> find_renames(const Snapshot& live, const Desired& desired, Diagnostics& problems);

// The state as it will be called after the renames.
State renamed(const State& state, const std::vector<Rename>& renames);
Ledger renamed(const Ledger& ledger, const std::vector<Rename>& renames);

}  // namespace netcfg
