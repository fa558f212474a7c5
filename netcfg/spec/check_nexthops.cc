#include <fmt/format.h>

#include <algorithm>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

Spot spot_of(const Checker& check, const Nexthop& nexthop, std::string_view key) {
  return check.locate.value({"nexthops", std::to_string(nexthop.id), key});
}

void check_group(const Checker& check, const Nexthop& group) {
  for (const NexthopMember& member : group.group) {
    Spot spot = check.locate.key({"nexthops", std::to_string(group.id), "group", std::to_string(member.id)});
    const Nexthop* single = check.state.nexthop(member.id);
    if (!single) {
      if (!check.gaps.nexthops)
        check.error(spot, fmt::format("there is no next hop {}", member.id), "add it to nexthops");
    } else if (single->is_group()) {
      check.error(spot, fmt::format("{} is a group itself", member.id), "name its members");
    } else if (single->blackhole && group.group.size() > 1) {
      check.error(spot, fmt::format("{} is a blackhole, which cannot share traffic with others", member.id),
                  "make it the only member, or take it out");
    }
  }
}

// What IPv6 routes cannot use.
bool has_ipv4(const Checker& check, const Nexthop& nexthop) {
  auto is_ipv4 = [&](const NexthopMember& member) {
    const Nexthop* single = check.state.nexthop(member.id);
    return single && single->family == Family::ipv4;
  };
  return nexthop.family == Family::ipv4 || std::any_of(nexthop.group.begin(), nexthop.group.end(), is_ipv4);
}

void check_users(const Checker& check) {
  for (const Route& route : check.state.routes) {
    if (route.nexthop_id == 0) continue;
    const Nexthop* nexthop = check.state.nexthop(route.nexthop_id);
    auto spot = [&] { return check.locate.in_item("routes", route.origin, "nexthop"); };
    if (!nexthop && !check.gaps.nexthops)
      check.error(spot(), fmt::format("there is no next hop {}", route.nexthop_id),
                  fmt::format("add it: nexthops: {{ {}: {{ via: ADDRESS, dev: NAME }} }}", route.nexthop_id));
    if (nexthop && route.family() == Family::ipv6 && has_ipv4(check, *nexthop))
      check.error(spot(), fmt::format("an IPv6 route cannot use the IPv4 next hop {}", route.nexthop_id),
                  nexthop->is_group() ? "a group for IPv6 routes has IPv6 members only"
                  : nexthop->via      ? "name one with an IPv6 gateway"
                                      : "write family: ipv6 there");
  }
}

}  // namespace

void check_nexthops(const Checker& check) {
  for (const Nexthop& nexthop : check.state.nexthops) {
    check_group(check, nexthop);
    if (nexthop.dev == IfName("lo") && nexthop.via)
      check.error(spot_of(check, nexthop, "dev"), "no gateway is reached by lo", "name another interface");
  }
  check_users(check);
}

}  // namespace netcfg
