// In which requests the options of a bond can be changed (drivers/net/bonding/bond_options.c).
#pragma once

#include "netcfg/kernel/link_custom.h"

namespace netcfg::nl {

// The changed rows of kBondFields in up to two requests; active-slave is not among them.
struct BondSteps {
  Rows first, second;
};
// `before` is null when the bond is made.
BondSteps bond_steps(const Bond* before, const Bond& after, Rows changed);

}  // namespace netcfg::nl
