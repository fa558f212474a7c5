#include "netcfg/kernel/route.h"

#include <linux/rtnetlink.h>

#include <algorithm>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

// IPv6 keeps routes without next hop on the loopback device, whose index is 1 in every namespace
// (LOOPBACK_IFINDEX in include/net/flow.h).
constexpr uint32_t kLoopback = 1;

struct MetricAttr {
  std::string_view field;
  uint16_t attribute = 0;  // RTAX_*; 0: by hand
};
constexpr MetricAttr kMetricAttrs[] = {
    {"mtu", RTAX_MTU},
    {"mtu-lock"},
    {"advmss", RTAX_ADVMSS},
    {"window", RTAX_WINDOW},
    {"rtt", RTAX_RTT},
    {"rttvar", RTAX_RTTVAR},
    {"rto-min", RTAX_RTO_MIN},
    {"ssthresh", RTAX_SSTHRESH},
    {"cwnd", RTAX_CWND},
    {"initcwnd", RTAX_INITCWND},
    {"initrwnd", RTAX_INITRWND},
    {"reordering", RTAX_REORDERING},
    {"hoplimit", RTAX_HOPLIMIT},
    {"quickack", RTAX_QUICKACK},
    {"fastopen-no-cookie", RTAX_FASTOPEN_NO_COOKIE},
    {"ecn"},
    {"congctl"},
};
constexpr bool metrics_covered() {
  if (std::size(kMetricAttrs) != std::size(kRouteMetricFields)) return false;
  for (size_t i = 0; i < std::size(kMetricAttrs); ++i)
    if (kMetricAttrs[i].field != kRouteMetricFields[i].name) return false;
  return true;
}
static_assert(metrics_covered());

void put_metrics(Message& m, const RouteMetrics& metrics) {
  Nest nest(m, RTA_METRICS);
  for (size_t i = 0; i < std::size(kMetricAttrs); ++i)
    if (kMetricAttrs[i].attribute != 0 && kRouteMetricFields[i].has(&metrics))
      m.put(kMetricAttrs[i].attribute, static_cast<uint32_t>(kRouteMetricFields[i].number(&metrics)));
  if (metrics.mtu_lock.value_or(false)) m.put<uint32_t>(RTAX_LOCK, 1U << RTAX_MTU);
  if (metrics.ecn.value_or(false)) m.put<uint32_t>(RTAX_FEATURES, RTAX_FEATURE_ECN);
  if (metrics.congctl) m.put_text(RTAX_CC_ALGO, *metrics.congctl);
}

void get_metrics(const nlattr* nest, Box<RouteMetrics>& out) {
  if (!nest) return;
  Attributes<RTAX_MAX> attributes(nest);
  RouteMetrics metrics;
  for (size_t i = 0; i < std::size(kMetricAttrs); ++i)
    if (auto value = get<uint32_t>(attributes[kMetricAttrs[i].attribute]); value && kMetricAttrs[i].attribute)
      kRouteMetricFields[i].set_number(&metrics, *value);
  if (get<uint32_t>(attributes[RTAX_LOCK]).value_or(0) & (1U << RTAX_MTU)) metrics.mtu_lock = true;
  if (get<uint32_t>(attributes[RTAX_FEATURES]).value_or(0) & RTAX_FEATURE_ECN) metrics.ecn = true;
  if (attributes[RTAX_CC_ALGO]) metrics.congctl = std::string(get_text(attributes[RTAX_CC_ALGO]));
  if (metrics != RouteMetrics{}) out.make() = std::move(metrics);
}

void put_gateway(Message& m, const Ip& via, Family family) {
  if (!via) return;
  if (via.family == family) return m.put_ip(RTA_GATEWAY, via);
  // An IPv6 next hop of an IPv4 route (RFC 5549): struct rtvia, which has a flexible array.
  uint8_t bytes[sizeof(uint16_t) + 16];
  uint16_t af = af_of(via.family);
  memcpy(bytes, &af, sizeof af);
  memcpy(bytes + sizeof af, via.bytes.data(), via.size());
  m.put_bytes(RTA_VIA, bytes, sizeof af + via.size());
}

Ip get_gateway(const nlattr* gateway, const nlattr* via, Family family) {
  if (gateway) return get_ip(gateway, family);
  auto af = get<uint16_t>(via);
  if (!af || *af > UINT8_MAX) return {};
  Ip ip{family_of(static_cast<uint8_t>(*af)), {}};
  if (!ip || nla_len(via) < static_cast<int>(sizeof(uint16_t) + ip.size())) return {};
  memcpy(ip.bytes.data(), static_cast<const char*>(nla_data(via)) + sizeof(uint16_t), ip.size());
  return ip;
}

MissingLink put_multipath(Message& m, const Route& route, Indexes& indexes) {
  Nest nest(m, RTA_MULTIPATH);
  for (const NextHop& hop : route.hops) {
    uint32_t index = 0;
    if (!hop.dev.empty())
      if (auto missing = find_index(indexes, hop.dev, index)) return missing;
    auto* at = static_cast<rtnexthop*>(m.append(sizeof(rtnexthop)));
    at->rtnh_ifindex = static_cast<int>(index);
    at->rtnh_hops = static_cast<uint8_t>(hop.weight - 1);
    if (hop.onlink) at->rtnh_flags |= RTNH_F_ONLINK;
    auto before = m.bytes().size();
    put_gateway(m, hop.via, route.family());
    at->rtnh_len = static_cast<uint16_t>(sizeof(rtnexthop) + m.bytes().size() - before);
  }
  return std::nullopt;
}

MissingLink put_hops(Message& m, rtmsg& header, const Route& route, Indexes& indexes) {
  if (route.nexthop_id != 0) {
    m.put(RTA_NH_ID, route.nexthop_id);
    return std::nullopt;
  }
  if (route.hops.size() > 1) return put_multipath(m, route, indexes);
  if (route.hops.empty()) return std::nullopt;
  const NextHop& hop = route.hops.front();
  put_gateway(m, hop.via, route.family());
  if (hop.onlink) header.rtm_flags |= RTNH_F_ONLINK;
  if (hop.dev.empty()) return std::nullopt;
  uint32_t index = 0;
  if (auto missing = find_index(indexes, hop.dev, index)) return missing;
  m.put(RTA_OIF, index);
  return std::nullopt;
}

// iproute2's defaults for IPv4. On deletion RT_SCOPE_NOWHERE means any.
uint8_t scope_of(const Route& route, Action action) {
  if (route.family() == Family::ipv6) return RT_SCOPE_UNIVERSE;
  if (route.scope) return *route.scope;
  if (action == Action::remove) return RT_SCOPE_NOWHERE;
  switch (route.type) {
    case RouteType::local:
    case RouteType::nat:
      return RT_SCOPE_HOST;
    case RouteType::broadcast:
    case RouteType::multicast:
    case RouteType::anycast:
      return RT_SCOPE_LINK;
    case RouteType::unicast: {
      bool direct = route.nexthop_id == 0 && route.hops.size() == 1 && !route.hops.front().via;
      return direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    }
    default:
      return RT_SCOPE_UNIVERSE;
  }
}

// Deletion compares what is given, and takes what is not for "any": so everything is given.
//  - IPv4 (fib_table_delete()): metric 0 is "any", but the route of metric 0 is first in line. Multipath
//    hops are compared in the order in which they were added (fib_nh_match()).
//  - IPv6 (ip6_route_del()): the type is not compared, but a route without next hop is on the loopback
//    device, and others are not. Without a gateway all routes of a multipath set go; with RTA_MULTIPATH each
//    that is listed.
//  - A route by a next-hop object is found by the object's id. What type it is itself is not told (see
//    decode_route()), so it is not said either.
MissingLink put_removal(Message& m, rtmsg& header, const Route& route, Indexes& indexes) {
  header.rtm_type = route.nexthop_id != 0 ? uint8_t{RTN_UNSPEC} : static_cast<uint8_t>(route.type);
  if (route.family() == Family::ipv4 && route.src) m.put_ip(RTA_PREFSRC, route.src);
  if (route.family() == Family::ipv6 && is_dead_end(route.type)) {
    m.put(RTA_OIF, kLoopback);
    return std::nullopt;
  }
  return put_hops(m, header, route, indexes);
}

MissingLink put_route(Message& m, rtmsg& header, const Route& route, Indexes& indexes) {
  header.rtm_type = static_cast<uint8_t>(route.type);
  if (route.src) m.put_ip(RTA_PREFSRC, route.src);
  if (route.pref && route.family() == Family::ipv6) m.put(RTA_PREF, *route.pref);
  if (route.metrics) put_metrics(m, *route.metrics);
  return put_hops(m, header, route, indexes);
}

void get_multipath(const nlattr* nest, const Names& names, Route& out) {
  const char* at = static_cast<const char*>(nla_data(nest));
  int left = nla_len(nest);
  rtnexthop hop{};
  while (left >= static_cast<int>(sizeof hop)) {
    memcpy(&hop, at, sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left) return;
    Attributes<RTA_VIA> attributes(at + sizeof hop, hop.rtnh_len - sizeof hop);
    out.hops.push_back({get_gateway(attributes[RTA_GATEWAY], attributes[RTA_VIA], out.family()),
                        names.name(static_cast<uint32_t>(hop.rtnh_ifindex)),
                        static_cast<uint16_t>(hop.rtnh_hops + 1), (hop.rtnh_flags & RTNH_F_ONLINK) != 0});
    int step = static_cast<int>(NLMSG_ALIGN(hop.rtnh_len));
    at += step;
    left -= step;
  }
}

void get_hops(const rtmsg& header, const Attributes<RTA_NH_ID>& a, const Names& names, Route& out) {
  // IPv6 reports those as being on lo.
  if (is_dead_end(out.type)) return;
  if (a[RTA_MULTIPATH]) return get_multipath(a[RTA_MULTIPATH], names, out);
  Ip via = get_gateway(a[RTA_GATEWAY], a[RTA_VIA], out.family());
  auto index = get<uint32_t>(a[RTA_OIF]);
  if (via || index)
    out.hops.push_back(
        {via, index ? names.name(*index) : IfName(), 1, (header.rtm_flags & RTNH_F_ONLINK) != 0});
}

// Local, broadcast, anycast and multicast routes that come and go with addresses and links.
bool made_by_kernel(const rtmsg& header, uint32_t table) {
  return header.rtm_protocol == RTPROT_KERNEL && (header.rtm_type != RTN_UNICAST || table == RT_TABLE_LOCAL);
}

}  // namespace

MissingLink encode_route(Message& m, Action action, const Route& route, Indexes& indexes) {
  bool remove = action == Action::remove;
  auto& header = m.start<rtmsg>(remove ? RTM_DELROUTE : RTM_NEWROUTE, write_flags(action));
  header.rtm_family = af_of(route.family());
  header.rtm_dst_len = route.to.length;
  header.rtm_tos = route.tos;
  header.rtm_table = route.table < 256 ? static_cast<uint8_t>(route.table) : uint8_t{RT_TABLE_UNSPEC};
  header.rtm_protocol = route.protocol;
  header.rtm_scope = scope_of(route, action);
  if (!route.to.is_default()) m.put_ip(RTA_DST, route.to.ip);
  if (route.table > 255) m.put(RTA_TABLE, route.table);
  if (route.metric != 0) m.put(RTA_PRIORITY, route.metric);
  return remove ? put_removal(m, header, route, indexes) : put_route(m, header, route, indexes);
}

RouteUse decode_route(const nlmsghdr& message, const Names& names, Route& out) {
  rtmsg header{};
  if (message.nlmsg_type != RTM_NEWROUTE || !read_header(message, header)) return RouteUse::none;
  Family family = family_of(header.rtm_family);
  if (family == Family::none || header.rtm_dst_len > address_bits(family)) return RouteUse::none;
  if (header.rtm_flags & RTM_F_CLONED) return RouteUse::none;
  auto attributes = Attributes<RTA_NH_ID>::behind<rtmsg>(message);
  out.table = get<uint32_t>(attributes[RTA_TABLE]).value_or(header.rtm_table);
  if (made_by_kernel(header, out.table)) return RouteUse::none;
  if (header.rtm_src_len != 0) return RouteUse::unspoken;
  out.to = {Ip{family, {}}, header.rtm_dst_len};
  if (attributes[RTA_DST]) out.to.ip = get_ip(attributes[RTA_DST], family);
  if (!out.to) return RouteUse::none;
  out.metric = get<uint32_t>(attributes[RTA_PRIORITY]).value_or(0);
  out.tos = header.rtm_tos;
  out.type = static_cast<RouteType>(header.rtm_type);
  out.protocol = header.rtm_protocol;
  if (family == Family::ipv4)
    out.scope = header.rtm_scope;
  else
    out.pref = get<uint8_t>(attributes[RTA_PREF]).value_or(0);
  out.src = get_ip(attributes[RTA_PREFSRC], family);
  out.nexthop_id = get<uint32_t>(attributes[RTA_NH_ID]).value_or(0);
  // By a next-hop object the ways are that one's, and told once more unless net.ipv4.nexthop_compat_mode is
  // 0; and with a blackhole for object the route is told to be of that type (fib_dump_info(),
  // rt6_fill_node()).
  if (out.nexthop_id == 0)
    get_hops(header, attributes, names, out);
  else if (out.type == RouteType::blackhole)
    out.type = RouteType::unicast;
  get_metrics(attributes[RTA_METRICS], out.metrics);
  return RouteUse::state;
}

std::optional<Refusal> remove_in_kernel_order(Socket& socket, const Route& route, Indexes& indexes) {
  Names names;
  for (const NextHop& hop : route.hops) names.add(indexes.index(hop.dev), hop.dev);
  Message m;
  auto& header = m.start<rtmsg>(RTM_GETROUTE, 0);
  header.rtm_family = AF_INET;
  header.rtm_protocol = route.protocol;
  header.rtm_type = static_cast<uint8_t>(route.type);
  m.put(RTA_TABLE, route.table);
  std::optional<Route> found;
  auto done = socket.dump(
      m, [&] { found.reset(); },
      [&](const nlmsghdr& message) {
        Route live;
        if (decode_route(message, names, live) != RouteUse::state || live.key() != route.key()) return;
        auto sorted = live.hops;
        std::sort(sorted.begin(), sorted.end());
        if (sorted == route.hops) found = std::move(live);
      });
  if (!done) return Refusal{0, done.error().code, done.error().message, request_name(RTM_GETROUTE)};
  if (!found) return Refusal{0, ESRCH, {}, request_name(RTM_DELROUTE)};
  (void)encode_route(m, Action::remove, *found, indexes);
  auto ack = socket.transact(m);
  if (!ack) return Refusal{0, ack.error().code, ack.error().message, request_name(RTM_DELROUTE)};
  if (ack->code != 0) return Refusal{0, ack->code, ack->extack, request_name(RTM_DELROUTE)};
  return std::nullopt;
}

}  // namespace netcfg::nl
