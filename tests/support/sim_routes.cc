// Routes (net/ipv4/fib_semantics.c, fib_trie.c; net/ipv6/route.c, ip6_fib.c).
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"
#include "tests/support/sim_sysctls.h"

namespace netcfg::test {
namespace {

constexpr uint8_t kLinkScope = 253;
constexpr uint8_t kHostScope = 254;

constexpr std::string_view kDeviceOnly =
    "Device only routes can not be added for IPv6 using the multipath API.";

bool is4(const Route& route) {
  return route.family() == Family::ipv4;
}

bool same_slot(const Route& a, const Route& b) {
  return a.table == b.table && a.metric == b.metric && a.tos == b.tos && a.to == b.to;
}

// fib_props[].scope: the widest scope that a type can have.
uint8_t least_scope(RouteType type) {
  if (type == RouteType::local || type == RouteType::nat) return kHostScope;
  bool link = type == RouteType::broadcast || type == RouteType::anycast;
  return link ? kLinkScope : 0;
}

// iproute2's, which the netlink adapter follows.
uint8_t usual_scope(const Route& r) {
  if (r.type == RouteType::unicast) return r.hops.size() == 1 && !r.hops[0].via ? kLinkScope : 0;
  return r.type == RouteType::multicast ? kLinkScope : least_scope(r.type);
}

// As the kernel reports it.
Route full(Route r) {
  if (r.table == 0) r.table = kTableMain;
  if (is4(r)) {
    if (!r.scope) r.scope = usual_scope(r);
    r.pref.reset();
  } else {
    if (r.metric == 0) r.metric = kIpv6DefaultMetric;
    if (!r.pref) r.pref = 0;
    r.scope.reset();
    r.to = r.to.network();
    r.tos = 0;
  }
  r.origin = {};
  return r;
}

}  // namespace

Answer SimHost::carry_out(Action action, const Route* before, const Route* after) {
  if (action == Action::remove) return remove_route(full(*before));
  return add_route(full(*after), action != Action::create);
}

Answer SimHost::add_route(Route wanted, bool replace) {
  // The netlink adapter looks all names up before it asks.
  for (const NextHop& hop : wanted.hops)
    if (!hop.dev.empty() && !find(hop.dev)) return {ENODEV, ""};
  Answer a = is4(wanted) ? check_route4(wanted) : check_route6(wanted);
  if (a.refused()) return a;
  std::sort(wanted.hops.begin(), wanted.hops.end());
  auto it = std::find_if(routes_->begin(), routes_->end(),
                         [&](const SimRoute& r) { return same_slot(r.route, wanted); });
  if (it == routes_->end()) {
    routes_.edit().push_back({std::move(wanted), 0});
    return {};
  }
  if (!replace) return {EEXIST, ""};
  auto at = static_cast<size_t>(it - routes_->begin());
  routes_.edit()[at] = {std::move(wanted), 0};
  return {};
}

// fib_magic() appends, so that two links can have one subnet; an equal route is there already.
void SimHost::insert_kernel_route(Route route) {
  for (const SimRoute& r : *routes_)
    if (same_slot(r.route, route) && r.route == route) return;
  routes_.edit().push_back({std::move(route), 0});
}

Answer SimHost::remove_route(const Route& route) {
  auto hops = route.hops;
  std::sort(hops.begin(), hops.end());
  auto it = std::find_if(routes_->begin(), routes_->end(), [&](const SimRoute& r) {
    if (route.nexthop_id != r.route.nexthop_id) return false;
    return same_slot(r.route, route) && r.route.type == route.type && r.route.scope == route.scope &&
           (hops.empty() || r.route.hops == hops);
  });
  if (it == routes_->end()) return {ESRCH, ""};
  auto at = it - routes_->begin();
  routes_.edit().erase(routes_.edit().begin() + at);
  return {};
}

// fib_create_info()
Answer SimHost::check_route4(Route& wanted) const {
  if (wanted.to != wanted.to.network()) return {EINVAL, "Invalid prefix for given prefix length"};
  if ((wanted.tos & 3) != 0) return {EINVAL, "Invalid dsfield (tos): ECN bits must be 0"};
  if (least_scope(wanted.type) > *wanted.scope) return {EINVAL, "Invalid scope"};
  // The source of a dead end is not looked at.
  if (is_dead_end(wanted.type))
    return {wanted.hops.empty() ? 0 : EINVAL, "Route with device or gateway can not be of this type"};
  if (wanted.nexthop_id != 0) {
    if (Answer a = check_route_object(wanted); a.refused()) return a;
  } else if (wanted.hops.empty()) {
    return {ENODEV, ""};
  }
  for (NextHop& hop : wanted.hops)
    if (Answer a = check_hop4(wanted, hop); a.refused()) return a;
  if (!wanted.src) return {};
  if (wanted.type == RouteType::local && wanted.src == wanted.to.ip) return {};
  // fib_valid_prefsrc(): in the route's table, or else the local one.
  uint32_t table = wanted.table == kTableMain ? kTableLocal : wanted.table;
  if (is_local4(wanted.src, table) || is_local4(wanted.src, kTableLocal)) return {};
  return {EINVAL, "Invalid prefsrc address"};
}

// fib_check_nh()
Answer SimHost::check_hop4(const Route& route, NextHop& hop) const {
  const SimLink* link = hop.dev.empty() ? nullptr : find(hop.dev);
  if (*route.scope == kHostScope) {
    if (route.hops.size() > 1) return {EINVAL, "Route with host scope can not have multiple nexthops"};
    if (hop.via) return {EINVAL, "Route with host scope can not have a gateway"};
    return {link ? 0 : ENODEV, ""};
  }
  if (hop.via.family == Family::ipv6) return check_hop6(route, hop);
  if (hop.via) return check_gateway4(route, hop);
  if (hop.onlink) return {EINVAL, "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set"};
  if (!link) return {ENODEV, ""};
  if (!link->link.is_up()) return {ENETDOWN, "Device for nexthop is not up"};
  return {};
}

// fib_check_nh_v4_gw()
Answer SimHost::check_gateway4(const Route& route, NextHop& hop) const {
  if (hop.onlink) {
    if (*route.scope >= kLinkScope) return {EINVAL, "Nexthop has invalid scope"};
    if (hop.dev.empty()) return {ENODEV, "Nexthop device required for onlink"};
    if (!find(hop.dev)->link.is_up()) return {ENETDOWN, "Nexthop device is not up"};
    uint32_t vrf = vrf_table(hop.dev);
    if (hop.via.is_multicast() || hop.via.is_zero() || is_local4(hop.via, vrf != 0 ? vrf : kTableLocal))
      return {EINVAL, "Nexthop has invalid gateway"};
    return {};
  }
  Flow flow{hop.via, hop.dev, std::max<uint8_t>(static_cast<uint8_t>(*route.scope + 1), kLinkScope)};
  Found found{ENETUNREACH};
  if (route.table != kTableMain) found = lookup_table(route.table, flow);
  if (found.code != 0) found = lookup(flow);
  if (found.code != 0) return {found.code, "Nexthop has invalid gateway"};
  if (!found.route) {
    hop.dev = found.local;  // an own address as gateway: its link
    return {find(hop.dev)->link.is_up() ? 0 : ENETDOWN, ""};
  }
  RouteType type = found.route->route.type;
  if (type != RouteType::unicast && type != RouteType::local) return {EINVAL, "Nexthop has invalid gateway"};
  hop.dev = found.hop->dev;
  return {find(hop.dev)->link.is_up() ? 0 : ENETDOWN, ""};
}

// ip6_route_info_create()
Answer SimHost::check_route6(Route& wanted) const {
  if (is_dead_end(wanted.type)) {
    wanted.hops.clear();  // the kernel puts them on lo
    return {wanted.src && !is_local6(wanted.src, "lo") ? EINVAL : 0, "Invalid source address"};
  }
  if (wanted.nexthop_id != 0) {
    if (Answer a = check_route_object(wanted); a.refused()) return a;
    std::vector<IfName> devices = devices_of(*find_nexthop(wanted.nexthop_id));
    IfName dev = devices.empty() ? IfName("lo") : devices.front();
    return {wanted.src && !is_local6(wanted.src, dev) ? EINVAL : 0, "Invalid source address"};
  }
  if (wanted.hops.empty()) return {ENODEV, ""};
  for (NextHop& hop : wanted.hops) {
    if (hop.via.family == Family::ipv4) return {EINVAL, ""};
    if (Answer a = check_hop6(wanted, hop); a.refused()) return a;
    if (wanted.hops.size() > 1 && !hop.via) return {EINVAL, kDeviceOnly};
  }
  for (size_t i = 0; i < wanted.hops.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (wanted.hops[i].via == wanted.hops[j].via && wanted.hops[i].dev == wanted.hops[j].dev)
        return {EEXIST, ""};
  // Of a source on another link only the VRF has to be the same.
  if (wanted.src && !is_local6(wanted.src, wanted.hops[0].dev)) return {EINVAL, "Invalid source address"};
  return {};
}

// fib6_nh_init()
Answer SimHost::check_hop6(const Route& route, NextHop& hop) const {
  const SimLink* given = hop.dev.empty() ? nullptr : find(hop.dev);
  if (given && !given->ipv6) return {ENODEV, ""};
  if (hop.onlink) {
    if (hop.dev.empty()) return {ENODEV, "Nexthop device required for onlink"};
    if (!find(hop.dev)->link.is_up()) return {ENETDOWN, "Nexthop device is not up"};
  }
  if (hop.via)
    if (Answer a = check_gateway6(route, hop); a.refused()) return a;
  if (hop.dev.empty()) return {ENODEV, ""};
  const SimLink& link = *find(hop.dev);
  if (!link.ipv6) return {ENODEV, ""};
  if (sysctl_number(kDisableIpv6, hop.dev) != 0) return {EACCES, "IPv6 is disabled on nexthop device"};
  if (!link.link.is_up()) return {ENETDOWN, "Nexthop device is not up"};
  return {};
}

// ip6_validate_gw()
Answer SimHost::check_gateway6(const Route& route, NextHop& hop) const {
  bool link_local = hop.via.is_link_local();
  if (!(link_local && hop.dev.empty()) && is_local6(hop.via, hop.dev))
    return {EINVAL, "Gateway can not be a local address"};
  if (hop.via.is_multicast() || hop.via.is_zero() || hop.via.is_loopback())
    return {EINVAL, "Invalid gateway address"};
  if (!link_local && !hop.onlink) {
    Flow flow{hop.via, hop.dev, 0};
    auto fits = [&](const Found& found) {
      // Routes by lo are refusals (fib6_is_reject()).
      return found.code == 0 && found.route && found.hop && !found.hop->via && found.hop->dev != IfName("lo");
    };
    Found found = lookup_table(route.table, flow);
    if (!fits(found)) found = lookup(flow);
    if (!fits(found)) return {EHOSTUNREACH, ""};
    hop.dev = found.hop->dev;
  }
  if (hop.dev.empty()) return {EINVAL, "Egress device not specified"};
  if (hop.dev == IfName("lo")) return {EINVAL, "Egress device can not be loopback device for this route"};
  return {};
}

}  // namespace netcfg::test
