// What routes have to wait for, and rules on account of them.
#include <algorithm>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

constexpr auto kNone = LinkWork::kNone;

// Whether a rule can be the one by which a gateway is looked up: from no address, without mark or ports.
bool sees_gateways(const Rule& rule) {
  bool narrow = (rule.from && !rule.from->is_default()) || (rule.iif && *rule.iif != IfName("lo")) ||
                (rule.fwmark && (rule.fwmark->value & rule.fwmark->mask) != 0) || rule.tos.value_or(0) != 0 ||
                rule.ip_proto || rule.sport || rule.dport || rule.tun_id;
  return rule.invert.value_or(false) || !narrow;
}

// By a gateway; main's routes are for what its links' own prefixes do not hold, where gateways are.
bool leads_on(const Route& route) {
  bool gateway = std::any_of(route.hops.begin(), route.hops.end(),
                             [](const NextHop& hop) { return static_cast<bool>(hop.via); });
  return route.table != kTableMain && (gateway || route.nexthop_id != 0);
}

bool is_dead_end(const Rule& rule) {
  return rule.action.value_or(RuleAction::lookup) >= RuleAction::blackhole;
}

}  // namespace

const std::vector<IfName>& Build::holders_of(const Ip& ip) {
  if (holders_.empty())
    for (const State* state : {&live_, &desired_.state})
      for (const Address& address : state->addresses) holders_[address.address.ip].push_back(address.dev);
  return holders_[ip];
}

// What a way by this link needs, of a route or of a next-hop object.
void Build::order_hop(const NextHop& hop, Family family, Graph::Node node) {
  after(usable(hop.dev), node);
  if (auto it = addresses_ready_.find(hop.dev); it != addresses_ready_.end()) after(it->second, node);
  for (const auto* events : {&downs_, &gone_, family == Family::ipv4 ? &flushes_ : &downs_})
    if (auto it = events->find(hop.dev); it != events->end())
      for (Graph::Node event : it->second) after(event, node);
  if (!hop.via) return;
  auto [it, fresh] = connected_ready_.try_emplace(hop.dev, kNone);
  if (fresh) it->second = barrier(rank::kRoute);
  after(it->second, node);
}

void Build::order_route(const Route& route, Graph::Node node) {
  if (auto it = nexthop_ready_.find(route.nexthop_id); it != nexthop_ready_.end()) after(it->second, node);
  for (const NextHop& hop : route.hops) {
    order_hop(hop, route.family(), node);
    if (hop.via) {
      if (route.family() == Family::ipv6) gateways6_.push_back({route.table, route.to.length, node});
    } else if (!route.to.is_default()) {
      auto [it, fresh] = connected_ready_.try_emplace(hop.dev, kNone);
      if (fresh) it->second = barrier(rank::kRoute);
      after(node, it->second);
    }
  }
  if (!route.src) return;
  // It counts only where its link is, in its VRF.
  for (const IfName& dev : holders_of(route.src)) after(usable(dev), node);
  if (auto it = source_made_.find(route.src); it != source_made_.end()) after(it->second, node);
  if (auto it = source_gone_.find(route.src); it != source_gone_.end())
    for (Graph::Node event : it->second) after(event, node);
}

// The kernel looks an IPv6 gateway up in the route's own table and then by all rules, and takes no route that
// has a gateway itself (ip6_route_check_nh() in net/ipv6/route.c). So longer prefixes come first.
void Build::order_gateways6() {
  std::map<std::pair<uint32_t, int>, Graph::Node> lengths;  // by table, the longest first
  // The main table has the links' own prefixes, which are longer than any that a gateway is needed for.
  auto counts = [](const Gatewayed& route) { return route.table != kTableMain; };
  for (const Gatewayed& route : gateways6_) {
    if (!counts(route)) continue;
    auto [it, fresh] = lengths.try_emplace({route.table, -route.length}, kNone);
    if (fresh) it->second = barrier(rank::kRoute);
  }
  std::map<std::pair<uint32_t, int>, Graph::Node> longer;
  for (auto it = lengths.begin(); it != lengths.end(); ++it)
    if (auto next = std::next(it); next != lengths.end() && next->first.first == it->first.first) {
      after(it->second, next->second);
      longer[next->first] = it->second;
    }
  for (const Gatewayed& route : gateways6_) {
    if (!counts(route)) continue;
    std::pair key(route.table, -route.length);
    after(route.node, lengths[key]);
    if (auto it = longer.find(key); it != longer.end()) after(it->second, route.node);
  }
}

// Rules of the plan that lead to where no gateway is found, to a dead end or to routes with gateways, go
// before and come after all that has to look for its gateway.
void Build::order_dead_ends() {
  std::set<uint32_t> tables;
  for (const State* state : {&live_, &desired_.state})
    for (const Route& route : state->routes)
      if (route.family() == Family::ipv6 && (is_dead_end(route.type) || leads_on(route)))
        tables.insert(route.table);
  Graph::Node gone = barrier(rank::kRoute), reached = barrier(rank::kRoute);
  for (size_t i = 0; i < diffs_.rules.size(); ++i) {
    const auto& d = diffs_.rules[i];
    const Rule& rule = d.before ? *d.before : d.after;
    if (rule.family != Family::ipv6 || !sees_gateways(rule)) continue;
    if (!is_dead_end(rule) && !tables.contains(rule.table.value_or(0))) continue;
    if (d.verdict == Verdict::remove) after(rule_nodes_[i], gone);
    if (d.verdict == Verdict::create) after(reached, rule_nodes_[i]);
  }
  for (size_t i = 0; i < diffs_.routes.size(); ++i) {
    const auto& d = diffs_.routes[i];
    if (d.verdict == Verdict::remove) continue;
    const Route& wanted = d.after;
    if (wanted.family() != Family::ipv6) continue;
    if (is_dead_end(wanted.type) && d.verdict == Verdict::create) after(reached, route_nodes_[i]);
  }
  for (const Gatewayed& route : gateways6_) after(gone, route.node), after(route.node, reached);
}

void Build::order_routes() {
  for (size_t i = 0; i < diffs_.routes.size(); ++i)
    if (diffs_.routes[i].verdict != Verdict::remove) order_route(diffs_.routes[i].after, route_nodes_[i]);
  for (const auto& [route, node] : restored_routes_) order_route(*route, node);
  order_gateways6();
  order_dead_ends();
}

}  // namespace netcfg
