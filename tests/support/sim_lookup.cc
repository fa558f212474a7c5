// Which route an address takes, as far as the check of a gateway needs it: for a packet of this host without
// a source address, mark, protocol or ports.
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"

namespace netcfg::test {
namespace {

// fib_props[].error
int refusal_of(RouteType type) {
  switch (type) {
    case RouteType::blackhole:
      return EINVAL;
    case RouteType::prohibit:
      return EACCES;
    case RouteType::throw_:
      return EAGAIN;
    default:
      return type >= RouteType::unreachable ? EHOSTUNREACH : 0;
  }
}

int refusal_of(RuleAction action) {
  if (action == RuleAction::blackhole) return EINVAL;
  return action == RuleAction::prohibit ? EACCES : ENETUNREACH;
}

}  // namespace

SimHost::Found SimHost::lookup(const Flow& flow) const {
  const auto& rules = *rules_;
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (rule.family != flow.to.family || !matches(rule, flow)) continue;
    RuleAction action = rule.action.value_or(RuleAction::lookup);
    if (action == RuleAction::nop) continue;
    if (action == RuleAction::goto_) {
      size_t to = i + 1;
      while (to < rules.size() &&
             (rules[to].family != rule.family || rules[to].priority < rule.goto_priority.value_or(0)))
        ++to;
      // Without its target the rule does nothing.
      if (to < rules.size() && rules[to].priority == rule.goto_priority) i = to - 1;
      continue;
    }
    if (action != RuleAction::lookup) return {refusal_of(action)};
    Found found = lookup_rule(rule, flow);
    if (found.code != EAGAIN) return found;
  }
  return {ENETUNREACH};
}

SimHost::Found SimHost::lookup_rule(const Rule& rule, const Flow& flow) const {
  uint32_t table = rule.table.value_or(0);
  if (rule.l3mdev == true) table = vrf_table(flow.oif);
  if (table == kTableLocal && flow.to.family == Family::ipv4)
    if (IfName own = local_link(flow); !own.empty()) return {0, nullptr, nullptr, own};
  Found found = lookup_table(table, flow);
  if (found.code != 0) return found.code == ENETUNREACH ? Found{EAGAIN} : found;
  if (rule.suppress_prefix_length && found.route->route.to.length <= *rule.suppress_prefix_length)
    return {EAGAIN};
  if (rule.suppress_group && found.hop &&
      static_cast<int64_t>(*find(found.hop->dev)->link.group) == *rule.suppress_group)
    return {EAGAIN};
  return found;
}

// The link whose own address it is; all of lo's networks are.
IfName SimHost::local_link(const Flow& flow) const {
  const Address* oldest = nullptr;
  IfName lo;
  for (const Address& a : *addresses_) {
    if (vrf_table(a.dev) != 0 || (!flow.oif.empty() && flow.oif != a.dev)) continue;
    if (a.address.ip == flow.to && (!oldest || a.order < oldest->order)) oldest = &a;
    if (a.dev == IfName("lo") && a.noprefixroute != true && a.address.contains(flow.to)) lo = a.dev;
  }
  return oldest ? oldest->dev : lo;
}

// The longest prefix, then the least metric, then the oldest, that has a usable hop. ENETUNREACH: none.
SimHost::Found SimHost::lookup_table(uint32_t table, const Flow& flow) const {
  Found best{ENETUNREACH};
  for (const SimRoute& r : *routes_) {
    const Route& route = r.route;
    if (route.table != table || route.family() != flow.to.family || route.tos != 0) continue;
    if (route.scope && *route.scope < flow.scope) continue;
    if (!route.to.contains(flow.to)) continue;
    if (best.route) {
      const Route& other = best.route->route;
      if (std::pair(other.to.length, route.metric) >= std::pair(route.to.length, other.metric)) continue;
    }
    const NextHop* usable = nullptr;
    for (size_t i = 0; i < route.hops.size() && !usable; ++i)
      if (!(r.dead & (1ULL << i)) && (flow.oif.empty() || route.hops[i].dev == flow.oif))
        usable = &route.hops[i];
    // A route by an object leads on; no gateway is on its link.
    if (route.nexthop_id != 0) {
      auto devices = devices_of(*find_nexthop(route.nexthop_id));
      bool fits = devices.empty() || flow.oif.empty() ||
                  std::find(devices.begin(), devices.end(), flow.oif) != devices.end();
      if (fits) best = {0, &r, nullptr, {}};
    }
    if (usable || is_dead_end(route.type)) best = {refusal_of(route.type), &r, usable, {}};
  }
  return best;
}

bool SimHost::matches(const Rule& rule, const Flow& flow) const {
  auto no_flow_has = [](const auto& field) { return field.has_value(); };
  bool hit = !(rule.from && !rule.from->is_default()) && !(rule.to && !rule.to->contains(flow.to)) &&
             !(rule.iif && *rule.iif != IfName("lo")) && !(rule.oif && *rule.oif != flow.oif) &&
             !(rule.fwmark && (rule.fwmark->value & rule.fwmark->mask) != 0) && rule.tos.value_or(0) == 0 &&
             !no_flow_has(rule.ip_proto) && !no_flow_has(rule.sport) && !no_flow_has(rule.dport) &&
             !no_flow_has(rule.tun_id) && !(rule.uid_range && rule.uid_range->first > 0) &&
             !(rule.l3mdev == true && vrf_table(flow.oif) == 0);
  return hit != rule.invert.value_or(false);
}

}  // namespace netcfg::test
