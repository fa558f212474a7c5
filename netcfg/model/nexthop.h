// Next-hop objects (Linux 5.3 and later): what routes name by a number instead of having next hops of their
// own. Replacing an object moves every route that uses it, by one message.
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/address.h"

namespace netcfg {

struct NexthopMember {
  uint32_t id = 0;
  uint16_t weight = 1;  // 1 to 256
  auto operator<=>(const NexthopMember&) const = default;
};

// A group that keeps flows where they are when its members change (Linux 5.13 and later). All are set in a
// State: the kernel replaces a group as a whole.
struct Resilient {
  std::optional<uint16_t> buckets;
  std::optional<uint32_t> idle_timer, unbalanced_timer;
  bool operator==(const Resilient&) const = default;
};

// In USER_HZ, as NHA_RES_GROUP_* are.
inline constexpr Field kResilientFields[] = {
    integer<&Resilient::buckets>("buckets", "how many parts the flows are dealt to", {1, 65535})
        .as(Mutability::recreate)
        .needed(),
    duration<&Resilient::idle_timer>("idle-timer", "a bucket that was idle that long may move", kCentisecond,
                                     {0, kU32}, "2m"),
    duration<&Resilient::unbalanced_timer>("unbalanced-timer",
                                           "buckets move, idle or not, when unbalanced that long; 0: never",
                                           kCentisecond, {0, kU32}, "0s"),
};

// One of: a gateway or a link, a blackhole, a group.
struct Nexthop {
  uint32_t id = 0;
  Family family = Family::none;  // of the gateway, link or blackhole; none for a group
  Ip via;                        // none: on the link itself
  IfName dev;
  bool onlink = false;
  bool blackhole = false;
  bool fdb = false;                  // live: of a VXLAN, not for routes; no spec asks for it
  std::vector<NexthopMember> group;  // sorted by id
  std::optional<Resilient> resilient;
  // What the group may consist of: other programs choose among these, and a live group of some of them is as
  // wanted while what was applied last is what is wanted now. Empty: exactly `group`. Not in ==.
  std::vector<NexthopMember> any_of;
  uint8_t protocol = kOwnProtocol;  // nh_protocol; does not count in ==
  Place origin;

  bool is_group() const { return !group.empty(); }
  auto key() const { return std::tie(id); }
  bool operator==(const Nexthop& o) const {
    return id == o.id && family == o.family && via == o.via && dev == o.dev && onlink == o.onlink &&
           blackhole == o.blackhole && fdb == o.fdb && group == o.group && resilient == o.resilient;
  }
};

}  // namespace netcfg
