// Next-hop objects: their steps, what those have to wait for, and what the kernel deletes with them
// (net/ipv4/nexthop.c).
//  - An object goes with its link, when that goes down and when it loses its carrier (nexthop_flush_dev()).
//    Addresses, and disable_ipv6, do not take it along.
//  - It leaves its groups then, and a group without members goes; with an object go all routes that use it,
//    without a message.
//  - Replaced it keeps what uses it, but it cannot become a group or one of another type
//    (replace_nexthop_grp()), nor of IPv4 where IPv6 uses it, nor a blackhole beside others.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/diff/waiting.h"
#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

constexpr auto kNone = LinkWork::kNone;
constexpr int kDeepest = 8;

bool has_ipv4(const Nexthop& nexthop, const State& in) {
  auto is_ipv4 = [&](const NexthopMember& member) {
    const Nexthop* single = in.nexthop(member.id);
    return single && single->family == Family::ipv4;
  };
  return nexthop.family == Family::ipv4 || std::any_of(nexthop.group.begin(), nexthop.group.end(), is_ipv4);
}

// Whether the kernel cannot make one of the other while it is in use.
bool must_recreate(const Nexthop& before, const State& live, const Nexthop& after, const State& desired) {
  if (before.is_group() != after.is_group() || before.fdb != after.fdb) return true;
  if (before.resilient.has_value() != after.resilient.has_value()) return true;
  if (before.resilient && before.resilient->buckets != after.resilient->buckets) return true;
  if (after.blackhole && !before.blackhole) return true;
  return has_ipv4(after, desired) && !has_ipv4(before, live);
}

bool has_member(const Nexthop& group, uint32_t id) {
  return std::any_of(group.group.begin(), group.group.end(),
                     [&](const NexthopMember& member) { return member.id == id; });
}

// Whether what a member has become can be one.
bool can_hold(const Nexthop& group, const Nexthop* member) {
  return member && !member->is_group() && (!member->blackhole || group.group.size() == 1);
}

void append(std::vector<Graph::Node>& to, const std::map<IfName, std::vector<Graph::Node>>& from,
            const IfName& dev) {
  if (auto it = from.find(dev); it != from.end()) to.insert(to.end(), it->second.begin(), it->second.end());
}

std::string cause_of(uint32_t id) {
  return fmt::format("nexthop {}", id);
}

}  // namespace

void Build::plan_nexthops() {
  size_t n = diffs_.nexthops.size();
  nexthop_nodes_.resize(n, kNone);
  nexthop_removals_.resize(n, kNone);
  for (size_t i = 0; i < n; ++i) {
    const auto& d = diffs_.nexthops[i];
    bool removed = d.verdict == Verdict::remove;
    bool group = removed ? d.before->is_group() : d.after.is_group();
    uint16_t create = group ? rank::kGroup : rank::kNexthop;
    if (d.verdict == Verdict::update && must_recreate(*d.before, live_, d.after, desired_.state)) {
      nexthop_removals_[i] =
          step<Nexthop>(create, Action::remove, Verdict::remove, Why::recreate, d.before, nullptr);
      nexthop_nodes_[i] =
          step<Nexthop>(create, Action::create, Verdict::create, Why::recreate, nullptr, keep(d.after));
      after(nexthop_removals_[i], nexthop_nodes_[i]);
    } else {
      nexthop_nodes_[i] = plan_object(d, create, group ? rank::kRemoveGroup : rank::kRemoveNexthop);
    }
    uint32_t id = removed ? d.before->id : d.after.id;
    nexthop_finals_[id] = removed ? nullptr : &d.after;
    if (!removed) nexthop_ready_[id] = nexthop_nodes_[i];
  }
}

const Nexthop* Build::final_nexthop(uint32_t id) const {
  auto it = nexthop_finals_.find(id);
  return it != nexthop_finals_.end() ? it->second : live_.nexthop(id);
}

void Build::order_nexthop(const Nexthop& nexthop, Graph::Node node) {
  for (const NexthopMember& member : nexthop.group)
    if (auto it = nexthop_ready_.find(member.id); it != nexthop_ready_.end()) after(it->second, node);
  // A blackhole is on lo, and lo has to be up for it (nh_create_ipv4()); but it does not go with lo.
  if (nexthop.blackhole) after(usable("lo"), node);
  if (nexthop.dev.empty()) return;
  order_hop({nexthop.via, nexthop.dev, 1, nexthop.onlink}, nexthop.family, node);
  if (nexthop.via.family == Family::ipv6) gateways6_.push_back({kTableMain, 0, node});
  // It needs the link's carrier, which comes from other links.
  std::vector<IfName> queue{nexthop.dev};
  std::set<IfName> seen{nexthop.dev};
  while (!queue.empty()) {
    std::vector<IfName> from = carriers_of(queue.back(), live_, desired_.state);
    queue.pop_back();
    for (const IfName& name : from) {
      if (!seen.insert(name).second) continue;
      after(usable(name), node);
      queue.push_back(name);
    }
  }
}

void Build::order_nexthops() {
  for (size_t i = 0; i < diffs_.nexthops.size(); ++i)
    if (diffs_.nexthops[i].verdict != Verdict::remove)
      order_nexthop(diffs_.nexthops[i].after, nexthop_nodes_[i]);
  for (const auto& [nexthop, node] : restored_nexthops_) order_nexthop(*nexthop, node);
  order_nexthop_removals();
}

// What is to use something else does so before the object goes.
void Build::order_nexthop_removals() {
  std::map<uint32_t, Graph::Node> removals;
  for (size_t i = 0; i < diffs_.nexthops.size(); ++i)
    if (diffs_.nexthops[i].verdict == Verdict::remove)
      removals[diffs_.nexthops[i].before->id] = nexthop_nodes_[i];
  if (removals.empty()) return;
  for (size_t i = 0; i < diffs_.nexthops.size(); ++i) {
    const auto& d = diffs_.nexthops[i];
    if (!d.before) continue;
    // One that is lost meanwhile, and comes back, does not have to hurry.
    if (step_of(nexthop_nodes_[i]).op.action == Action::restore || nexthop_removals_[i] != kNone) continue;
    for (const NexthopMember& member : d.before->group)
      if (auto it = removals.find(member.id); it != removals.end()) after(nexthop_nodes_[i], it->second);
  }
  for (size_t i = 0; i < diffs_.routes.size(); ++i) {
    const auto& d = diffs_.routes[i];
    if (!d.before || step_of(route_nodes_[i]).op.action != Action::update) continue;
    if (auto it = removals.find(d.before->nexthop_id); it != removals.end())
      after(route_nodes_[i], it->second);
  }
}

// The moments at which a link may lose its carrier, because of the links that it has it from.
std::vector<Graph::Node> Build::carrier_events(const IfName& dev, int depth) {
  std::vector<Graph::Node> out;
  for (const LinkWork* member : movers(dev))
    for (Graph::Node node : {member->away, member->removed})
      if (node != kNone) out.push_back(node);
  if (depth == kDeepest) return out;
  for (const IfName& name : carriers_of(dev, live_, desired_.state)) {
    append(out, downs_, name);
    append(out, gone_, name);
    if (live_.link(dev) && std::holds_alternative<Veth>(live_.link(dev)->kind)) continue;
    std::vector<Graph::Node> below = carrier_events(name, depth + 1);
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

void Build::lose_nexthops() {
  for (size_t i = 0; i < diffs_.nexthops.size(); ++i) {
    const auto& d = diffs_.nexthops[i];
    if (!d.before) continue;
    node_of_live_[d.before] = {d.verdict, nexthop_nodes_[i]};
    Graph::Node gone = d.verdict == Verdict::remove ? nexthop_nodes_[i] : nexthop_removals_[i];
    if (gone != kNone) nexthop_ends_[d.before->id] = {{gone}, true};
  }
  for (const Nexthop& nexthop : live_.nexthops) {
    if (nexthop.dev.empty()) continue;
    std::vector<Graph::Node> events = carrier_events(nexthop.dev);
    append(events, downs_, nexthop.dev);
    append(events, gone_, nexthop.dev);
    if (events.empty()) continue;
    if (!node_of_live_.contains(&nexthop) && !can_come_back(nexthop)) nexthop_finals_[nexthop.id] = nullptr;
    lose(nexthop, events, gone_.contains(nexthop.dev), to_string(nexthop.dev));
    End& end = nexthop_ends_[nexthop.id];
    // One that is made anew is deleted while it is there.
    if (end.sure && final_nexthop(nexthop.id))
      for (Graph::Node event : events) after(end.nodes.front(), event);
    end.nodes.insert(end.nodes.end(), events.begin(), events.end());
  }
  for (const auto& [nexthop, node] : restored_nexthops_) nexthop_ready_[nexthop->id] = node;
  if (nexthop_ends_.empty()) return;
  for (const Nexthop& nexthop : live_.nexthops)
    if (nexthop.is_group()) lose_group(nexthop);
}

void Build::lose_group(const Nexthop& group) {
  auto it = node_of_live_.find(&group);
  Graph::Node node = it == node_of_live_.end() ? kNone : it->second.second;
  const Nexthop* final = final_nexthop(group.id);
  std::vector<Graph::Node> events;
  size_t ended = 0;
  bool returns = false, touched = false;
  for (const NexthopMember& member : group.group) {
    auto end = nexthop_ends_.find(member.id);
    if (end == nexthop_ends_.end()) continue;
    ++ended;
    // A group that is to be written without a member is so before that goes. Not where links have to go
    // down in between: what the group is to have instead may wait for those.
    bool stays = final_nexthop(member.id) != nullptr;
    bool dropped = node != kNone && final && !has_member(*final, member.id) && !stays && end->second.freely();
    touched = touched || !dropped;
    returns = returns || can_hold(group, final_nexthop(member.id));
    events.insert(events.end(), end->second.nodes.begin(), end->second.nodes.end());
  }
  if (!touched) return;
  bool all = ended == group.group.size();
  auto mine = nexthop_ends_.find(group.id);
  if (mine != nexthop_ends_.end()) {  // deleted by the plan, while it is there
    for (Graph::Node event : events) after(mine->second.nodes.front(), event);
    mine->second.nodes.insert(mine->second.nodes.end(), events.begin(), events.end());
    if (final) step_of(node).op.action = Action::restore;
    return;
  }
  if (node != kNone) {
    step_of(node).op.action = Action::restore;
    for (Graph::Node event : events) after(event, node);
  } else if (returns) {
    bring_back_group(group, events);
  } else if (all) {
    nexthop_finals_[group.id] = nullptr;
    warn_lost(group, cause_of(group.group.front().id));
  }
  if (all) nexthop_ends_[group.id] = {std::move(events), false};
}

// With those of its members that will be there.
void Build::bring_back_group(const Nexthop& group, const std::vector<Graph::Node>& events) {
  Nexthop value = group;
  std::erase_if(value.group,
                [&](const NexthopMember& member) { return !can_hold(group, final_nexthop(member.id)); });
  const Nexthop* back = value == group ? &group : keep(std::move(value));
  Graph::Node node = bring_back(*back, cause_of(group.group.front().id));
  for (Graph::Node event : events) after(event, node);
  nexthop_ready_[group.id] = node;
}

void Build::lose_by_nexthop(const Route& route) {
  const End& end = nexthop_ends_.at(route.nexthop_id);
  std::vector<Graph::Node> events = end.nodes;
  // Whoever changes to another object does so before this one goes for good, if it can.
  auto it = node_of_live_.find(&route);
  bool leaves = it != node_of_live_.end() && it->second.first != Verdict::remove;
  if (leaves && end.freely() && !final_nexthop(route.nexthop_id)) events.clear();
  bool source = false;
  if (auto gone = source_gone_.find(route.src); route.src && gone != source_gone_.end()) {
    events.insert(events.end(), gone->second.begin(), gone->second.end());
    source = true;
  }
  if (!events.empty()) lose(route, events, end.sure && !source, cause_of(route.nexthop_id));
}

bool Build::can_come_back(const Nexthop& nexthop) {
  if (!can_hold_objects(nexthop.dev, nexthop.family)) return false;
  if (!nexthop.via) return true;
  if (vrf_of(live_.link(nexthop.dev), false) != vrf_of(final_link(nexthop.dev), true)) return false;
  return nexthop.onlink || connected().reaches(nexthop.via, nexthop.dev);
}

void Build::warn_waiting() {
  for (const auto& [nexthop, link] : diffs_.waiting)
    plan_.warnings.push_back(
        {Severity::warning, nexthop->origin, "",
         fmt::format("nexthop {} waits for the carrier of {}", id_of(*nexthop), link.view()),
         "Linux keeps no next-hop objects on a link without a carrier; apply again when it has one"});
}

}  // namespace netcfg
