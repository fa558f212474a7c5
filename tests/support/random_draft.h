// A random spec while it is made.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "netcfg/model/desired.h"
#include "tests/support/random.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {

class Draft {
 public:
  Draft(Rng& rng, const SimHost& host) : rng_(rng), host_(host) {}
  Desired run();

 private:
  // Links (random_links.cc)
  void add_nics();
  void swap_names();
  void add_virtual();
  template <class Kind>
  Link& add(const char* name, Kind kind);
  void add_stacked();
  void choose_masters();
  bool may_join(const Link& link, const Link& master) const;
  void choose_values();
  void set_common(Link& link);
  void set_bond(Link& link, Bond& bond);
  void set_monitoring(Bond& bond, BondMode mode);
  void set_bridge(Bridge& bridge);
  void set_vlan(Link& link, Vlan& vlan);
  void set_port(Link& link);
  void set_bridge_port(BridgePort& port);
  Link* find(const IfName& name);
  IfName random_parent(bool receives);
  bool stood_on(const IfName& name) const;
  std::vector<IfName> members(const IfName& master) const;
  bool is_port(const Link& link) const;        // of a bond or bridge
  uint32_t table_of(const IfName& dev) const;  // a VRF's, or the main table

  // Addresses and what needs them (random_objects.cc)
  void add_addresses();
  void add_addresses_of(Link& link, std::vector<uint32_t>& nets);
  Address address(const IfName& dev, Family family, uint32_t net, uint32_t host);
  void add_peer(const IfName& dev);
  void add_nexthops();
  void add_group(uint32_t id, bool ipv6_only);
  bool route_by_object(Route& route);
  void add_routes();
  bool add_route();
  bool choose_hops(Route& route);
  bool ambiguous(const Address& a) const;
  NextHop hop_on(const Address& via);
  void add_metrics(Route& route);
  void add_rules();
  Rule rule();
  void add_neighbors();
  void add_sysctls();
  void add_qdiscs();
  bool usable(const Address& a) const;  // a gateway can stand in its network

  Rng& rng_;
  const SimHost& host_;
  Desired out_;
  std::set<std::string> altnames_;
  std::map<IfName, IfName> old_names_;  // of NICs, by the name in the spec
};

}  // namespace netcfg::test
