// Next-hop objects that cannot be for now: Linux keeps none on a link without a carrier, and makes none there
// (nexthop_flush_dev(), rtm_to_nh_config() in net/ipv4/nexthop.c). They are no difference: nobody can make
// them before somebody plugs the cable in.
#pragma once

#include <map>

#include "netcfg/diff/diff.h"

namespace netcfg {

// The links that a link has its carrier from, as it is or will be: its parent, its other end, its members.
std::vector<IfName> carriers_of(const IfName& dev, const State& live, const State& desired);

class Waiting {
 public:
  // `links`: what is to change. A link that it may give a carrier is not waited for.
  Waiting(const State& live, const Desired& desired, const std::vector<Difference<Link>>& links);

  // The link that the object waits for, of a group one of them; null when it does not wait.
  const IfName* link_for(uint32_t id) const;
  bool waits(uint32_t id) const { return link_for(id) != nullptr; }
  // The wanted object as far as it can be: a group without the members that wait.
  Nexthop possible(const Nexthop& wanted) const;

 private:
  std::map<uint32_t, IfName> links_;
};

}  // namespace netcfg
