// Next-hop objects to and from RTM_NEWNEXTHOP, RTM_DELNEXTHOP.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_nexthop(Message& message, Action action, const Nexthop& nexthop, Indexes& indexes);
// Nothing for what a State has no words for: encapsulations.
std::optional<Nexthop> decode_nexthop(const nlmsghdr& message, const Names& names);

}  // namespace netcfg::nl
