#include <fmt/format.h>

#include <algorithm>

#include "netcfg/spec/route_draft.h"

namespace netcfg {
namespace {

// One problem of the item, at the value of `key` where it is given.
void fail(RouteDraft& d, const At& at, std::string_view key, std::string message, std::string hint = {}) {
  for (const Entry& entry : at.node.entries())
    if (entry.key == key) return d.binder.report.error(at.value(entry), std::move(message), std::move(hint));
  d.binder.report.error(at, std::move(message), std::move(hint));
}

std::string_view name_of(Family family) {
  return family == Family::ipv6 ? "IPv6" : "IPv4";
}

// IPv4 routes can use all objects, IPv6 routes those of IPv6.
Family family_of_object(const State& state, uint32_t id) {
  const Nexthop* nexthop = state.nexthop(id);
  auto is_ipv6 = [](const Nexthop* n) { return n && n->family == Family::ipv6; };
  if (!nexthop || !nexthop->is_group()) return is_ipv6(nexthop) ? Family::ipv6 : Family::ipv4;
  bool all = std::all_of(nexthop->group.begin(), nexthop->group.end(),
                         [&](const NexthopMember& member) { return is_ipv6(state.nexthop(member.id)); });
  return all ? Family::ipv6 : Family::ipv4;
}

// A default route is of the family of whatever address it names; IPv4 where it names none.
Family default_family(const RouteDraft& d) {
  if (d.spec.family) return *d.spec.family;
  if (d.spec.src) return d.spec.src->family;
  if (d.spec.via) return d.spec.via->family;
  for (const HopSpec& hop : d.hops)
    if (hop.via) return hop.via->family;
  return d.spec.nexthop ? family_of_object(d.binder.out.state, *d.spec.nexthop) : Family::ipv4;
}

void resolve_family(RouteDraft& d, const At& at) {
  if (d.is_default) d.route.to.ip.family = default_family(d);
  Family family = d.route.family();
  if (d.spec.family && *d.spec.family != family)
    fail(d, at, "family", fmt::format("the destination is {}", name_of(family)), "remove family");
  if (d.spec.src && d.spec.src->family != family)
    fail(d, at, "src",
         fmt::format("{} is not an {} address, as the destination is", to_string(*d.spec.src),
                     name_of(family)));
}

std::string_view type_name(RouteType type) {
  for (const Choice& choice : kRouteTypes)
    if (choice.number == static_cast<int64_t>(type)) return choice.name;
  return "nat";
}

// One next hop. `at` is the mapping that holds its keys.
void check_hop(RouteDraft& d, const At& at, const HopSpec& hop) {
  bool onlink = hop.onlink.value_or(false);
  if (!hop.via && !hop.dev)
    return fail(d, at, "", "a next hop needs 'via' or 'dev'", "write via: ADDRESS, or dev: NAME");
  if (onlink && (!hop.via || !hop.dev))
    fail(d, at, "onlink", "'onlink' needs both 'via' and 'dev'", "name the gateway and the interface");
  if (!hop.via) return;
  if (d.route.family() == Family::ipv6 && hop.via->family == Family::ipv4)
    fail(d, at, "via", "an IPv6 route cannot go via an IPv4 gateway", "name an IPv6 gateway");
  if (hop.via->is_zero() || hop.via->is_multicast() || hop.via->is_loopback())
    fail(d, at, "via", fmt::format("{} cannot be a gateway", to_string(*hop.via)),
         hop.via->is_zero() ? "remove via to route to the link itself" : "");
  if (hop.via->family == Family::ipv6 && hop.via->is_link_local() && !hop.dev)
    fail(d, at, "via", fmt::format("{} is on every link; 'dev' is missing", to_string(*hop.via)),
         "name the interface: dev: eth0");
}

void add_hop(RouteDraft& d, const HopSpec& spec) {
  NextHop hop;
  hop.via = spec.via.value_or(Ip{});
  hop.dev = spec.dev.value_or(IfName{});
  hop.weight = spec.weight.value_or(1);
  hop.onlink = spec.onlink.value_or(false);
  d.route.hops.push_back(hop);
}

constexpr size_t kMostHops = 1024;  // an attribute of netlink holds 64 KiB

void lower_multipath(RouteDraft& d, const At& at) {
  if (d.hops.size() > kMostHops)
    return fail(d, at, "next-hops", fmt::format("{} next hops; the most is {}", d.hops.size(), kMostHops));
  for (std::string_view key : {"via", "dev", "onlink"})
    if (const Node* node = at.node.find(key); node && !taken_back(*node))
      fail(d, at, key, fmt::format("'{}' beside 'next-hops'", key), "move it into next-hops");
  At list = at;
  for (const Entry& entry : at.node.entries())
    if (entry.key == "next-hops") list = at.value(entry);
  for (size_t i = 0; i < d.hops.size(); ++i) {
    At item = list.item(i);
    check_hop(d, item, d.hops[i]);
    if (d.route.family() == Family::ipv6 && d.hops.size() > 1 && !d.hops[i].via)
      fail(d, item, "dev", "each next hop of an IPv6 multipath route needs a gateway", "write via: ADDRESS");
    for (size_t j = 0; j < i; ++j)
      if (d.hops[i].via == d.hops[j].via && d.hops[i].dev == d.hops[j].dev)
        fail(d, item, "", "the same next hop is given twice", "give one of them a higher weight instead");
    add_hop(d, d.hops[i]);
  }
  std::sort(d.route.hops.begin(), d.route.hops.end());
  if (d.route.hops.size() == 1) d.route.hops[0].weight = 1;  // means nothing alone, and is not kept
}

// The way is the object's, and so is what becomes of the packets.
void lower_object(RouteDraft& d, const At& at) {
  for (std::string_view key : {"via", "dev", "onlink", "next-hops", "type"})
    if (const Node* node = at.node.find(key); node && !taken_back(*node))
      fail(d, at, key, fmt::format("'{}' beside 'nexthop'", key), "remove one of the two");
  d.route.nexthop_id = *d.spec.nexthop;
}

void lower_hops(RouteDraft& d, const At& at) {
  if (d.spec.nexthop) return lower_object(d, at);
  RouteType type = d.route.type;
  if (is_dead_end(type)) {
    for (std::string_view key : {"via", "dev", "onlink", "next-hops"})
      if (const Node* node = at.node.find(key); node && !taken_back(*node))
        fail(d, at, key, fmt::format("a route of type {} has no '{}'", type_name(type), key),
             "remove one of the two");
    return;
  }
  if (d.hops_given) return lower_multipath(d, at);
  HopSpec hop{d.spec.via, d.spec.dev, {}, d.spec.onlink};
  if (!hop.via && !hop.dev)
    return fail(d, at, "", "the route has no next hop", "write via: ADDRESS, dev: NAME or type: blackhole");
  check_hop(d, at, hop);
  add_hop(d, hop);
}

// As ip(8) chooses it; the kernel keeps what it is told.
uint8_t default_scope(const Route& route) {
  bool gateway =
      route.nexthop_id != 0 || std::any_of(route.hops.begin(), route.hops.end(),
                                           [](const NextHop& hop) { return static_cast<bool>(hop.via); });
  switch (route.type) {
    case RouteType::local:
    case RouteType::nat:
      return 254;
    case RouteType::broadcast:
    case RouteType::multicast:
    case RouteType::anycast:
      return 253;
    case RouteType::unicast:
      return gateway ? 0 : 253;
    default:
      return 0;
  }
}

void lower_ipv4(RouteDraft& d, const At& at) {
  d.route.scope = d.spec.scope.value_or(default_scope(d.route));
  d.route.metric = d.spec.metric.value_or(0);
  d.route.tos = d.spec.tos.value_or(0);
  if (d.spec.pref) fail(d, at, "pref", "'pref' is for IPv6 routes", "remove it, or use metric");
  if ((d.route.tos & 3) != 0)
    fail(d, at, "tos", "the two lowest bits of tos belong to ECN and must be 0",
         fmt::format("write {:#x}", d.route.tos & 0xfc));
}

void lower_ipv6(RouteDraft& d, const At& at) {
  d.route.pref = d.spec.pref.value_or(0);
  d.route.metric = d.spec.metric.value_or(0);
  if (d.route.metric == 0) d.route.metric = kIpv6DefaultMetric;  // what the kernel makes of 0
  if (d.spec.scope) fail(d, at, "scope", "'scope' is for IPv4 routes", "remove it");
  if (d.spec.tos) fail(d, at, "tos", "'tos' is for IPv4 routes", "remove it, or write a rule");
}

// What the kernel does not keep, since it means nothing.
void drop_zero_metrics(Route& route) {
  if (!route.metrics) return;
  RouteMetrics& metrics = route.metrics.make();
  bool any = false;
  for (const Field& field : kRouteMetricFields) {
    if (!field.has(&metrics)) continue;
    if (is_numeric(field.type) && field.number(&metrics) == 0)
      field.clear(&metrics);
    else
      any = true;
  }
  if (!any) route.metrics.reset();
}

}  // namespace

bool lower_route(RouteDraft& d, const At& at) {
  size_t before = d.binder.report.errors();
  Route& route = d.route;
  route.type = d.spec.type.value_or(RouteType::unicast);
  // ip(8) puts these types into the local table as well.
  bool local = route.type == RouteType::local || route.type == RouteType::broadcast ||
               route.type == RouteType::anycast;
  route.table = d.table.value_or(local ? kTableLocal : kTableMain);
  route.src = d.spec.src.value_or(Ip{});
  route.origin = at.place();
  resolve_family(d, at);
  lower_hops(d, at);
  if (route.family() == Family::ipv6)
    lower_ipv6(d, at);
  else
    lower_ipv4(d, at);
  drop_zero_metrics(route);
  if (route.metrics && route.metrics->mtu_lock && !route.metrics->mtu)
    fail(d, at, "mtu-lock", "'mtu-lock' without 'mtu'", "name the mtu");
  return d.binder.report.errors() == before;
}

}  // namespace netcfg
