// Permanent neighbours and proxy entries to and from RTM_NEWNEIGH, RTM_DELNEIGH.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_neighbor(Message& message, Action action, const Neighbor& neighbor, Indexes& indexes);
// Nothing for entries that the kernel learnt.
std::optional<Neighbor> decode_neighbor(const nlmsghdr& message, const Names& names);

}  // namespace netcfg::nl
