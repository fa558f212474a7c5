// Routes in few bytes, read and written at memory's speed: a spec can hold hundreds of thousands. For files
// of this machine; numbers are in its byte order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netcfg/model/route.h"

namespace netcfg {

// A route with metrics of its own is not; those are few, and are kept as JSON.
bool can_pack(const Route& route);

// Those of `routes` that can be packed, with their origins.
std::string pack_routes(const std::vector<Route>& routes);
// Nothing when the bytes are not whole.
std::optional<std::vector<Route>> unpack_routes(std::string_view bytes);

}  // namespace netcfg
