// Which way a packet takes: the kernel's own answer to RTM_GETROUTE, computed from values.
//
// What is not known of a State is left out: whether a neighbour answers, whether a link has a carrier,
// exceptions that path MTU discovery and redirects left.
#pragma once

#include "netcfg/fib/tables.h"

namespace netcfg {

// The kernel parameters that the way of a packet that comes in by `iif` depends on (paths below /proc/sys).
std::vector<std::string> lookup_sysctls(const IfName& iif);

Decision lookup(const Tables& tables, const Flow& flow);

}  // namespace netcfg
