// What is configured and a State has no words for: told to the user, never touched.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <string>

#include "netcfg/model/types.h"

namespace netcfg::nl {

// "qdisc prio on eth0"
std::string describe_qdisc(std::string_view kind, const IfName& dev);
// "nexthop 10", for one that is more than decode_nexthop() knows.
std::optional<std::string> describe_nexthop(const nlmsghdr& message);

}  // namespace netcfg::nl
