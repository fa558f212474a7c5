// Permanent neighbours and proxy entries to and from RTM_NEWNEIGH, RTM_DELNEIGH.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_neighbor(Message& message, Action action, const Neighbor& neighbor, Indexes& indexes);
// Nothing for entries that the kernel learnt.
std::optional<Neighbor> decode_neighbor(const nlmsghdr& message, const Names& names);

// A neighbour that the kernel asks for and has no answer from (NUD_INCOMPLETE).
struct Unresolved {
  uint32_t link = 0;  // ifi_index
  Ip ip;
};
std::optional<Unresolved> decode_unresolved(const nlmsghdr& message);

}  // namespace netcfg::nl
