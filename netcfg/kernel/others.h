// What is configured and a State has no words for: told to the user, never touched.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <string>

#include "netcfg/kernel/names.h"

namespace netcfg::nl {

// "qdisc htb on eth0" for one that somebody chose; nothing for the kernel's own.
std::optional<std::string> describe_qdisc(const nlmsghdr& message, const Names& names);
// "nexthop 10", for one that is more than decode_nexthop() knows.
std::optional<std::string> describe_nexthop(const nlmsghdr& message);

}  // namespace netcfg::nl
