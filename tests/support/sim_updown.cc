// A link goes up or down, and what comes and goes with that.
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"
#include "tests/support/sim_sysctls.h"

namespace netcfg::test {
namespace {

constexpr uint8_t kKernelProtocol = 2;     // RTPROT_KERNEL
constexpr uint8_t kLinkLocalProtocol = 3;  // IFAPROT_KERNEL_LL
constexpr uint8_t kHostScope = 254;

// RFC 4291, appendix A
Ip link_local(const Mac& mac) {
  Ip ip{Family::ipv6, {0xfe, 0x80}};
  const auto& m = mac.bytes;
  uint8_t id[8] = {static_cast<uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};
  std::copy(std::begin(id), std::end(id), ip.bytes.begin() + 8);
  return ip;
}

bool follows_parent(const Link& link, const IfName& parent) {
  const auto* vlan = std::get_if<Vlan>(&link.kind);
  return vlan && vlan->parent == parent && vlan->loose_binding != true;
}

}  // namespace

Answer SimHost::set_up(const IfName& name) {
  const SimLink* link = find(name);
  if (link->link.is_up()) return {};
  IfName parent = parent_of(link->link);
  // eth_validate_addr(): that of a bridge that lost its ports, which macvlans in passthru mode and VLANs
  // take.
  bool checked = std::holds_alternative<Vlan>(link->link.kind) ||
                 std::holds_alternative<Macvlan>(link->link.kind) ||
                 std::holds_alternative<Macvtap>(link->link.kind);
  if (checked && link->link.mac == Mac{}) return {EADDRNOTAVAIL, ""};
  if (follows_parent(link->link, parent) && !find(parent)->link.is_up()) return {ENETDOWN, ""};
  if (std::holds_alternative<Macvlan>(link->link.kind) && macvlan_mac_busy(*link)) return {EADDRINUSE, ""};
  if (const auto* vxlan = std::get_if<Vxlan>(&link->link.kind); vxlan && vxlan->port == 0)
    return {EINVAL, ""};
  Link& edited = edit(name).link;
  edited.state = LinkState::up;
  if (std::holds_alternative<Ipvlan>(edited.kind)) follow_mode(edited);
  if (std::holds_alternative<Vlan>(edited.kind)) inherit_mac(name);
  came_up4(name);
  came_up6(name);
  // vlan_device_event(): all VLANs on it go up too, those that somebody had set down included.
  std::vector<IfName> children;
  for (const SimLink& child : *links_)
    if (follows_parent(child.link, name)) children.push_back(child.link.name);
  for (const IfName& child : children) static_cast<void>(set_up(child));
  return {};
}

// vlan_dev_open()
void SimHost::inherit_mac(const IfName& vlan) {
  SimLink& link = edit(vlan);
  std::optional<Mac> parents = find(parent_of(link.link))->link.mac;
  if (link.mac_set || link.link.mac == parents) return;
  link.link.mac = parents;
  mac_changed(vlan);
}

bool SimHost::macvlan_mac_busy(const SimLink& link) const {
  IfName parent = parent_of(link.link);
  for (const SimLink& other : *links_)
    if (other.link.index != link.link.index && std::holds_alternative<Macvlan>(other.link.kind) &&
        other.link.is_up() && parent_of(other.link) == parent && other.link.mac == link.link.mac)
      return true;
  const auto& macvlan = std::get<Macvlan>(link.link.kind);
  return macvlan.mode != 8U && find(parent)->link.mac == link.link.mac;
}

void SimHost::set_down(const IfName& name) {
  if (!find(name)->link.is_up()) return;
  std::vector<IfName> children;
  for (const SimLink& child : *links_)
    if (follows_parent(child.link, name)) children.push_back(child.link.name);
  edit(name).link.state = LinkState::down;
  flush_nexthops(name);
  disable4(name, false, false);
  disable6(name, false);
  for (const IfName& child : children) set_down(child);
}

// inetdev_event() and fib_inetaddr_event(): connected routes come back, dead hops live again.
void SimHost::came_up4(const IfName& name) {
  for (size_t i = 0; i < addresses_->size(); ++i) {
    const Address& address = (*addresses_)[i];
    if (address.dev == name && address.address.ip.family == Family::ipv4) add_prefix_route(address);
  }
  revive(name, Family::ipv4);
}

void SimHost::revive(const IfName& name, Family family) {
  bool any = std::any_of(routes_->begin(), routes_->end(), [](const SimRoute& r) { return r.dead != 0; });
  if (!any) return;
  for (SimRoute& route : routes_.edit())
    for (size_t i = 0; i < route.route.hops.size(); ++i)
      if (route.route.family() == family && route.route.hops[i].dev == name) route.dead &= ~(1ULL << i);
}

// addrconf_notify(NETDEV_UP). A bond's members (IFF_SLAVE) get nothing of IPv6.
void SimHost::came_up6(const IfName& name) {
  const SimLink* link = find(name);
  if (!link->link.is_up() || !link->ipv6 || sysctl_number(kDisableIpv6, name) != 0) return;
  if (std::holds_alternative<BondPort>(link->link.port)) return;
  std::vector<Address> permanent;
  for (const Address& address : *addresses_)
    if (address.dev == name && address.address.ip.family == Family::ipv6) permanent.push_back(address);
  for (Address& address : permanent) {
    address.peer.reset();
    if (address.valid == UINT32_MAX) add_prefix_route(address);
  }
  revive(name, Family::ipv6);
  constexpr int64_t kEui64 = 0;
  if (name == IfName("lo") || std::holds_alternative<Vrf>(link->link.kind)) return;
  if (sysctl_number(kAddrGenMode, name) != kEui64) return;
  Address own;
  own.dev = name;
  own.address = {link_local(*link->link.mac), 64};
  own.protocol = kLinkLocalProtocol;
  static_cast<void>(add6(own));
}

// fib_disable_ip(). Without `force`, routes of host scope stay.
void SimHost::disable4(const IfName& name, bool gone, bool force) {
  kill_routes(name, Family::ipv4, gone, force);
  drop_neighbors(name, Family::ipv4, true);
}

// addrconf_ifdown()
void SimHost::disable6(const IfName& name, bool gone) {
  bool keep = !gone && sysctl_number(kDisableIpv6, name) == 0 &&
              (sysctl_number(kKeepAddrOnDown, "all") > 0 || sysctl_number(kKeepAddrOnDown, name) > 0);
  bool any = std::any_of(addresses_->begin(), addresses_->end(), [&](const Address& a) {
    return a.dev == name && a.address.ip.family == Family::ipv6;
  });
  if (any)
    std::erase_if(addresses_.edit(), [&](const Address& a) {
      bool stays =
          keep && a.valid == UINT32_MAX && !a.address.ip.is_link_local() && !a.address.ip.is_loopback();
      return a.dev == name && a.address.ip.family == Family::ipv6 && !stays;
    });
  kill_routes(name, Family::ipv6, gone, true);
  drop_neighbors(name, Family::ipv6, true);
}

// Routes over a link that went down. One of several hops only dies, and the route goes with the last;
// when the link is gone, IPv4 loses the whole route and IPv6 just that hop.
void SimHost::kill_routes(const IfName& name, Family family, bool gone, bool force) {
  auto uses = [&](const SimRoute& r) {
    return r.route.family() == family && std::any_of(r.route.hops.begin(), r.route.hops.end(),
                                                     [&](const NextHop& hop) { return hop.dev == name; });
  };
  if (std::none_of(routes_->begin(), routes_->end(), uses)) return;
  std::erase_if(routes_.edit(), [&](SimRoute& r) {
    if (!uses(r) || (!force && family == Family::ipv4 && r.route.scope == kHostScope)) return false;
    auto& hops = r.route.hops;
    if (gone && family == Family::ipv4) return true;
    for (size_t i = hops.size(); i-- > 0;) {
      if (hops[i].dev != name) continue;
      if (gone) {
        hops.erase(hops.begin() + static_cast<std::ptrdiff_t>(i));
        uint64_t below = (1ULL << i) - 1;
        r.dead = (r.dead & below) | ((r.dead >> 1) & ~below);
      } else {
        r.dead |= 1ULL << i;
      }
    }
    return hops.empty() || r.dead == (hops.size() == 64 ? ~0ULL : (1ULL << hops.size()) - 1);
  });
}

}  // namespace netcfg::test
