// Members of bonds, bridges and VRFs.
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"

namespace netcfg::test {

std::vector<IfName> SimHost::members(const IfName& master) const {
  std::vector<IfName> out;
  for (const SimLink& link : *links_)
    if (link.link.master == master) out.push_back(link.link.name);
  return out;
}

bool SimHost::has_members(const IfName& master) const {
  return std::any_of(links_->begin(), links_->end(),
                     [&](const SimLink& link) { return link.link.master == master; });
}

// Whether `upper` stands on `lower`, as a master or by its parent, over any number of steps.
bool SimHost::above(const IfName& upper, const IfName& lower) const {
  const SimLink* link = find(upper);
  if (!link) return false;
  IfName parent = parent_of(link->link);
  if (!parent.empty() && (parent == lower || above(parent, lower))) return true;
  for (const IfName& member : members(upper))
    if (member == lower || above(member, lower)) return true;
  return false;
}

// Whether an ipvlan, or else a macvlan, receives the frames of a link.
bool SimHost::takes_frames(const IfName& name, bool ipvlan) const {
  return std::any_of(links_->begin(), links_->end(), [&](const SimLink& link) {
    const LinkKind& kind = link.link.kind;
    bool fits = ipvlan ? std::holds_alternative<Ipvlan>(kind)
                       : std::holds_alternative<Macvlan>(kind) || std::holds_alternative<Macvtap>(kind);
    return fits && parent_of(link.link) == name;
  });
}

// l3mdev_fib_table(): a member's VRF, or the VRF itself.
uint32_t SimHost::vrf_table(const IfName& dev) const {
  const SimLink* link = find(dev);
  if (!link) return 0;
  if (const auto* vrf = std::get_if<Vrf>(&link->link.kind)) return *vrf->table;
  if (link->link.master->empty()) return 0;
  const auto* vrf = std::get_if<Vrf>(&find(*link->link.master)->link.kind);
  return vrf ? *vrf->table : 0;
}

Answer SimHost::set_master(const IfName& name, const IfName& master) {
  const SimLink* link = find(name);
  if (link->link.master == master) return {};
  const SimLink* upper = nullptr;
  if (!master.empty()) {
    upper = find(master);
    if (!upper) return {ENODEV, ""};
  }
  // A refusal below leaves the link without a master: do_set_master() takes it out of the old one first.
  if (!link->link.master->empty()) leave(name);
  if (!upper) return {};
  if (Answer a = check_join(*find(name), *find(master)); a.refused()) return a;
  join(name, master);
  return {};
}

Answer SimHost::check_join(const SimLink& link, const SimLink& master) const {
  bool loopback = link.link.name == IfName("lo");
  if (std::holds_alternative<Bond>(master.link.kind)) return check_join_bond(link, master);
  bool loop = link.link.index == master.link.index || above(link.link.name, master.link.name);
  if (std::holds_alternative<Bridge>(master.link.kind)) {
    if (loopback) return {EINVAL, ""};
    if (std::holds_alternative<Bridge>(link.link.kind))
      return {ELOOP, "Can not enslave a bridge to a bridge"};
    if (std::holds_alternative<Vrf>(link.link.kind) || std::holds_alternative<Ipvlan>(link.link.kind))
      return {EINVAL, ""};  // IFF_NO_RX_HANDLER
    if (takes_frames(link.link.name, false) || takes_frames(link.link.name, true)) return {EBUSY, ""};
    return {loop ? EBUSY : 0, ""};
  }
  if (!std::holds_alternative<Vrf>(master.link.kind)) return {EOPNOTSUPP, ""};
  if (loopback) return {EOPNOTSUPP, "Can not enslave loopback device to a VRF"};
  if (std::holds_alternative<Vrf>(link.link.kind))
    return {EINVAL, "Can not enslave an L3 master device to a VRF"};
  return {loop ? EBUSY : 0, ""};
}

// bond_enslave()
Answer SimHost::check_join_bond(const SimLink& link, const SimLink& bond) const {
  if (std::holds_alternative<Vrf>(link.link.kind) || link.link.index == bond.link.index)
    return {EPERM, "Device type (master device) cannot be enslaved"};
  if (link.link.is_up()) return {EPERM, "Device can not be enslaved while up"};
  if (link.link.name == IfName("lo")) return {EINVAL, ""};
  if (takes_frames(link.link.name, false) || takes_frames(link.link.name, true))
    return {EBUSY, "Device is in use and cannot be enslaved"};
  if (above(link.link.name, bond.link.name)) return {EBUSY, ""};
  return {};
}

void SimHost::join(const IfName& name, const IfName& master) {
  const SimLink* upper = find(master);
  if (std::holds_alternative<Bond>(upper->link.kind)) return join_bond(name, master);
  SimLink& link = edit(name);
  link.link.master = master;
  if (const auto* bridge = std::get_if<Bridge>(&upper->link.kind)) {
    link.link.port = fresh_bridge_port(*bridge, link.link);
    adjust_bridge(master);
    return;
  }
  cycle(name);
}

void SimHost::leave(const IfName& name) {
  SimLink& link = edit(name);
  IfName master = *link.link.master;
  LinkKind& kind = edit(master).link.kind;
  if (std::holds_alternative<Bond>(kind)) return leave_bond(name, master);
  link.link.master = IfName();
  link.link.port = {};
  if (std::holds_alternative<Vrf>(kind)) return cycle(name);
  for (SimLink& other : links_.edit())
    if (auto* port = std::get_if<BridgePort>(&other.link.port); port && port->backup_port == name)
      port->backup_port = IfName();
  adjust_bridge(master);
}

// cycle_netdev() in drivers/net/vrf.c: down and up again. Besides, a change of VRF drops the IPv6 addresses
// and all routes of a link that is down (NETDEV_CHANGEUPPER in addrconf.c and fib_frontend.c).
void SimHost::cycle(const IfName& name) {
  bool up = find(name)->link.is_up();
  set_down(name);
  disable4(name, false, true);
  disable6(name, false);
  if (up) static_cast<void>(set_up(name));
}

// The MAC is the least of its ports' unless the user set one, and zero without ports; the MTU likewise,
// and 1500 without ports.
void SimHost::adjust_bridge(const IfName& bridge) {
  const SimLink& link = *find(bridge);
  Mac mac;
  uint32_t mtu = 0;
  for (const SimLink& port : *links_) {
    if (port.link.master != bridge) continue;
    if (mac == Mac{} || *port.link.mac < mac) mac = *port.link.mac;
    if (mtu == 0 || *port.link.mtu < mtu) mtu = *port.link.mtu;
  }
  if (mtu == 0) mtu = 1500;
  if (!link.mac_set && link.link.mac != mac) {
    edit(bridge).link.mac = mac;
    mac_changed(bridge);
  }
  if (!find(bridge)->mtu_set && find(bridge)->link.mtu != mtu) {
    edit(bridge).link.mtu = mtu;
    mtu_changed(bridge);
  }
}

void SimHost::join_bond(const IfName& name, const IfName& bond) {
  bool first = !has_members(bond);
  SimLink& master = edit(bond);
  if (first && !master.mac_set && master.link.mac != find(name)->link.mac) {
    master.link.mac = find(name)->link.mac;
    mac_changed(bond);
  }
  SimLink& link = edit(name);
  link.own_mac = *link.link.mac;
  link.own_mtu = *link.link.mtu;
  link.link.master = bond;
  BondPort port;
  for (const Field& field : kBondPortFields) reset(field, &port);
  link.link.port = port;
  if (link.link.mtu != find(bond)->link.mtu) {
    link.link.mtu = find(bond)->link.mtu;
    mtu_changed(name);
  }
  const Bond& options = std::get<Bond>(find(bond)->link.kind);
  // Where it gets its own back at once (bond_alb_init_slave()), and where it had the same, its neighbours go
  // too.
  if (shares_mac(options)) link.link.mac = find(bond)->link.mac;
  bool keeps = options.mode == BondMode::active_backup && options.fail_over_mac.value_or(0) != 0;
  if (!keeps) mac_changed(name);
  static_cast<void>(set_up(name));
  choose_active(bond);
}

// __bond_release_one(): down, with its own MAC and MTU again. A bond that lost its last member takes a
// random MAC, even where the user had set one (eth_hw_addr_random()).
void SimHost::leave_bond(const IfName& name, const IfName& bond) {
  set_down(name);
  SimLink& link = edit(name);
  link.link.master = IfName();
  link.link.port = {};
  if (link.link.mac != link.own_mac) {
    link.link.mac = link.own_mac;
    mac_changed(name);
  }
  if (link.link.mtu != link.own_mtu) {
    link.link.mtu = link.own_mtu;
    mtu_changed(name);
  }
  if (!has_members(bond)) {
    SimLink& master = edit(bond);
    master.link.mac = random_mac();
    master.mac_set = false;
    mac_changed(bond);
  }
  choose_active(bond);
}

// Of a link that has just joined all that is set is written.
Answer SimHost::write_port(const IfName& name, bool joined, const PortKind& before, const PortKind& after) {
  if (after.index() == 0 || (!joined && before == after)) return {};
  if (find(name)->link.port.index() != after.index()) return {EINVAL, ""};
  bool fresh = joined || before.index() != after.index();
  if (const auto* port = std::get_if<BondPort>(&after))
    return set_bond_port(name, fresh ? BondPort{0, 0} : std::get<BondPort>(before), *port);
  return set_bridge_port(name, fresh ? BridgePort{} : std::get<BridgePort>(before),
                         std::get<BridgePort>(after));
}

}  // namespace netcfg::test
