// Which uplinks carry traffic, as a function of which of them work. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "netcfg/watch/health.h"

namespace netcfg::watch {

struct Standing {
  bool up = true;
  Time since;  // when that began
};

// For one family: places in Uplinks::links, in their order.
struct Selection {
  std::vector<size_t> active;
  bool all_down = false;  // `active` is the last that worked, or nobody
  bool operator==(const Selection&) const = default;
};

struct Decision {
  Selection ipv4, ipv6;
  const Selection& of(Family family) const { return family == Family::ipv6 ? ipv6 : ipv4; }
  bool is_active(size_t uplink) const;
  bool operator==(const Decision&) const = default;
};

struct Decided {
  Decision decision;
  std::optional<Time> again;  // when a better uplink has been up for long enough
};

// `standings`: one for each uplink. `before`: the last decision, or none.
Decided decide(const Uplinks& uplinks, std::span<const Standing> standings,
               const std::optional<Decision>& before, Time now);

struct Member {
  uint32_t id = 0;  // of the next hop
  uint16_t weight = 1;
  auto operator<=>(const Member&) const = default;
};

// A next-hop group and who is in it: sorted by id.
struct Group {
  uint32_t id = 0;
  std::vector<Member> members;
  bool operator==(const Group&) const = default;
};

// The groups that a decision comes to: the policy's, and of each uplink that traffic is steered to.
std::vector<Group> groups_of(const Uplinks& uplinks, std::span<const Standing> standings,
                             const Decision& decision);

}  // namespace netcfg::watch
