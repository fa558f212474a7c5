// Changes to a link that is there.
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"
#include "tests/support/sim_sysctls.h"

namespace netcfg::test {
namespace {

template <class T>
bool changed(const std::optional<T>& before, const std::optional<T>& after) {
  return after && before != after;
}

struct MtuRange {
  uint32_t min, max;  // max 0: none
};
MtuRange mtu_range(const Link& link) {
  if (std::holds_alternative<Vrf>(link.kind)) return {kIpv6MinMtu, 65575};
  if (std::holds_alternative<Dummy>(link.kind) || link.name == IfName("lo")) return {0, 0};
  return {std::holds_alternative<Vlan>(link.kind) ? 0U : 68U, 65535};
}

}  // namespace

// In the order in which the netlink adapter sends its requests.
Answer SimHost::update(const Link& before, const Link& after) {
  if (!find(before.name)) return {ENODEV, ""};
  bool moves = changed(before.master, after.master);
  bool enslaved = moves && !after.master->empty() && std::holds_alternative<BondPort>(after.port);
  if ((changed(before.state, after.state) && !after.is_up()) || (enslaved && before.is_up()))
    set_down(before.name);
  if (moves)
    if (Answer a = set_master(before.name, *after.master); a.refused()) return a;
  if (after.altnames && before.altnames) drop_altnames(before.name, *after.altnames);
  if (after.name != before.name)
    if (Answer a = rename(before.name, after.name); a.refused()) return a;
  return set_fields(before, after, moves);
}

// What is left when name and master are settled. Going up comes late: much can be changed only before it.
Answer SimHost::set_fields(const Link& before, const Link& after, bool moves) {
  const IfName& name = after.name;
  if (before.kind.index() != after.kind.index())
    return {EOPNOTSUPP, "a link cannot become one of another kind"};
  if (Answer a = set_kind(name, before.kind, after.kind); a.refused()) return a;
  if (Answer a = set_common(name, before, after); a.refused()) return a;
  if (Answer a = write_port(name, moves, before.port, after.port); a.refused()) return a;
  if (after.altnames)
    if (Answer a = add_altnames(name, *after.altnames); a.refused()) return a;
  if (changed(before.token, after.token))
    if (Answer a = set_token(edit(name), *after.token); a.refused()) return a;
  // A member that a bond releases is down.
  if (after.is_up() && (moves || !before.is_up()))
    if (Answer a = set_up(name); a.refused()) return a;
  const auto* bond = std::get_if<Bond>(&after.kind);
  if (bond && changed(std::get<Bond>(before.kind).active_slave, bond->active_slave))
    return set_active_member(edit(name), *bond->active_slave);
  return {};
}

Answer SimHost::rename(const IfName& from, const IfName& to) {
  if (find(from)->link.is_up()) return {EBUSY, ""};  // until 6.2
  if (!IfName::problem(to.view()).empty()) return {EINVAL, ""};
  if (name_taken(to.view())) return {EEXIST, ""};
  auto& links = links_.edit();
  edit(from).link.name = to;
  std::sort(links.begin(), links.end(),
            [](const SimLink& a, const SimLink& b) { return a.link.name < b.link.name; });
  for (SimLink& link : links) rename_in(link, from, to);
  for (SimRoute& route : routes_.edit())
    for (NextHop& hop : route.route.hops)
      if (hop.dev == from) hop.dev = to;
  for (Nexthop& nexthop : nexthops_.edit())
    if (nexthop.dev == from) nexthop.dev = to;
  for (Neighbor& neighbor : neighbors_.edit())
    if (neighbor.dev == from) neighbor.dev = to;
  for (Qdisc& qdisc : qdiscs_.edit())
    if (qdisc.dev == from) qdisc.dev = to;
  for (SimSysctl& sysctl : sysctls_.edit())
    if (sysctl.dev == from) sysctl.dev = to;
  rename_labels(from, to);
  return {};
}

void SimHost::rename_in(SimLink& link, const IfName& from, const IfName& to) {
  if (link.link.master == from) link.link.master = to;
  auto swap = [&](auto& name) {
    if (name == from) name = to;
  };
  std::visit(
      [&](auto& kind) {
        if constexpr (requires { kind.parent; }) swap(kind.parent);
        if constexpr (requires { kind.peer; }) swap(kind.peer);
        if constexpr (requires { kind.active_slave; }) {
          swap(kind.active_slave);
          // bond_slave_netdev_event(): the primary is remembered by name, and whoever gets it is it.
          if (kind.primary == from) kind.primary = IfName();
          if (link.primary == to && find(to)->link.master == link.link.name) kind.primary = to;
        }
      },
      link.link.kind);
  if (auto* port = std::get_if<BridgePort>(&link.link.port)) swap(port->backup_port);
}

// inetdev_changename(): the first address's label becomes the new name. The others keep what follows the
// colon; those without a colon get one, with their place in the list.
void SimHost::rename_labels(const IfName& from, const IfName& to) {
  int place = 0;
  for (Address& address : addresses_.edit()) {
    if (address.dev != from) continue;
    address.dev = to;
    if (address.address.ip.family != Family::ipv4) continue;
    std::string label(to.view());
    if (++place > 1) {
      size_t colon = address.label->find(':');
      std::string tail =
          colon == std::string::npos ? ":" + std::to_string(place) : address.label->substr(colon);
      label = label.substr(0, std::min(label.size(), 15 - std::min<size_t>(tail.size(), 15))) + tail;
    }
    address.label = label;
  }
}

Answer SimHost::set_common(const IfName& name, const Link& before, const Link& after) {
  if (changed(before.mac, after.mac))
    if (Answer a = set_mac(name, *after.mac); a.refused()) return a;
  if (changed(before.mtu, after.mtu))
    if (Answer a = set_mtu(name, *after.mtu); a.refused()) return a;
  Link& link = edit(name).link;
  if (changed(before.group, after.group)) link.group = after.group;
  if (changed(before.description, after.description)) link.description = after.description;
  if (changed(before.txqueuelen, after.txqueuelen)) link.txqueuelen = after.txqueuelen;
  if (changed(before.multicast, after.multicast)) link.multicast = after.multicast;
  if (changed(before.allmulticast, after.allmulticast)) link.allmulticast = after.allmulticast;
  if (changed(before.arp, after.arp)) {
    link.arp = after.arp;
    drop_neighbors(name, Family::ipv4, false);
    drop_neighbors(name, Family::ipv6, false);
  }
  return {};
}

// ipvlan_open(), ipvlan_set_port_mode(): only in mode l2 an ipvlan asks for neighbours. A new one in another
// mode learns that when it goes up.
void SimHost::follow_mode(Link& ipvlan) {
  bool arp = std::get<Ipvlan>(ipvlan.kind).mode == uint16_t{0};
  if (ipvlan.arp == arp) return;
  ipvlan.arp = arp;
  if (!ipvlan.is_up()) return;
  drop_neighbors(ipvlan.name, Family::ipv4, false);
  drop_neighbors(ipvlan.name, Family::ipv6, false);
}

Answer SimHost::set_mac(const IfName& name, const Mac& mac) {
  if (std::holds_alternative<Ipvlan>(find(name)->link.kind)) return {EOPNOTSUPP, ""};
  if ((mac.bytes[0] & 1) || mac == Mac{}) return {EADDRNOTAVAIL, ""};
  // In passthru mode it is the parent's address that changes, and the link's follows.
  if (const Link& link = find(name)->link; is_passthru(link) && find(parent_of(link))->link.mac != mac)
    return set_mac(parent_of(link), mac);
  SimLink& link = edit(name);
  link.mac_set = true;
  if (link.link.mac == mac) return {};
  link.link.mac = mac;
  mac_changed(name);
  if (!std::holds_alternative<Bond>(link.link.kind)) return {};
  for (const IfName& member : members(name)) {
    if (!shares_mac(std::get<Bond>(find(name)->link.kind))) break;
    edit(member).link.mac = mac;
    mac_changed(member);
  }
  return {};
}

// NETDEV_CHANGEADDR: neighbours go, permanent ones too, and those on top that never had an address of their
// own follow.
void SimHost::mac_changed(const IfName& name) {
  drop_neighbors(name, Family::ipv4, false);
  drop_neighbors(name, Family::ipv6, false);
  Mac mac = *find(name)->link.mac;
  std::vector<IfName> follow;
  for (const SimLink& link : *links_) {
    bool inherits = std::holds_alternative<Vlan>(link.link.kind)
                        ? !link.mac_set && link.link.is_up()  // else when it goes up
                        : std::holds_alternative<Ipvlan>(link.link.kind) || is_passthru(link.link);
    if (inherits && parent_of(link.link) == name && link.link.mac != mac) follow.push_back(link.link.name);
  }
  for (const IfName& child : follow) {
    edit(child).link.mac = mac;
    mac_changed(child);
  }
  IfName master = *find(name)->link.master;
  if (!master.empty() && std::holds_alternative<Bridge>(find(master)->link.kind)) adjust_bridge(master);
}

Answer SimHost::check_mtu(const SimLink& link, uint32_t mtu) const {
  MtuRange range = mtu_range(link.link);
  if (mtu < range.min) return {EINVAL, "mtu less than device minimum"};
  if (range.max != 0 && mtu > range.max) return {EINVAL, "mtu greater than device maximum"};
  IfName parent = parent_of(link.link);
  if (parent.empty()) return {};
  uint32_t most = *find(parent)->link.mtu;
  if (std::holds_alternative<Vlan>(link.link.kind)) return {mtu > most ? ERANGE : 0, ""};
  if (const auto* vxlan = std::get_if<Vxlan>(&link.link.kind))
    return {mtu + vxlan_headroom(*vxlan) > most ? EINVAL : 0, ""};
  if (std::holds_alternative<Ipvlan>(link.link.kind)) return {};
  return {mtu > most ? EINVAL : 0, ""};
}

Answer SimHost::set_mtu(const IfName& name, uint32_t mtu) {
  const SimLink* there = find(name);
  if (Answer a = check_mtu(*there, mtu); a.refused()) return a;
  SimLink& link = edit(name);
  if (link.link.mtu == mtu) return {};  // dev_set_mtu() does not ask the driver then
  link.mtu_set = true;
  link.link.mtu = mtu;
  if (std::holds_alternative<Bond>(link.link.kind))
    for (const IfName& member : members(name))
      if (find(member)->link.mtu != mtu) {
        edit(member).link.mtu = mtu;
        mtu_changed(member);
      }
  mtu_changed(name);
  return {};
}

// NETDEV_CHANGEMTU
void SimHost::mtu_changed(const IfName& name) {
  uint32_t mtu = *find(name)->link.mtu;
  bool had = find(name)->ipv6;
  if (had && mtu < kIpv6MinMtu) {
    disable6(name, true);
    drop_sysctls(name, Family::ipv6);
    edit(name).ipv6 = false;
    edit(name).link.token.reset();
  } else if (!had && mtu >= kIpv6MinMtu) {
    edit(name).ipv6 = true;
    edit(name).link.token = Ip{Family::ipv6, {}};
    copy_default6(name);
    came_up6(name);
  }
  std::vector<IfName> lower;
  for (const SimLink& link : *links_) {
    bool ipvlan = std::holds_alternative<Ipvlan>(link.link.kind);
    bool follows = !std::holds_alternative<Vxlan>(link.link.kind) && parent_of(link.link) == name;
    if (follows && (ipvlan ? *link.link.mtu != mtu : *link.link.mtu > mtu)) lower.push_back(link.link.name);
  }
  for (const IfName& child : lower) {
    edit(child).link.mtu = mtu;
    mtu_changed(child);
  }
  IfName master = *find(name)->link.master;
  if (!master.empty() && std::holds_alternative<Bridge>(find(master)->link.kind)) adjust_bridge(master);
}

void SimHost::drop_altnames(const IfName& name, const std::vector<std::string>& wanted) {
  std::erase_if(*edit(name).link.altnames, [&](const std::string& alt) {
    return std::find(wanted.begin(), wanted.end(), alt) == wanted.end();
  });
}

Answer SimHost::add_altnames(const IfName& name, const std::vector<std::string>& wanted) {
  auto& names = *edit(name).link.altnames;
  for (const std::string& alt : wanted) {
    if (std::find(names.begin(), names.end(), alt) != names.end()) continue;
    if (name_taken(alt)) return {EEXIST, ""};
    names.push_back(alt);
  }
  std::sort(names.begin(), names.end());
  return {};
}

// inet6_set_iftoken()
Answer SimHost::set_token(SimLink& link, const Ip& token) {
  const IfName& name = link.link.name;
  if (!link.ipv6) return {EINVAL, ""};
  if (name == IfName("lo")) return {EINVAL, "Device is loopback"};
  if (link.link.arp == false) return {EINVAL, "Device does not do neighbour discovery"};
  int64_t ra = sysctl_number(kAcceptRa, name), forwarding = sysctl_number(kForwarding6, name);
  if (!(forwarding != 0 ? ra == 2 : ra != 0)) return {EINVAL, "Router advertisement is disabled on device"};
  if (sysctl_number(kRouterSolicitations, name) == 0)
    return {EINVAL, "Router solicitation is disabled on device"};
  link.link.token = token;
  return {};
}

Answer SimHost::set_kind(const IfName& name, const LinkKind& before, const LinkKind& after) {
  if (const auto* bond = std::get_if<Bond>(&after)) return set_bond(name, std::get<Bond>(before), *bond);
  if (const auto* bridge = std::get_if<Bridge>(&after))
    return set_bridge(name, std::get<Bridge>(before), *bridge);
  if (Answer a = check_immutable(before, after); a.refused()) return a;
  return set_stacked(name, before, after);
}

Answer SimHost::check_immutable(const LinkKind& before, const LinkKind& after) const {
  FieldsOf old = fields_of(before), wanted = fields_of(after);
  for (const Field& field : wanted.fields)
    if (field.change == Mutability::recreate && field.has(wanted.object) &&
        !field.equal(old.object, wanted.object))
      return {EOPNOTSUPP, ""};
  return {};
}

Answer SimHost::set_stacked(const IfName& name, const LinkKind& before, const LinkKind& after) {
  FieldsOf old = fields_of(before), wanted = fields_of(after);
  constexpr int64_t kPassthru = 8;  // chosen for good when the link is made
  bool macvlan = std::holds_alternative<Macvlan>(after) || std::holds_alternative<Macvtap>(after);
  LinkKind former = find(name)->link.kind;
  for (const Field& field : wanted.fields) {
    if (!field.has(wanted.object) || field.equal(old.object, wanted.object)) continue;
    void* object = object_of(edit(name).link.kind);
    if (macvlan && field.name == "mode" && field.number(object) != field.number(wanted.object) &&
        (field.number(object) == kPassthru || field.number(wanted.object) == kPassthru))
      return {EINVAL, ""};
    if (const auto* vxlan = std::get_if<Vxlan>(&after); vxlan && field.type == Type::link)
      if (!vxlan->parent->empty() && !find(*vxlan->parent)) return {ENODEV, ""};
    field.copy(object, wanted.object);
  }
  SimLink& link = edit(name);
  if (const auto* ipvlan = std::get_if<Ipvlan>(&former)) {
    settle_stacked(link, parent_of(link.link));
    if (std::get<Ipvlan>(link.link.kind).mode != ipvlan->mode) follow_mode(link.link);
  }
  return {};
}

}  // namespace netcfg::test
