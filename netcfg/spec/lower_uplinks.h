// What several uplinks come to: next-hop objects, tables, routes, rules, parameters.
#pragma once

#include "netcfg/model/desired.h"
#include "netcfg/model/nft.h"

namespace netcfg {

// Adds to desired.state what desired.uplinks asks for. What the spec itself names is left as it is.
void lower_uplinks(Desired& desired);
// Adds the marks and translations that they take.
void lower_uplinks(const Uplinks& uplinks, NftRules& rules);

}  // namespace netcfg
