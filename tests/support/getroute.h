// What the kernel itself says of a packet's way: RTM_GETROUTE.
#pragma once

#include "netcfg/fib/flow.h"
#include "netcfg/kernel/socket.h"

namespace netcfg::test {

struct KernelAnswer {
  int error = 0;  // errno
  RouteType type = RouteType::unicast;
  uint32_t table = 0;
  Way way;  // source: what a packet without one gets
};

// `links` gives numbers to the names.
Result<KernelAnswer> get_route(nl::Socket& socket, const Flow& flow, const std::vector<Link>& links);

// One line, as arguments of `ip route get`.
std::string to_string(const Flow& flow);

}  // namespace netcfg::test
