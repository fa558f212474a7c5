// From a decision to what is written to the kernel. Pure.
//
// The kernel deletes the next hops of an interface that loses its carrier, takes them out of their groups,
// and deletes a group that becomes empty and the routes that use it (nh_netdev_event() in
// net/ipv4/nexthop.c). Nothing of that comes back with the carrier: it is made again here. So are routes to
// the networks themselves, which go with the last address of an interface (fib_disable_ip()).
#pragma once

#include "netcfg/model/desired.h"
#include "netcfg/watch/decide.h"

namespace netcfg::watch {

// What the last kept generation says of uplinks.
struct Ways {
  Uplinks uplinks;
  std::vector<Nexthop> nexthops;  // of uplinks, sorted by id; where one is missing it is made of `uplinks`
  // That use one of them, and those of uplinks' tables to the networks that they are in.
  std::vector<Route> routes;

  bool operator==(const Ways&) const = default;
};
// Nothing where the spec has no uplinks.
std::optional<Ways> ways_of(Desired desired);

inline constexpr uint32_t kFirstNexthop = kUplinkNexthops;
inline constexpr uint32_t kLastNexthop = kUplinkNexthops + kMostUplinks * 4 + 3;

// In this order.
struct Steps {
  std::vector<Nexthop> make;
  // Those that are there. One that goes meanwhile must not come back by that, without its routes.
  std::vector<Nexthop> replace;
  std::vector<Route> restore;
  bool empty() const { return make.empty() && replace.empty() && restore.empty(); }
};

enum class Repair : uint8_t {
  no,    // members of groups that are there
  lost,  // and what is not there, with its routes
  all,   // and all routes, whether or not anything else is missing
};

// `usable`: for each uplink whether its link runs and has the addresses. `live`: sorted by id.
Steps steps_to(const Ways& ways, const std::vector<Group>& wanted, const std::vector<bool>& usable,
               const std::vector<Nexthop>& live, Repair repair);

}  // namespace netcfg::watch
