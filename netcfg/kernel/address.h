// Addresses to and from RTM_NEWADDR, RTM_DELADDR.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_address(Message& message, Action action, const Address& address, Indexes& indexes);
std::optional<Address> decode_address(const nlmsghdr& message, const Names& names);

}  // namespace netcfg::nl
