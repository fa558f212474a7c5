// IPv4: ip_route_output_key() and ip_route_input() of net/ipv4/route.c.
#pragma once

#include "netcfg/fib/rules.h"

namespace netcfg {

Decision lookup4(const Tables& tables, Key key);

}  // namespace netcfg
