// The rules, routes and addresses of a State in the form in which the kernel looks them up. What the kernel
// keeps beside the routes that it lists as a user's - its local tables, made of addresses - is made here.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "netcfg/fib/flow.h"

namespace netcfg {

class Tables {
 public:
  // `state` has to live longer, and to be sorted. Links without a state count as up.
  explicit Tables(const State& state);

  const State& state() const { return state_; }

  // The routes of the table that lead to `to`, the kernel's preferred first: the longest prefix, the highest
  // TOS, the least metric, the oldest.
  std::vector<const Route*> candidates(Family family, uint32_t table, const Ip& to) const;
  // IPv4's `local` and `main` as one.
  std::vector<const Route*> merged_candidates(const Ip& to) const;
  // The rules of the family by priority, those of one priority in the kernel's order.
  const std::vector<const Rule*>& rules(Family family) const;
  // A namespace that never had other rules than the first three looks into `local` and `main` as if they were
  // one table (fib_trie_unmerge() in net/ipv4/fib_trie.c).
  bool has_custom_rules(Family family) const;

  const Link* link(const IfName& name) const { return state_.link(name); }
  bool is_up(const IfName& name) const;
  // The VRF that the link is a member of, or is itself; null for none (l3mdev_master_ifindex()).
  const Link* vrf_of(const IfName& name) const;
  // Of all addresses of a link, in the kernel's order.
  std::vector<const Address*> addresses_of(const IfName& dev) const;
  // The link that has this own address, whichever its VRF; empty for none (__ip_dev_find()).
  IfName owner_of(const Ip& address) const;
  // The links in the order of their making.
  const std::vector<const Link*>& links() const { return links_; }
  // A number below /proc/sys, or `otherwise` where it is not known.
  int64_t sysctl(const std::string& path, int64_t otherwise) const;

 private:
  Route with_hops(const Route& route) const;
  void add_local_routes(const Address& address);
  void add_link_routes(const Link& link);
  Ip primary_of(const Address& address) const;
  uint32_t local_table(const IfName& dev) const;

  const State& state_;
  std::vector<Route> made_;       // the kernel's own
  std::vector<Route> by_object_;  // those that use next-hop objects, with these ones' ways
  std::map<std::pair<Family, uint32_t>, std::vector<const Route*>> tables_;
  std::vector<const Rule*> rules4_, rules6_;
  std::vector<const Link*> links_;
};

}  // namespace netcfg
