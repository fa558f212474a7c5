#include "netcfg/watch/decide.h"

#include <algorithm>

namespace netcfg::watch {
namespace {

struct Asked {
  const Uplinks& uplinks;
  std::span<const Standing> standings;
  Family family;
  Time now;

  bool works(size_t i) const { return standings[i].up && bool(uplinks.links[i].gateway(family)); }
  uint32_t priority(size_t i) const { return *uplinks.links[i].priority; }
};

std::optional<uint32_t> best_of(const Asked& asked, auto&& counts) {
  std::optional<uint32_t> best;
  for (size_t i = 0; i < asked.uplinks.links.size(); ++i)
    if (asked.works(i) && counts(i)) best = std::min(best.value_or(UINT32_MAX), asked.priority(i));
  return best;
}

std::vector<size_t> working(const Asked& asked, std::optional<uint32_t> priority) {
  std::vector<size_t> out;
  for (size_t i = 0; i < asked.uplinks.links.size(); ++i)
    if (asked.works(i) && (!priority || asked.priority(i) == *priority)) out.push_back(i);
  return out;
}

// The priority whose uplinks are active. A better one than that in use has to be up for a while first.
uint32_t chosen(const Asked& asked, const std::vector<size_t>& before, std::optional<Time>& again) {
  uint32_t best = *best_of(asked, [](size_t) { return true; });
  auto used = best_of(asked, [&](size_t i) { return std::ranges::find(before, i) != before.end(); });
  uint32_t failback = *asked.uplinks.failback;
  if (!used || best >= *used || failback == 0) return used ? std::min(*used, best) : best;
  if (failback == kFailbackNever) return *used;
  auto wait = std::chrono::milliseconds(failback);
  auto ripe = best_of(asked, [&](size_t i) { return asked.now - asked.standings[i].since >= wait; });
  for (size_t i = 0; i < asked.standings.size(); ++i) {
    if (!asked.works(i) || asked.priority(i) >= std::min(*used, ripe.value_or(*used))) continue;
    Time when = asked.standings[i].since + wait;
    again = again ? std::min(*again, when) : when;
  }
  return ripe ? std::min(*ripe, *used) : *used;
}

// None works.
Selection without_any(const Asked& asked, const Selection* before) {
  std::vector<size_t> all;
  for (size_t i = 0; i < asked.uplinks.links.size(); ++i)
    if (asked.uplinks.links[i].gateway(asked.family)) all.push_back(i);
  Selection out{{}, !all.empty()};
  if (*asked.uplinks.on_all_down != AllDown::keep) return out;
  if (before && !before->active.empty()) {
    out.active = before->active;
  } else if (*asked.uplinks.policy == UplinkPolicy::balance) {
    out.active = all;
  } else {
    // Nothing is known to have worked: those that would be active if all did, as the spec was applied.
    uint32_t best = UINT32_MAX;
    for (size_t i : all) best = std::min(best, asked.priority(i));
    for (size_t i : all)
      if (asked.priority(i) == best) out.active.push_back(i);
  }
  return out;
}

Selection choose(const Asked& asked, const Selection* before, std::optional<Time>& again) {
  std::vector<size_t> all = working(asked, std::nullopt);
  if (all.empty()) return without_any(asked, before);
  if (*asked.uplinks.policy == UplinkPolicy::balance) return {std::move(all), false};
  return {working(asked, chosen(asked, before ? before->active : std::vector<size_t>{}, again)), false};
}

uint32_t group_id(const Uplink* uplink, Family family) {
  return uplink ? steer_nexthop(*uplink, family) : policy_nexthop(family);
}

Group group_of(const Uplinks& uplinks, const Uplink* steered, const std::vector<size_t>& members,
               Family family) {
  Group out{group_id(steered, family), {}};
  for (size_t i : members) {
    const Uplink& uplink = uplinks.links[i];
    out.members.push_back({gateway_nexthop(uplink, family), *uplink.weight});
  }
  if (out.members.empty()) out.members.push_back({dead_end_nexthop(family), 1});
  std::ranges::sort(out.members);
  return out;
}

}  // namespace

bool Decision::is_active(size_t uplink) const {
  return std::ranges::find(ipv4.active, uplink) != ipv4.active.end() ||
         std::ranges::find(ipv6.active, uplink) != ipv6.active.end();
}

Decided decide(const Uplinks& uplinks, std::span<const Standing> standings,
               const std::optional<Decision>& before, Time now) {
  Decided out;
  for (Family family : {Family::ipv4, Family::ipv6}) {
    Asked asked{uplinks, standings, family, now};
    Selection& choice = family == Family::ipv6 ? out.decision.ipv6 : out.decision.ipv4;
    choice = choose(asked, before ? &before->of(family) : nullptr, out.again);
  }
  return out;
}

std::vector<Group> groups_of(const Uplinks& uplinks, std::span<const Standing> standings,
                             const Decision& decision) {
  std::vector<Group> out;
  for (Family family : {Family::ipv4, Family::ipv6}) {
    bool used = std::ranges::any_of(uplinks.links, [&](const Uplink& u) { return bool(u.gateway(family)); });
    if (!used) continue;
    const std::vector<size_t>& active = decision.of(family).active;
    out.push_back(group_of(uplinks, nullptr, active, family));
    for (size_t i = 0; i < uplinks.links.size(); ++i) {
      const Uplink& uplink = uplinks.links[i];
      if (!is_steered_to(uplinks, uplink) || !uplink.gateway(family)) continue;
      out.push_back(group_of(uplinks, &uplink, standings[i].up ? std::vector{i} : active, family));
    }
  }
  return out;
}

}  // namespace netcfg::watch
