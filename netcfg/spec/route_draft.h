// A route as written, before it is brought to the form in which the kernel shows it.
#pragma once

#include <optional>
#include <vector>

#include "netcfg/model/route.h"
#include "netcfg/spec/binder.h"

namespace netcfg {

struct HopSpec {
  std::optional<Ip> via;
  std::optional<IfName> dev;
  std::optional<uint16_t> weight;
  std::optional<bool> onlink;
};

struct RouteSpec {
  std::optional<Ip> via, src;
  std::optional<IfName> dev;
  std::optional<uint32_t> metric, nexthop;
  std::optional<uint8_t> tos, scope, pref;
  std::optional<RouteType> type;
  std::optional<bool> onlink;
  std::optional<Family> family;
};

struct RouteDraft {
  Binder& binder;
  Route route{};  // `to` and the metrics are set
  RouteSpec spec{};
  std::vector<HopSpec> hops{};
  std::optional<uint32_t> table{};
  bool is_default = false;
  bool hops_given = false;
};

// Completes `route` so that a live route as wanted equals it; false after an error.
bool lower_route(RouteDraft& draft, const At& at);

// Reads the mapping of a route, completes it and adds it; false after an error.
bool add_route(Binder& binder, const At& item);
// `routes` as a mapping.
void bind_route_file(Binder& binder, const At& at);

}  // namespace netcfg
