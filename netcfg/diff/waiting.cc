#include "netcfg/diff/waiting.h"

#include <algorithm>

namespace netcfg {
namespace {

constexpr int kDeepest = 8;  // links stand on each other eight deep at most (MAX_NEST_DEV)

bool changes(const IfName& dev, const State& live, const State& desired,
             const std::vector<Difference<Link>>& links, int depth) {
  auto is_it = [&](const Difference<Link>& d) {
    return d.verdict != Verdict::adopt && (d.before ? d.before->name : d.after.name) == dev;
  };
  if (std::any_of(links.begin(), links.end(), is_it)) return true;
  if (depth == kDeepest) return false;
  std::vector<IfName> from = carriers_of(dev, live, desired);
  return std::any_of(from.begin(), from.end(),
                     [&](const IfName& name) { return changes(name, live, desired, links, depth + 1); });
}

std::vector<NexthopMember> without(std::vector<NexthopMember> members,
                                   const std::map<uint32_t, IfName>& gone) {
  std::erase_if(members, [&](const NexthopMember& member) { return gone.contains(member.id); });
  return members;
}

}  // namespace

std::vector<IfName> carriers_of(const IfName& dev, const State& live, const State& desired) {
  std::vector<IfName> out;
  for (const State* state : {&live, &desired}) {
    const Link* link = state->link(dev);
    if (!link) continue;
    const auto* veth = std::get_if<Veth>(&link->kind);
    IfName below = veth ? veth->peer.value_or(IfName{}) : parent_of(*link);
    if (!below.empty() && !std::holds_alternative<Vxlan>(link->kind)) out.push_back(below);
    bool has_members = std::holds_alternative<Bond>(link->kind) || std::holds_alternative<Bridge>(link->kind);
    if (!has_members) continue;
    for (const State* of : {&live, &desired})
      for (const Link& member : of->links)
        if (member.master == dev) out.push_back(member.name);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Waiting::Waiting(const State& live, const Desired& desired, const std::vector<Difference<Link>>& links) {
  for (const Nexthop& wanted : desired.state.nexthops) {
    if (wanted.dev.empty()) continue;
    const Link* link = live.link(wanted.dev);
    bool lacks = link && link->is_up() && link->carrier == false;
    if (lacks && !changes(wanted.dev, live, desired.state, links, 0)) links_[wanted.id] = wanted.dev;
  }
  if (links_.empty()) return;
  const auto singles = links_;
  for (const Nexthop& wanted : desired.state.nexthops) {
    const auto& members = wanted.any_of.empty() ? wanted.group : wanted.any_of;
    if (wanted.is_group() && without(members, singles).empty())
      links_[wanted.id] = singles.at(members.front().id);
  }
}

const IfName* Waiting::link_for(uint32_t id) const {
  auto it = links_.find(id);
  return it == links_.end() ? nullptr : &it->second;
}

Nexthop Waiting::possible(const Nexthop& wanted) const {
  Nexthop out = wanted;
  if (links_.empty() || !wanted.is_group()) return out;
  out.group = without(wanted.group, links_);
  if (out.group.empty()) out.group = without(wanted.any_of, links_);
  return out;
}

}  // namespace netcfg
