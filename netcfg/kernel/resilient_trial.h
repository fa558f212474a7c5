// Whether this kernel makes resilient groups of next hops (NEXTHOP_GRP_TYPE_RES, Linux 5.13 and later).
#pragma once

#include <optional>

namespace netcfg::nl {

// Makes one where it does no harm. An older kernel answers EINVAL, "Invalid group type", and does not say
// that it knows none (rtm_to_nh_config() in net/ipv4/nexthop.c): so it is tried, with members that are there.
// Unset where no namespace can be made, or something else is refused.
std::optional<bool> try_resilient_group();

}  // namespace netcfg::nl
