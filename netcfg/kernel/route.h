// Routes to and from RTM_NEWROUTE, RTM_DELROUTE.
#pragma once

#include "netcfg/kernel/encode.h"

namespace netcfg::nl {

MissingLink encode_route(Message& message, Action action, const Route& route, Indexes& indexes);

enum class RouteUse : uint8_t {
  none,      // not a route, cached, or one that the kernel makes for each of its addresses
  state,     // decoded
  unspoken,  // there, but a State has no words for it (source-specific IPv6 routes)
};
// Into `out`, a fresh Route; its hops come in the kernel's order.
RouteUse decode_route(const nlmsghdr& message, const Names& names, Route& out);

// Deletes an IPv4 multipath route whose hops may be in another order in the kernel, which compares them in
// that order: the route is looked up there first.
std::optional<Refusal> remove_in_kernel_order(Socket& socket, const Route& route, Indexes& indexes);

}  // namespace netcfg::nl
