// Next-hop objects to and from RTM_NEWNEXTHOP, RTM_DELNEXTHOP.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_nexthop(Message& message, Action action, const Nexthop& nexthop, Indexes& indexes);
// Nothing for what a State has no words for: encapsulations.
std::optional<Nexthop> decode_nexthop(const nlmsghdr& message, const Names& names);

// Whether the kernel refused an object because its link has no carrier, which it may get soon
// (rtm_to_nh_config() in net/ipv4/nexthop.c).
bool lacks_carrier(const Refusal& refusal);

}  // namespace netcfg::nl
