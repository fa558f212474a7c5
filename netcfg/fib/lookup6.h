// IPv6: ip6_route_output() and ip6_route_input_lookup() of net/ipv6/route.c.
#pragma once

#include "netcfg/fib/rules.h"

namespace netcfg {

Decision lookup6(const Tables& tables, Key key);

}  // namespace netcfg
