// What the kernel deletes by itself while the plan is carried out, and how it comes back.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/diff/owner.h"
#include "netcfg/plan/build.h"
#include "netcfg/plan/resolve.h"

namespace netcfg {
namespace {

constexpr auto kNone = LinkWork::kNone;

bool is_vrf(const Link* link) {
  return link && std::holds_alternative<Vrf>(link->kind);
}

// Leases and addresses from router advertisements come back from where they came.
bool is_dynamic(const Address& a) {
  return a.valid.value_or(UINT32_MAX) != UINT32_MAX;
}
bool is_dynamic(const Route&) {
  return false;
}
bool is_dynamic(const Neighbor&) {
  return false;
}
bool is_dynamic(const Qdisc&) {
  return false;
}
bool is_dynamic(const Nexthop&) {
  return false;
}

}  // namespace

// The moments at which links go down or away. A VLAN goes down with its parent and comes up with it again
// (vlan_device_event() in net/8021q/vlan.c), unless it is bound loosely.
void Build::note_downs() {
  for (auto& [key, w] : works_) {
    const IfName& name = key;  // C++20 lets a lambda take a binding, clang 14 does not
    if (!w.before) continue;
    if (w.removed != kNone) gone_[name].push_back(w.removed);
    bool was_up = w.before->is_up();
    auto down_after = [&](Graph::Node node) {
      if (node != kNone) downs_[name].push_back(node);
    };
    if (w.away != kNone && was_up) {
      const Link* offline = std::get<const Link*>(step_of(w.away).op.after);
      bool leaves_vrf =
          is_vrf(live_.link(w.before->master.value_or(IfName{}))) && offline->master != w.before->master;
      if (!offline->is_up() || leaves_vrf) down_after(w.aside != kNone ? w.aside : w.away);
    }
    if (w.after && w.ready != kNone && w.made == kNone) {
      const Link* final = w.after;
      bool joins_vrf = is_vrf(final_link(final->master.value_or(IfName{}))) &&
                       (final->master != w.before->master || w.detach);
      const Link* offline = w.away == kNone ? nullptr : std::get<const Link*>(step_of(w.away).op.after);
      bool goes_down = was_up && !final->is_up() && (!offline || offline->is_up());
      if (goes_down || joins_vrf) down_after(w.ready);
    }
  }
  for (const Link& link : live_.links) {
    const auto* vlan = std::get_if<Vlan>(&link.kind);
    if (!vlan || vlan->loose_binding == true || !vlan->parent || !link.is_up()) continue;
    auto parent = downs_.find(*vlan->parent);
    if (parent == downs_.end()) continue;
    auto& mine = downs_[link.name];
    mine.insert(mine.end(), parent->second.begin(), parent->second.end());
    if (Graph::Node up = usable(*vlan->parent); up != kNone) usable_again_[link.name] = up;
  }
}

// A link that changes its MAC address forgets its neighbours, permanent ones as well (neigh_changeaddr() in
// net/core/neighbour.c). A bond and a bridge take a member's, a member its bond's, a VLAN its parent's.
void Build::note_mac_changes() {
  bool link_local = std::any_of(live_.routes.begin(), live_.routes.end(), [](const Route& route) {
    return route.src && route.src.family == Family::ipv6 && route.src.is_link_local();
  });
  if (live_.neighbors.empty() && diffs_.neighbors.empty() && !link_local) return;
  auto note = [&](const IfName& name, Graph::Node node) {
    if (node != kNone) macs_[name].push_back(node);
  };
  auto gives = [&](const Link* link) { return link && !std::holds_alternative<Vrf>(link->kind); };
  for (auto& [name, w] : works_) {
    IfName from = w.before ? w.before->master.value_or(IfName{}) : IfName{};
    IfName to = w.after ? w.after->master.value_or(IfName{}) : IfName{};
    bool moves = from != to || w.detach || w.recreate || !w.before || !w.after;
    bool both = w.before && w.after;
    bool own = both && ((w.after->mac && w.before->mac != w.after->mac) || w.before->arp != w.after->arp);
    if (moves && gives(live_.link(from)))
      for (Graph::Node node : {w.away, w.removed}) note(from, node), note(name, node);
    if (moves && gives(final_link(to)))
      for (Graph::Node node : {w.made, w.ready}) note(to, node), note(name, node);
    if (w.pin_mac) note(name, w.settled);
    if (own)
      for (Graph::Node node : {w.away, w.ready}) note(name, node);
  }
  spread_mac_changes();
}

void Build::spread_mac_changes() {
  std::vector<IfName> queue;
  for (const auto& [name, nodes] : macs_) queue.push_back(name);
  auto pass_on = [&](const IfName& from, const IfName& to) {
    auto nodes = macs_[from];
    auto& there = macs_[to];
    size_t before = there.size();
    for (Graph::Node node : nodes)
      if (std::find(there.begin(), there.end(), node) == there.end()) there.push_back(node);
    if (there.size() != before) queue.push_back(to);
  };
  auto follows = [&](const Link* link, const IfName& name) {
    if (!link) return false;
    return parent_of(*link) == name && !std::holds_alternative<Vxlan>(link->kind);
  };
  // bond_set_mac_address() in drivers/net/bonding/bond_main.c
  auto is_member = [&](const Link* link, const IfName& name) {
    return link && link->master == name && will_be_bond(name);
  };
  while (!queue.empty()) {
    IfName name = queue.back();
    queue.pop_back();
    for (const Link* link : {live_.link(name), final_link(name)}) {
      IfName master = link ? link->master.value_or(IfName{}) : IfName{};
      if (!master.empty() && !is_vrf(final_link(master))) pass_on(name, master);
    }
    for (const Link& link : live_.links)
      if (follows(&link, name) || is_member(&link, name)) pass_on(name, link.name);
    for (const auto& [child, w] : works_)
      if (follows(w.after, name) || is_member(w.after, name)) pass_on(name, child);
  }
}

// addrconf_ifdown(): with disable_ipv6 a link has neither IPv6 addresses nor routes.
void Build::note_ipv6_ends() {
  constexpr std::string_view kBefore = "net/ipv6/conf/", kAfter = "/disable_ipv6";
  for (size_t i = 0; i < diffs_.sysctls.size(); ++i) {
    const Sysctl& sysctl = diffs_.sysctls[i].after;
    std::string_view path = sysctl.path;
    if (sysctl.value == "0" || !path.starts_with(kBefore) || !path.ends_with(kAfter)) continue;
    IfName dev(path.substr(kBefore.size(), path.size() - kBefore.size() - kAfter.size()));
    for (const Link& link : live_.links)
      if (link.name == dev || dev == IfName("all")) ipv6_ends_[link.name].push_back(sysctl_nodes_[i]);
  }
}

void Build::find_losses() {
  note_downs();
  note_ipv6_ends();
  lose_addresses();
  lose_nexthops();
  if (!ipv6_ends_.empty() || !downs_.empty() || !gone_.empty() || !flushes_.empty() ||
      !source_gone_.empty() || !nexthop_ends_.empty()) {
    lose_routes();
  }
  lose_neighbors();
  lose_qdiscs();
  lose_sysctls();
}

bool Build::can_hold_objects(const IfName& dev, Family family) const {
  const Link* after = final_link(dev);
  return after && after->is_up() && can_hold_addresses(dev, family);
}

bool Build::can_hold_addresses(const IfName& dev, Family family) const {
  const Link* after = final_link(dev);
  if (!after || (family == Family::ipv6 && ipv6_ends_.contains(dev))) return false;
  const Link* master = after->master && !after->master->empty() ? final_link(*after->master) : nullptr;
  const Link* before = live_.link(dev);
  bool same_master = before && before->master == after->master;
  return same_master || !master || is_vrf(master);
}

// The VRF that the link is a member of, now or in the end; or none.
IfName Build::vrf_of(const Link* link, bool in_the_end) const {
  if (!link || !link->master || link->master->empty()) return {};
  return is_vrf(in_the_end ? final_link(*link->master) : live_.link(*link->master)) ? *link->master
                                                                                    : IfName{};
}

// Made when first asked for: few plans lose routes of others.
const Connected& Build::connected() {
  if (!connected_) connected_.emplace(desired_, live_, owner_);
  return *connected_;
}

bool Build::can_come_back(const Route& route) {
  if (route.nexthop_id != 0 && !final_nexthop(route.nexthop_id)) return false;
  for (const NextHop& hop : route.hops) {
    if (!can_hold_objects(hop.dev, route.family())) return false;
    // Its gateway is looked up among the connected routes of the link's VRF.
    if (hop.via && vrf_of(live_.link(hop.dev), false) != vrf_of(final_link(hop.dev), true)) return false;
    if (hop.via && !hop.onlink && !connected().reaches(hop.via, hop.dev)) return false;
  }
  if (!route.src) return true;
  // An address counts in the VRF of its link only: for IPv4 in that one's table (fib_valid_prefsrc() in
  // net/ipv4/fib_semantics.c), for IPv6 on links of the same VRF (ipv6_chk_addr() in net/ipv6/addrconf.c).
  auto counts = [&](const IfName& dev) {
    IfName vrf = is_vrf(final_link(dev)) ? dev : vrf_of(final_link(dev), true);
    if (route.family() == Family::ipv6)
      return route.hops.empty() || vrf == vrf_of(final_link(route.hops[0].dev), true);
    const Link* master = final_link(vrf);
    return !master || std::get<Vrf>(master->kind).table == route.table;
  };
  // A link-local address follows the link's MAC address.
  auto has = [&](const Address& address) {
    if (address.address.ip != route.src || !counts(address.dev)) return false;
    return !is_kernels(address) || !macs_.contains(address.dev);
  };
  if (std::none_of(live_.addresses.begin(), live_.addresses.end(), has)) return false;
  if (!source_made_.contains(route.src)) return !source_gone_.contains(route.src);
  // Made again: where it counts as well, not in a VRF that its link has joined meanwhile, or on a link of
  // one.
  auto comes = [&](const Address& address) { return final_link(address.dev) != nullptr && has(address); };
  return std::ranges::any_of(desired_.state.addresses, comes) || std::ranges::any_of(live_.addresses, comes);
}

template <class T>
void Build::warn_lost(const T& live, const std::string& cause) {
  plan_.warnings.push_back({Severity::warning,
                            {},
                            "",
                            fmt::format("{} {} goes with the change of {} and cannot be restored",
                                        state_kind<T>().name, id_of(live), cause),
                            "it is not netcfg's; whoever made it has to make it again"});
}

template <class T>
Graph::Node Build::bring_back(const T& live, const std::string& cause) {
  uint16_t at = rank::kNeighbor;
  if constexpr (std::is_same_v<T, Qdisc>) at = rank::kQdisc;
  if constexpr (std::is_same_v<T, Route>) at = rank::kGatewayedRoute;
  if constexpr (std::is_same_v<T, Address>) at = rank::kAddress;
  if constexpr (std::is_same_v<T, Nexthop>) at = live.is_group() ? rank::kGroup : rank::kNexthop;
  Graph::Node node = step<T>(at, Action::restore, Verdict::create, Why::lost, nullptr, &live);
  step_of(node).cause = cause;
  if constexpr (std::is_same_v<T, Address>) restored_addresses_.emplace_back(&live, node);
  if constexpr (std::is_same_v<T, Route>) restored_routes_.emplace_back(&live, node);
  if constexpr (std::is_same_v<T, Nexthop>) restored_nexthops_.emplace_back(&live, node);
  if constexpr (std::is_same_v<T, Qdisc>) restored_qdiscs_.emplace_back(&live, node);
  if constexpr (std::is_same_v<T, Neighbor>) restored_neighbors_.emplace_back(&live, node);
  return node;
}

// An address that is made anew is deleted while it is there, or goes with its link.
void Build::remove_before(const Address& live, const std::vector<Graph::Node>& events, bool goes_with_link) {
  Graph::Node removal = removal_of(live);
  if (removal == kNone) return;
  if (goes_with_link) {
    step_of(removal).writes = false;
    step_of(removal).why = Why::implied;
    step_of(removal).cause = to_string(live.dev);
  }
  for (Graph::Node event : events)
    if (goes_with_link)
      after(event, removal);
    else
      after(removal, event);
}

// `live` will be gone after any of `events`.
template <class T>
void Build::lose(const T& live, const std::vector<Graph::Node>& events, bool goes_along,
                 const std::string& cause) {
  auto it = node_of_live_.find(&live);
  if (it == node_of_live_.end()) {
    if (is_kernels(live) || is_dynamic(live)) return;
    if (!can_come_back(live)) {
      warn_lost(live, cause);
      return;
    }
    Graph::Node node = bring_back(live, cause);
    for (Graph::Node event : events) after(event, node);
    if constexpr (std::is_same_v<T, Address>) order_object(live, node);
    return;
  }
  auto [verdict, node] = it->second;
  if (verdict != Verdict::remove) {
    // Written again in any case: whether it is still there or not then does not matter.
    step_of(node).op.action = Action::restore;
    for (Graph::Node event : events) after(event, node);
    if constexpr (std::is_same_v<T, Address>) remove_before(live, events, goes_along);
  } else if (goes_along) {
    step_of(node).writes = false;
    step_of(node).why = Why::implied;
    step_of(node).cause = cause;
    for (Graph::Node event : events) after(event, node);
  } else {
    for (Graph::Node event : events) after(node, event);
  }
}

// Whether a link that loses all its IPv4 addresses can have a new one before. Not one that waits for the end
// of a subnet's primary, nor one that leaves another link first, nor one behind such a one in its subnet; and
// none where the link joins a bond or bridge in between.
bool Build::new_one_first(const IfName& dev, const std::vector<std::pair<Prefix, Graph::Node>>& primaries,
                          const std::vector<Graph::Node>& removals) {
  if (is_renamed(dev) || downs_.contains(dev) || joins_bond_or_bridge(dev)) return false;
  auto comes_from_elsewhere = [&](const Difference<Address>& d) {
    return d.verdict == Verdict::create && d.after.dev == dev && source_gone_.contains(d.after.address.ip);
  };
  for (size_t i = 0; i < diffs_.addresses.size(); ++i) {
    const auto& d = diffs_.addresses[i];
    if (d.verdict != Verdict::create || d.after.dev != dev || d.after.address.ip.family != Family::ipv4)
      continue;
    bool waits = std::any_of(primaries.begin(), primaries.end(),
                             [&](const auto& p) { return p.first == d.after.address.network(); });
    bool behind = std::any_of(diffs_.addresses.begin(), diffs_.addresses.end(), [&](const auto& other) {
      return comes_from_elsewhere(other) && other.after.order <= d.after.order &&
             other.after.address.network() == d.after.address.network();
    });
    if (waits || behind) continue;
    for (Graph::Node removal : removals) after(address_nodes_[i], removal);
    return true;
  }
  return false;
}

// Which addresses the plan itself takes away, be it for a moment, and which it makes.
void Build::note_address_ends() {
  for (size_t i = 0; i < diffs_.addresses.size(); ++i) {
    const auto& d = diffs_.addresses[i];
    // Routes with it as their source can come back, on whichever link it is then.
    if (d.verdict == Verdict::create || address_removals_[i] != kNone)
      source_made_[d.after.address.ip] = address_nodes_[i];
    if (!d.before) continue;
    node_of_live_[d.before] = {d.verdict, address_nodes_[i]};
    Graph::Node gone = d.verdict == Verdict::remove ? address_nodes_[i] : address_removals_[i];
    if (gone == kNone) continue;
    source_gone_[d.before->address.ip].push_back(gone);
    removal_of_live_[d.before] = gone;
  }
}

Graph::Node Build::removal_of(const Address& live) const {
  auto it = removal_of_live_.find(&live);
  return it == removal_of_live_.end() ? kNone : it->second;
}

void Build::lose_addresses() {
  note_address_ends();
  if (downs_.empty() && gone_.empty() && source_gone_.empty() && ipv6_ends_.empty()) return;
  const auto& all = live_.addresses;
  for (auto first = all.begin(); first != all.end();) {
    auto last = std::find_if(first, all.end(), [&](const Address& a) { return a.dev != first->dev; });
    std::span on_link(first, last);
    if (auto gone = gone_.find(first->dev); gone != gone_.end()) {
      for (const Address& address : on_link) {
        lose(address, gone->second, true, to_string(address.dev));
        source_gone_[address.address.ip].push_back(gone->second.front());
      }
    } else {
      lose_addresses4(on_link);
      lose_addresses6(on_link);
    }
    first = last;
  }
}

void Build::lose_addresses6(std::span<const Address> on_link) {
  const IfName dev = on_link.front().dev;
  std::vector<Graph::Node> events;
  for (const auto* ends : {&downs_, &ipv6_ends_})
    if (auto it = ends->find(dev); it != ends->end())
      events.insert(events.end(), it->second.begin(), it->second.end());
  if (events.empty()) return;
  for (const Address& address : on_link)
    if (address.address.ip.family == Family::ipv6) lose(address, events, false, to_string(dev));
}

// With the primary address of a subnet go the others. Without any address IPv4 ends on the link, and its
// routes go (fib_disable_ip() in net/ipv4/fib_frontend.c).
void Build::lose_addresses4(std::span<const Address> on_link) {
  const IfName dev = on_link.front().dev;
  std::vector<std::pair<Prefix, Graph::Node>> lost_primaries;
  std::vector<Graph::Node> removals;
  for (const Address& address : on_link) {
    Graph::Node node = removal_of(address);
    if (node == kNone || address.address.ip.family != Family::ipv4) continue;
    removals.push_back(node);
    if (!address.secondary) lost_primaries.emplace_back(address.address.network(), node);
  }
  bool holds_out = removals.empty();
  for (const Address& address : on_link) {
    if (address.address.ip.family != Family::ipv4 || removal_of(address) != kNone) continue;
    auto with = std::find_if(lost_primaries.begin(), lost_primaries.end(),
                             [&](const auto& p) { return p.first == address.address.network(); });
    if (address.secondary && with != lost_primaries.end()) {
      lose(address, {with->second}, false, to_string(dev));
      source_gone_[address.address.ip].push_back(with->second);
    } else {
      holds_out = true;
    }
  }
  if (!holds_out && !new_one_first(dev, lost_primaries, removals)) flushes_[dev] = removals;
}

void Build::lose_routes() {
  for (size_t i = 0; i < diffs_.routes.size(); ++i)
    if (diffs_.routes[i].before)
      node_of_live_[diffs_.routes[i].before] = {diffs_.routes[i].verdict, route_nodes_[i]};
  for (const Route& route : live_.routes) {
    if (route.nexthop_id != 0 && nexthop_ends_.contains(route.nexthop_id)) {
      lose_by_nexthop(route);
      continue;
    }
    std::vector<Graph::Node> events;
    bool all_hops = !route.hops.empty();
    bool with_link = !route.hops.empty();
    bool any_gone = false;
    std::string cause;
    for (const NextHop& hop : route.hops) {
      bool hit = false;
      auto take = [&](const std::map<IfName, std::vector<Graph::Node>>& from) {
        auto it = from.find(hop.dev);
        if (it == from.end()) return;
        events.insert(events.end(), it->second.begin(), it->second.end());
        cause = to_string(hop.dev);
        hit = true;
      };
      take(downs_);
      take(gone_);
      take(route.family() == Family::ipv4 ? flushes_ : ipv6_ends_);
      all_hops = all_hops && hit;
      any_gone = any_gone || gone_.contains(hop.dev);
      with_link = with_link && gone_.contains(hop.dev);
    }
    // A route of several hops only has a dead one while a link is down. When one is deleted, IPv4 loses the
    // route (fib_sync_down_dev()), IPv6 the hop (fib6_ifdown()).
    bool lost = !events.empty() && (all_hops || any_gone);
    if (auto it = source_gone_.find(route.src); route.src && it != source_gone_.end()) {
      events.insert(events.end(), it->second.begin(), it->second.end());
      lost = true;
      with_link = false;
      if (cause.empty()) cause = to_string(route.src);
    }
    if (lost) lose(route, events, with_link, cause);
  }
}

void Build::lose_neighbors() {
  for (size_t i = 0; i < diffs_.neighbors.size(); ++i)
    if (diffs_.neighbors[i].before)
      node_of_live_[diffs_.neighbors[i].before] = {diffs_.neighbors[i].verdict, neighbor_nodes_[i]};
  // A link that goes down drops its entries, permanent ones as well (neigh_ifdown() in net/core/neighbour.c).
  for (const Neighbor& neighbor : live_.neighbors) {
    if (auto gone = gone_.find(neighbor.dev); gone != gone_.end()) {
      lose(neighbor, gone->second, true, to_string(neighbor.dev));
      continue;
    }
    std::vector<Graph::Node> events;
    auto take = [&](const std::map<IfName, std::vector<Graph::Node>>& from) {
      if (auto it = from.find(neighbor.dev); it != from.end())
        events.insert(events.end(), it->second.begin(), it->second.end());
    };
    take(downs_);
    take(macs_);
    take(neighbor.address.family == Family::ipv4 ? flushes_ : ipv6_ends_);
    if (!events.empty()) lose(neighbor, events, false, to_string(neighbor.dev));
  }
}

// A link that is deleted takes its queues along; nothing else does.
void Build::lose_qdiscs() {
  for (size_t i = 0; i < diffs_.qdiscs.size(); ++i)
    if (diffs_.qdiscs[i].before)
      node_of_live_[diffs_.qdiscs[i].before] = {diffs_.qdiscs[i].verdict, qdisc_nodes_[i]};
  for (const Qdisc& qdisc : live_.qdiscs)
    if (auto gone = gone_.find(qdisc.dev); gone != gone_.end())
      lose(qdisc, gone->second, true, to_string(qdisc.dev));
}

// A link that is made anew has the kernel's parameters again.
void Build::lose_sysctls() {
  for (const Sysctl& wanted : desired_.state.sysctls) {
    IfName dev = dev_of(wanted);
    LinkWork* w = dev.empty() ? nullptr : work(dev);
    if (!w || !w->recreate) continue;
    bool planned = std::any_of(diffs_.sysctls.begin(), diffs_.sysctls.end(),
                               [&](const Difference<Sysctl>& d) { return d.after.path == wanted.path; });
    if (planned) continue;
    sysctl_nodes_.push_back(
        step<Sysctl>(rank::kSysctl, Action::restore, Verdict::create, Why::lost, nullptr, keep(wanted)));
    step_of(sysctl_nodes_.back()).cause = to_string(dev);
    diffs_.sysctls.push_back({Verdict::create, Why::lost, nullptr, wanted});
  }
}

// Of build_nexthops.cc.
template void Build::lose(const Nexthop&, const std::vector<Graph::Node>&, bool, const std::string&);
template void Build::lose(const Route&, const std::vector<Graph::Node>&, bool, const std::string&);
template void Build::warn_lost(const Nexthop&, const std::string&);
template Graph::Node Build::bring_back(const Nexthop&, const std::string&);

}  // namespace netcfg
