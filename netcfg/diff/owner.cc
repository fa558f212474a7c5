#include "netcfg/diff/owner.h"

namespace netcfg {

bool is_kernels(const Link& link) {
  return link.name == IfName("lo");
}

bool is_kernels(const Address& a) {
  if (a.protocol == kOwnProtocol) return false;
  if (is_kernel_address_protocol(a.protocol)) return true;
  if (a.address.ip.is_loopback() && a.dev == IfName("lo")) return true;
  return a.address.ip.family == Family::ipv6 && a.address.ip.is_link_local();
}

bool is_kernels(const Neighbor&) {
  return false;
}

bool is_kernels(const Nexthop&) {
  return false;
}

bool is_kernels(const Route& r) {
  if (r.protocol == kOwnProtocol) return false;
  // ff00::/8 and the like are kept per link under protocol boot or kernel.
  bool multicast = r.family() == Family::ipv6 && r.to.ip.is_multicast();
  return is_kernel_route_protocol(r.protocol) || r.protocol == kProtocolRa || multicast;
}

bool is_kernels(const Rule& r) {
  if (r.protocol == kOwnProtocol) return false;
  bool plain = r.action == RuleAction::lookup && !r.from && !r.to && !r.iif && !r.oif && !r.fwmark;
  bool at_defaults = (r.priority == 0 && r.table == kTableLocal) ||
                     (r.priority == 32766 && r.table == kTableMain) ||
                     (r.priority == 32767 && r.table == kTableDefault);
  // The first VRF adds the l3mdev rule (vrf_add_fib_rules() in drivers/net/vrf.c).
  bool vrf = r.priority == 1000 && r.l3mdev == true && r.protocol == 2;
  return (plain && at_defaults) || vrf;
}

bool is_kernels(const Sysctl&) {
  return false;
}

bool is_kernels(const Qdisc&) {
  return false;
}

bool is_kernels(const Ruleset&) {
  return false;
}

bool Owner::owns(const Link& link) const {
  bool listed = std::binary_search(ledger_.own_links.begin(), ledger_.own_links.end(), link.name);
  const Link* last = applied(link);
  // After a reboot another program may have made a link of that name: then it is not ours.
  return listed && (!last || last->kind.index() == link.kind.index());
}

IfName master_in_the_end(const Link* wanted, const Link* live, const Owner& owner) {
  if (wanted && wanted->master) return *wanted->master;
  if (!wanted && !live) return {};
  // The spec put it there and names it no longer: it is released.
  const Link* applied = owner.applied(wanted ? *wanted : *live);
  bool released = applied && applied->master && !applied->master->empty();
  return released || !live ? IfName{} : live->master.value_or(IfName{});
}

bool Owner::owns(const Address& a) const {
  return a.protocol == kOwnProtocol || applied(a) != nullptr;
}
bool Owner::owns(const Neighbor& n) const {
  return n.protocol == kOwnProtocol || applied(n) != nullptr;
}
bool Owner::owns(const Nexthop& n) const {
  // Replacing a group leaves its tag as it was (replace_nexthop_grp() in net/ipv4/nexthop.c).
  return n.protocol == kOwnProtocol || (n.is_group() && applied(n) != nullptr);
}
bool Owner::owns(const Rule& r) const {
  return r.protocol == kOwnProtocol || applied(r) != nullptr;
}

}  // namespace netcfg
