// Routes in few bytes, read and written at memory's speed: a spec can hold hundreds of thousands. For files
// of this machine; numbers are in its byte order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netcfg/model/desired.h"

namespace netcfg {

// A route with metrics of its own is not; those are few, and are kept as JSON.
bool can_pack(const Route& route);

// Those of `routes` that can be packed, with their origins.
std::string pack_routes(const std::vector<Route>& routes);
// Nothing when the bytes are not whole.
std::optional<std::vector<Route>> unpack_routes(std::string_view bytes);

// All but the routes that can be packed: what is written beside them.
State without_packed(const State& state);
Desired without_packed(const Desired& desired);
// Puts the packed routes back. False when the bytes are not whole.
bool add_packed(State& state, std::string_view bytes);

}  // namespace netcfg
