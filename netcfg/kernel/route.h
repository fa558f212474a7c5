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
// Into `out`, a fresh Route.
RouteUse decode_route(const nlmsghdr& message, const Names& names, Route& out);

}  // namespace netcfg::nl
