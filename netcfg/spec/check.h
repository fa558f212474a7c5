// What only several values together show to be wrong: small functions over a Desired, each of which
// names the place and the remedy. They need neither root nor the host.
#pragma once

#include <string>

#include "netcfg/model/desired.h"
#include "netcfg/spec/binder.h"
#include "netcfg/spec/locate.h"
#include "netcfg/spec/report.h"

namespace netcfg {

struct Checker {
  const Desired& desired;
  const State& state;  // sorted
  const Locator& locate;
  Report& report;
  Gaps gaps;
  const NatSpec& nat;
  const std::vector<QosSpec>& qos;

  void error(const Spot& spot, std::string message, std::string hint = {}) const {
    report.error(spot.place, spot.path, std::move(message), std::move(hint));
  }
  void warning(const Spot& spot, std::string message, std::string hint = {}) const {
    report.warning(spot.place, spot.path, std::move(message), std::move(hint));
  }
  // The value of a field in the kind block, of the link itself, of a member's options.
  Spot in_block(const Link& link, std::string_view field) const;
  Spot in_link(const Link& link, std::string_view field) const {
    return locate.value({"interfaces", link.name, field});
  }
  Spot in_port(const Link& master, const Link& member, std::string_view field) const;
  Spot of_member(const Link& master, const Link& member) const;
  Spot of_link(const Link& link) const { return {link.origin, path_with("interfaces", link.name.view())}; }
  Spot of_address(const Address& address, std::string_view field = {}) const;

  // The link of that name, where the spec has it and wants it to exist.
  const Link* present(const IfName& name) const;
  // One of this host that the spec names, if it is one.
  const Address* address(const Ip& ip) const;
};

std::string_view kind_name(const Link& link);  // "interface" for a NIC
// "did you mean 'eth0'? …" for a name that the spec does not declare.
std::string undeclared_hint(const Checker& check, const IfName& name);

void check_references(const Checker& check);
void check_names(const Checker& check);
void check_stacking(const Checker& check);
void check_link_values(const Checker& check);
void check_vlans(const Checker& check);
void check_tunnels(const Checker& check);
void check_bonds(const Checker& check);
void check_bond_monitoring(const Checker& check, const Link& link);
void check_bridges(const Checker& check);
void check_addresses(const Checker& check);
void check_routes(const Checker& check);
void check_nexthops(const Checker& check);
void check_gateways(const Checker& check);
void check_rules(const Checker& check);
void check_neighbors(const Checker& check);
void check_nat(const Checker& check);
void check_qos(const Checker& check);
void check_guard(const Checker& check);
void check_uplinks(const Checker& check);
void check_health(const Checker& check, const Uplinks& uplinks, const Uplink& uplink);

inline void check_all(const Checker& check) {
  for (auto* one :
       {check_references, check_names, check_stacking, check_link_values, check_vlans, check_tunnels,
        check_bonds, check_bridges, check_addresses, check_routes, check_nexthops, check_gateways,
        check_rules, check_neighbors, check_nat, check_qos, check_guard, check_uplinks})
    one(check);
}

}  // namespace netcfg
