// Routes of every type, with next hops and metrics.
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/address.h"
#include "netcfg/model/box.h"
#include "netcfg/model/few.h"

namespace netcfg {

// RTN_* of rtnetlink.h
enum class RouteType : uint8_t {
  unicast = 1,
  local = 2,
  broadcast = 3,
  anycast = 4,
  multicast = 5,
  blackhole = 6,
  unreachable = 7,
  prohibit = 8,
  throw_ = 9,
  nat = 10,
};
inline constexpr Choice kRouteTypes[] = {{"unicast", 1},     {"local", 2},     {"broadcast", 3},
                                         {"anycast", 4},     {"multicast", 5}, {"blackhole", 6},
                                         {"unreachable", 7}, {"prohibit", 8},  {"throw", 9}};
// A type without next hops: the packet ends here.
constexpr bool is_dead_end(RouteType type) {
  return type >= RouteType::blackhole;
}

inline constexpr uint32_t kTableMain = 254;
inline constexpr uint32_t kTableLocal = 255;
inline constexpr uint32_t kTableDefault = 253;
inline constexpr uint32_t kIpv6DefaultMetric = 1024;  // IP6_RT_PRIO_USER

struct NextHop {
  Ip via;  // none: on the link itself. May be IPv6 under an IPv4 route (RTA_VIA).
  IfName dev;
  uint16_t weight = 1;  // 1 to 256
  bool onlink = false;
  auto operator<=>(const NextHop&) const = default;
};

// RTAX_* of rtnetlink.h
struct RouteMetrics {
  std::optional<uint32_t> mtu, window, rtt, rttvar, ssthresh, cwnd, advmss, reordering, hoplimit, initcwnd;
  std::optional<uint32_t> rto_min, initrwnd;
  std::optional<bool> mtu_lock, quickack, fastopen_no_cookie, ecn;
  std::optional<std::string> congctl;
  bool operator==(const RouteMetrics&) const = default;
};

inline constexpr Field kRouteMetricFields[] = {
    integer<&RouteMetrics::mtu>("mtu", "path MTU in bytes", {68, kU32}),
    boolean<&RouteMetrics::mtu_lock>("mtu-lock", "do not lower it by path MTU discovery"),
    integer<&RouteMetrics::advmss>("advmss", "TCP segment size that is advertised", {0, kU32}),
    integer<&RouteMetrics::window>("window", "largest TCP window in bytes", {0, kU32}),
    duration<&RouteMetrics::rtt>("rtt", "initial round-trip time", 125'000, {0, kU32}),
    duration<&RouteMetrics::rttvar>("rttvar", "initial variance of the round-trip time", 250'000, {0, kU32}),
    duration<&RouteMetrics::rto_min>("rto-min", "least TCP retransmission time-out", kMillisecond, {0, kU32})
        .iproute("rto_min"),
    integer<&RouteMetrics::ssthresh>("ssthresh", "initial slow start threshold", {0, kU32}),
    integer<&RouteMetrics::cwnd>("cwnd", "clamp for the congestion window", {0, kU32}),
    integer<&RouteMetrics::initcwnd>("initcwnd", "initial congestion window", {0, kU32}),
    integer<&RouteMetrics::initrwnd>("initrwnd", "initial receive window", {0, kU32}),
    integer<&RouteMetrics::reordering>("reordering", "least reordering of a path", {0, kU32}),
    integer<&RouteMetrics::hoplimit>("hoplimit", "hop limit; 0 is the host's default", {0, 255}),
    boolean<&RouteMetrics::quickack>("quickack", "acknowledge TCP at once"),
    boolean<&RouteMetrics::fastopen_no_cookie>("fastopen-no-cookie", "TCP Fast Open without cookie"),
    boolean<&RouteMetrics::ecn>("ecn", "explicit congestion notification (features ecn)"),
    other<&RouteMetrics::congctl>(Type::text, "congctl", "TCP congestion control", {1, 15}),
};

inline constexpr Choice kRoutePrefs[] = {{"low", 3}, {"medium", 0}, {"high", 1}};

struct Route {
  uint32_t table = kTableMain;
  uint32_t metric = 0;  // RTA_PRIORITY; an IPv6 route without one has 1024
  Prefix to;            // its ip's family is the route's
  uint8_t tos = 0;
  RouteType type = RouteType::unicast;
  uint8_t protocol = kOwnProtocol;  // does not count in ==
  std::optional<uint8_t> scope;     // IPv4
  std::optional<uint8_t> pref;      // IPv6, RFC 4191
  Ip src;                           // RTA_PREFSRC
  uint32_t nexthop_id = 0;          // RTA_NH_ID; 0: none. With it a route has no hops of its own
  Few<NextHop> hops;                // sorted; one, or several for multipath
  Box<RouteMetrics> metrics;
  Place origin;

  Family family() const { return to.ip.family; }
  auto key() const { return std::tie(to.ip.family, table, to, tos, metric); }
  bool operator==(const Route& o) const {
    return key() == o.key() && type == o.type && scope == o.scope && pref == o.pref && src == o.src &&
           nexthop_id == o.nexthop_id && hops == o.hops && metrics == o.metrics;
  }
};

}  // namespace netcfg
