// Addresses to and from RTM_NEWADDR, RTM_DELADDR.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_address(Message& message, Action action, const Address& address, Indexes& indexes);
// The field that an update would leave as it is, without an error; empty when there is none.
std::string_view kept_by_kernel(const Address& before, const Address& after);
std::optional<Address> decode_address(const nlmsghdr& message, const Names& names);

}  // namespace netcfg::nl
