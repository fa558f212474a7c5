#include "netcfg/plan/purpose.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

const Uplink* uplink_of_table(uint32_t table, const Uplinks& uplinks) {
  auto at = std::find_if(uplinks.links.begin(), uplinks.links.end(),
                         [&](const Uplink& uplink) { return uplink.table == table; });
  return at == uplinks.links.end() ? nullptr : &*at;
}

std::string of_table(uint32_t table, const Uplinks& uplinks) {
  if (const Uplink* uplink = uplink_of_table(table, uplinks)) return "return path of uplink " + uplink->name;
  for (const Uplink& uplink : uplinks.links)
    if (steer_table(uplink) == table) return "traffic steered to uplink " + uplink.name;
  if (table == kAnySourceTable) return "answers of UDP servers on all addresses";
  return {};
}

// Its objects have the origin of an uplink, of a line of `steer`, or of the whole section.
bool is_of(const Uplinks& uplinks, Place origin) {
  auto has_it = [&](const auto& one) { return one.origin == origin; };
  return origin == uplinks.origin || std::any_of(uplinks.links.begin(), uplinks.links.end(), has_it) ||
         std::any_of(uplinks.steer.begin(), uplinks.steer.end(), has_it);
}

struct Purpose {
  const Uplinks& uplinks;

  std::string operator()(const Nexthop* nexthop) const {
    for (const Uplink& uplink : uplinks.links)
      for (Family family : {Family::ipv4, Family::ipv6}) {
        if (nexthop->id == gateway_nexthop(uplink, family)) return "gateway of uplink " + uplink.name;
        if (nexthop->id == steer_nexthop(uplink, family)) return "traffic steered to uplink " + uplink.name;
      }
    return nexthop->is_group() ? "the uplinks that carry traffic" : "where traffic ends without an uplink";
  }
  std::string operator()(const Route* route) const {
    return route->table == kTableMain ? "default route by the uplinks" : of_table(route->table, uplinks);
  }
  std::string operator()(const Rule* rule) const {
    if (rule->table == kTableMain) return "what main knows a way to, before any uplink";
    return of_table(rule->table.value_or(0), uplinks);
  }
  std::string operator()(const Address*) const { return "source of UDP sockets that are bound to none"; }
  std::string operator()(const Sysctl* sysctl) const {
    if (sysctl->path.ends_with("/rp_filter")) return "takes packets from every uplink";
    if (sysctl->path.ends_with("/fib_multipath_hash_policy")) return "shares flows among uplinks";
    return "answers ARP for its own addresses only";
  }
  template <class T>
  std::string operator()(const T*) const {
    return {};
  }
};

}  // namespace

std::string purpose_of(const Ref& object, const Uplinks& uplinks) {
  Place origin = std::visit([](const auto* one) { return one->origin; }, object);
  return is_of(uplinks, origin) ? std::visit(Purpose{uplinks}, object) : std::string();
}

}  // namespace netcfg
