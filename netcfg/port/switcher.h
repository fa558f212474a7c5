// What moves traffic from one uplink to another. Implementations: netcfg/kernel (netlink), fakes in tests.
#pragma once

#include <vector>

#include "netcfg/base/result.h"
#include "netcfg/model/nexthop.h"
#include "netcfg/model/route.h"
#include "netcfg/model/types.h"

namespace netcfg {

class Switcher {
 public:
  virtual ~Switcher() = default;
  // The next-hop objects whose ids lie from `first` to `last`, sorted by id.
  virtual Result<std::vector<Nexthop>> nexthops(uint32_t first, uint32_t last) = 0;
  // Makes it; one of its id that has come meanwhile is replaced.
  virtual Result<> make(const Nexthop& nexthop) = 0;
  // Replaces the one with its id: one message, under traffic. An error when there is none any more: it took
  // the routes that used it along.
  virtual Result<> replace(const Nexthop& nexthop) = 0;
  // Makes it unless one of its key is there.
  virtual Result<> restore(const Route& route) = 0;
  // Forgets the connections that carry this mark (conntrack), so that their next packets find another way.
  // A mark or mask of 0 would mean all of them: nothing is done.
  virtual Result<> forget_connections(const Mark& mark) = 0;
};

}  // namespace netcfg
