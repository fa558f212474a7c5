// What several uplinks come to: next-hop objects, tables, routes, rules, parameters.
#pragma once

#include "netcfg/model/desired.h"
#include "netcfg/model/nft.h"

namespace netcfg {

// Adds to desired.state what desired.uplinks asks for. What the spec itself names is left as it is.
void lower_uplinks(Desired& desired);
// Adds the marks and translations that they take.
void lower_uplinks(const Uplinks& uplinks, NftRules& rules);

// The network that an interface is in by an address.
Prefix network_of(const Address& address);
// Whether another uplink's interface is in a network that this one's is in as well.
bool is_ambiguous(const std::vector<Address>& addresses, const Uplinks& uplinks, const Uplink& uplink,
                  Family family);

}  // namespace netcfg
