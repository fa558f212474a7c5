#include "netcfg/watch/switching.h"

#include <algorithm>
#include <set>

namespace netcfg::watch {
namespace {

bool of_uplinks(uint32_t id) {
  return id >= kFirstNexthop && id <= kLastNexthop;
}

bool is_near(const Route& route, const Uplinks& uplinks) {
  if (route.nexthop_id != 0 || route.hops.size() != 1 || route.hops[0].via) return false;
  return std::ranges::any_of(uplinks.links, [&](const Uplink& uplink) {
    bool its_table = route.table == kAnySourceTable || route.table == uplink.table;
    return its_table && route.hops[0].dev == uplink.dev;
  });
}

const Nexthop* find(const std::vector<Nexthop>& sorted, uint32_t id) {
  auto at = std::ranges::lower_bound(sorted, id, {}, &Nexthop::id);
  return at != sorted.end() && at->id == id ? &*at : nullptr;
}

Nexthop gateway_of(const Ways& ways, const Uplink& uplink, Family family) {
  Nexthop out;
  out.id = gateway_nexthop(uplink, family);
  if (const Nexthop* told = find(ways.nexthops, out.id)) return *told;
  out.family = family;
  out.via = uplink.gateway(family);
  out.dev = uplink.dev;
  out.onlink = uplink.onlink.value_or(false);
  return out;
}

class Builder {
 public:
  Builder(const Ways& ways, const std::vector<Nexthop>& live, Repair repair)
      : ways_(ways), live_(live), repair_(repair) {
    for (const Nexthop& one : live) there_.insert(one.id);
  }

  void gateways(const std::vector<bool>& usable) {
    if (repair_ == Repair::no) return;
    for (size_t i = 0; i < usable.size(); ++i)
      if (usable[i]) usable_.insert(ways_.uplinks.links[i].dev);
    for (size_t i = 0; i < usable.size(); ++i)
      for (Family family : {Family::ipv4, Family::ipv6}) {
        const Uplink& uplink = ways_.uplinks.links[i];
        if (!usable[i] || !uplink.gateway(family) || there_.contains(gateway_nexthop(uplink, family)))
          continue;
        make(gateway_of(ways_, uplink, family));
      }
  }

  // A member that is not there is left out: it comes in when its link does.
  void group(const Group& wanted) {
    const Nexthop* live = find(live_, wanted.id);
    if (!live && repair_ == Repair::no) return;
    Nexthop next;
    if (const Nexthop* told = find(ways_.nexthops, wanted.id)) next.resilient = told->resilient;
    if (live) next.resilient = live->resilient;
    next.id = wanted.id;
    for (const Member& member : wanted.members)
      if (dead_end(member.id) || there_.contains(member.id)) next.group.push_back({member.id, member.weight});
    if (next.group.empty() || (live && live->group == next.group)) return;
    if (live)
      out_.replace.push_back(std::move(next));
    else
      make(std::move(next));
  }

  Steps finish() {
    for (const Route& route : ways_.routes) {
      bool near = route.nexthop_id == 0;
      if (near ? usable_.contains(route.hops[0].dev)
               : made_.contains(route.nexthop_id) ||
                     (repair_ == Repair::all && there_.contains(route.nexthop_id)))
        out_.restore.push_back(route);
    }
    return std::move(out_);
  }

 private:
  // Whether it is one, and then it is there.
  bool dead_end(uint32_t id) {
    for (Family family : {Family::ipv4, Family::ipv6}) {
      if (id != dead_end_nexthop(family)) continue;
      if (there_.contains(id)) return true;
      Nexthop out;
      out.id = id, out.family = family, out.blackhole = true;
      make(std::move(out));
      return true;
    }
    return false;
  }

  void make(Nexthop nexthop) {
    there_.insert(nexthop.id), made_.insert(nexthop.id);
    out_.make.push_back(std::move(nexthop));
  }

  const Ways& ways_;
  const std::vector<Nexthop>& live_;
  Repair repair_;
  std::set<uint32_t> there_, made_;
  std::set<IfName> usable_;
  Steps out_;
};

}  // namespace

std::optional<Ways> ways_of(Desired desired) {
  if (!desired.uplinks) return std::nullopt;
  Ways out{std::move(*desired.uplinks), {}, {}};
  for (Nexthop& one : desired.state.nexthops)
    if (of_uplinks(one.id)) out.nexthops.push_back(std::move(one));
  for (Route& route : desired.state.routes)
    if (of_uplinks(route.nexthop_id) || is_near(route, out.uplinks)) out.routes.push_back(std::move(route));
  return out;
}

Steps steps_to(const Ways& ways, const std::vector<Group>& wanted, const std::vector<bool>& usable,
               const std::vector<Nexthop>& live, Repair repair) {
  Builder builder(ways, live, repair);
  builder.gateways(usable);
  for (const Group& group : wanted) builder.group(group);
  return builder.finish();
}

}  // namespace netcfg::watch
