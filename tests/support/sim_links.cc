// Making and deleting links.
#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/support/sim_host.h"

namespace netcfg::test {
namespace {

template <class Kind>
constexpr size_t kind_index() {
  size_t at = 0;
  [&]<class... T>(const std::variant<T...>*) {
    bool found = false;
    ((std::is_same_v<T, Kind> ? found = true : at += !found), ...);
  }(static_cast<const LinkKind*>(nullptr));
  return at;
}

// A kind with every field at the kernel's default.
const LinkKind& defaults_of(const LinkKind& kind) {
  static const auto kDefaults = [] {
    std::array<LinkKind, std::variant_size_v<LinkKind>> all;
    for (size_t i = 1; i < all.size(); ++i) {
      all[i] = kKinds[i - 1].make();
      for (const Field& field : kKinds[i - 1].fields) reset(field, object_of(all[i]));
    }
    // Every bridge is a member of its default VLAN.
    auto& bridge = std::get<Bridge>(all[kind_index<Bridge>()]);
    bridge.vlans.emplace().add({1, 1});
    bridge.untagged.emplace().add({1, 1});
    // What has no fixed default and is reported all the same.
    auto& bond = std::get<Bond>(all[kind_index<Bond>()]);
    bond.primary.emplace();
    bond.active_slave.emplace();
    auto& vxlan = std::get<Vxlan>(all[kind_index<Vxlan>()]);
    vxlan.parent.emplace();
    vxlan.source_port = Span{0, 0};
    auto& vlan = std::get<Vlan>(all[kind_index<Vlan>()]);
    vlan.ingress_qos_map.emplace();
    vlan.egress_qos_map.emplace();
    return all;
  }();
  return kDefaults[kind.index()];
}

template <class Kind>
const Kind* as(const Link& link) {
  return std::get_if<Kind>(&link.kind);
}

// What a link has before any of the request's own attributes.
Link fresh(const Link& wanted, const Link* parent) {
  Link link;
  link.name = wanted.name;
  link.kind = defaults_of(wanted.kind);
  link.foreign_kind = wanted.foreign_kind;
  bool vrf = as<Vrf>(wanted), dummy = as<Dummy>(wanted);
  link.mtu = vrf ? 65575 : 1500;  // IP6_MAX_MTU since 5.3
  link.txqueuelen = as<Macvtap>(wanted) ? 500 : 1000;
  link.arp = !vrf && !dummy;
  link.multicast = !vrf && !dummy;
  if (parent && as<Vlan>(wanted)) {  // vlan_dev_init()
    link.arp = parent->arp;
    link.multicast = parent->multicast;
  }
  if (parent && !as<Vxlan>(wanted)) link.mtu = parent->mtu;
  return link;
}

// vxlan_config_validate(): one socket can tell two VXLANs apart only by these.
bool same_vxlan(const Vxlan& a, const Vxlan& b) {
  return a.id == b.id && a.port == b.port && vxlan_headroom(a) == vxlan_headroom(b) && a.gbp == b.gbp &&
         a.external == b.external && a.udp6_zero_csum_rx == b.udp6_zero_csum_rx;
}

template <class Kind>
void overlay(LinkKind& onto, const LinkKind& from) {
  for (const Field& field : fields_of<Kind>())
    if (field.has(&std::get<Kind>(from))) field.copy(&std::get<Kind>(onto), &std::get<Kind>(from));
}

}  // namespace

bool is_passthru(const Link& link) {
  constexpr uint32_t kPassthru = 8;
  const auto* tap = std::get_if<Macvtap>(&link.kind);
  const Macvlan* macvlan = tap ? tap : std::get_if<Macvlan>(&link.kind);
  return macvlan && macvlan->mode == kPassthru;
}

uint32_t vxlan_headroom(const Vxlan& vxlan) {
  bool v6 = (vxlan.remote && vxlan.remote->family == Family::ipv6) ||
            (vxlan.local && vxlan.local->family == Family::ipv6);
  return v6 ? 70 : 50;
}

SimLink& SimHost::edit(const IfName& name) {
  auto& links = links_.edit();
  return *std::lower_bound(links.begin(), links.end(), name,
                           [](const SimLink& link, const IfName& n) { return link.link.name < n; });
}

bool SimHost::name_taken(std::string_view name) const {
  for (const SimLink& link : *links_) {
    if (link.link.name.view() == name) return true;
    for (const std::string& alt : *link.link.altnames)
      if (alt == name) return true;
  }
  return false;
}

Mac SimHost::random_mac() {
  uint32_t n = ++last_mac_;
  return Mac{{0x02, 0x5a, static_cast<uint8_t>(n >> 24), static_cast<uint8_t>(n >> 16),
              static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)}};
}

// Sets what every link reports and the given one lacks.
SimLink& SimHost::insert(Link link) {
  SimLink added;
  if (!link.mac) link.mac = random_mac();
  if (!link.state) link.state = LinkState::down;
  if (!link.mtu) link.mtu = 1500;
  if (!link.description) link.description = "";
  if (!link.altnames) link.altnames.emplace();
  if (!link.txqueuelen) link.txqueuelen = 1000;
  if (!link.group) link.group = 0;
  if (!link.arp) link.arp = true;
  if (!link.multicast) link.multicast = true;
  if (!link.allmulticast) link.allmulticast = false;
  added.ipv6 = *link.mtu >= kIpv6MinMtu;
  if (!link.token && added.ipv6) link.token = Ip{Family::ipv6, {}};
  if (!link.master) link.master = IfName();
  added.link = std::move(link);
  added.link.index = ++last_index_;
  added.own_mac = added.permanent_mac = *added.link.mac;
  if (added.ipv6) copy_default6(added.link.name);
  auto& links = links_.edit();
  auto at = std::lower_bound(links.begin(), links.end(), added,
                             [](const SimLink& a, const SimLink& b) { return a.link.name < b.link.name; });
  return *links.insert(at, std::move(added));
}

Answer SimHost::carry_out(Action action, const Link* before, const Link* after) {
  switch (action) {
    case Action::create:
      return create(*after);
    case Action::update:
      return update(*before, *after);
    case Action::remove:
      return remove(before->name);
    case Action::restore:
      return {EOPNOTSUPP, ""};
  }
  return {};
}

Answer SimHost::create(const Link& wanted) {
  if (const SimLink* there = find(wanted.name); there && there->is_new && as<Veth>(wanted)) {
    edit(wanted.name).is_new = false;
    Link before = find(wanted.name)->link;
    return update(before, wanted);
  }
  if (Answer a = check_new(wanted); a.refused()) return a;
  IfName parent = parent_of(wanted);
  const SimLink* below = parent.empty() ? nullptr : find(parent);
  // A macvlan or ipvlan on another of its kind stands on that one's parent.
  if (below && below->link.kind.index() == wanted.kind.index() && !as<Vlan>(wanted) && !as<Vxlan>(wanted)) {
    parent = parent_of(below->link);
    below = find(parent);
  }
  Link link = fresh(wanted, below ? &below->link : nullptr);
  if (below && (as<Vlan>(wanted) || as<Ipvlan>(wanted))) link.mac = below->link.mac;
  SimLink& made = insert(link);
  if (below && is_passthru(wanted)) made.parent_mac = find(parent)->link.mac.value_or(Mac{});
  give_peer(wanted);
  settle_kind(edit(wanted.name), wanted.kind, parent);
  if (Answer a = configure_new(wanted); a.refused()) {
    unregister(wanted.name);
    return a;
  }
  return finish_new(wanted);
}

// The values of the kinds whose options need no rules; a bond's and a bridge's come in configure_new().
void SimHost::settle_kind(SimLink& link, const LinkKind& wanted, const IfName& parent) {
  if (wanted.index() == kind_index<Bond>() || wanted.index() == kind_index<Bridge>()) return;
  std::visit(
      [&](const auto& kind) {
        using Kind = std::remove_cvref_t<decltype(kind)>;
        if constexpr (!std::is_same_v<Kind, std::monostate>) overlay<Kind>(link.link.kind, wanted);
      },
      wanted);
  settle_stacked(link, parent);
  auto* vxlan = std::get_if<Vxlan>(&link.link.kind);
  if (!vxlan || parent.empty()) return;
  link.link.mtu = std::max(*find(parent)->link.mtu - vxlan_headroom(*vxlan), 68U);
  mtu_changed(link.link.name);
}

// What RTM_NEWLINK itself takes, in the kernel's order; a refusal leaves no link behind. A link that goes
// into a bond or VRF comes up only afterwards.
Answer SimHost::configure_new(const Link& wanted) {
  Link bare = find(wanted.name)->link;
  if (as<Bond>(wanted) || as<Bridge>(wanted))
    if (Answer a = set_kind(wanted.name, bare.kind, wanted.kind); a.refused()) return a;
  Link first = wanted;
  // What a VXLAN is made with is lowered to what its parent can carry (vxlan_config_apply()).
  if (as<Vxlan>(wanted) && wanted.mtu && !parent_of(wanted).empty())
    first.mtu = std::min(wanted.mtu, bare.mtu);
  if (as<Ipvlan>(wanted)) first.mac.reset();  // it has its parent's, whatever is asked for
  if (is_passthru(wanted)) {
    first.mac.reset();
    edit(wanted.name).link.mac = find(parent_of(bare))->link.mac;
  }
  if (Answer a = set_common(wanted.name, bare, first); a.refused()) return a;
  if (as<Vrf>(wanted)) add_vrf_rules();  // which stay when the link does not
  bool member = wanted.master && !wanted.master->empty();
  bool port = std::holds_alternative<BridgePort>(wanted.port);
  if (wanted.is_up() && (!member || port))
    if (Answer a = set_up(wanted.name); a.refused()) return a;
  return member ? set_master(wanted.name, *wanted.master) : Answer{};
}

// What the netlink adapter sends after it; a refusal here leaves the link as it is by then.
Answer SimHost::finish_new(const Link& wanted) {
  if (Answer a = write_port(wanted.name, true, {}, wanted.port); a.refused()) return a;
  if (wanted.altnames)
    if (Answer a = add_altnames(wanted.name, *wanted.altnames); a.refused()) return a;
  if (is_passthru(wanted) && wanted.mac)
    if (Answer a = set_mac(wanted.name, *wanted.mac); a.refused()) return a;
  if (wanted.token && !wanted.token->is_zero())
    if (Answer a = set_token(edit(wanted.name), *wanted.token); a.refused()) return a;
  if (wanted.is_up())
    if (Answer a = set_up(wanted.name); a.refused()) return a;
  const auto* bond = as<Bond>(wanted);
  bool chosen = bond && bond->active_slave && !bond->active_slave->empty();
  return chosen ? set_active_member(edit(wanted.name), *bond->active_slave) : Answer{};
}

void SimHost::settle_stacked(SimLink& link, const IfName& parent) {
  LinkKind& kind = link.link.kind;
  if (auto* macvlan = std::get_if<Macvlan>(&kind)) macvlan->parent = parent;
  if (auto* macvtap = std::get_if<Macvtap>(&kind)) macvtap->parent = parent;
  auto* ipvlan = std::get_if<Ipvlan>(&kind);
  if (!ipvlan) return;
  ipvlan->parent = parent;
  // The mode belongs to the parent: the newest one decides for all.
  Ipvlan made = *ipvlan;
  for (SimLink& other : links_.edit())
    if (auto* sibling = std::get_if<Ipvlan>(&other.link.kind); sibling && sibling->parent == made.parent) {
      bool changes = sibling->mode != made.mode;
      sibling->mode = made.mode;
      if (changes) follow_mode(other.link);
      sibling->isolation = made.isolation;
    }
}

void SimHost::give_peer(const Link& wanted) {
  const auto* veth = as<Veth>(wanted);
  if (!veth) return;
  Link peer = fresh(wanted, nullptr);
  peer.name = *veth->peer;
  std::get<Veth>(peer.kind).peer = wanted.name;
  insert(peer).is_new = true;
}

Answer SimHost::check_new(const Link& wanted) const {
  // The netlink adapter looks names up before it asks.
  for (const IfName& other : {parent_of(wanted), wanted.master.value_or(IfName())})
    if (!other.empty() && !find(other)) return {ENODEV, ""};
  if (!IfName::problem(wanted.name.view()).empty()) return {EINVAL, ""};
  if (name_taken(wanted.name.view())) return {EEXIST, ""};
  if (wanted.kind.index() == 0) return {EOPNOTSUPP, "Unknown device type"};
  if (const auto* veth = as<Veth>(wanted)) {
    if (!veth->peer || veth->peer->empty()) return {EINVAL, ""};
    if (*veth->peer == wanted.name || name_taken(veth->peer->view())) return {EEXIST, ""};
  }
  if (const auto* vrf = as<Vrf>(wanted)) {
    if (!vrf->table) return {EINVAL, "VRF table id is missing"};
    if (*vrf->table == 0) return {EINVAL, "Invalid VRF table id"};
  }
  if (wanted.mac && (wanted.mac->bytes[0] & 1)) return {EADDRNOTAVAIL, ""};
  if (wanted.mac == Mac{}) return {EADDRNOTAVAIL, ""};
  return check_parent(wanted);
}

Answer SimHost::check_parent(const Link& wanted) const {
  IfName name = parent_of(wanted);
  const SimLink* parent = name.empty() ? nullptr : find(name);
  if (const auto* vxlan = as<Vxlan>(wanted)) return check_vxlan(*vxlan, name);
  bool stacked = as<Vlan>(wanted) || as<Macvlan>(wanted) || as<Macvtap>(wanted) || as<Ipvlan>(wanted);
  if (!stacked) return {};
  if (!parent) return {EINVAL, "link not specified"};
  if (wanted.mtu && *wanted.mtu > *parent->link.mtu && !as<Ipvlan>(wanted)) return {EINVAL, ""};
  if (const auto* vlan = as<Vlan>(wanted)) return check_vlan(*vlan, *parent);
  bool loopback = name == IfName("lo");
  // The parent's frames go to one receiver only (netdev_rx_handler_register()).
  bool ipvlan = as<Ipvlan>(wanted);
  const Link& below = parent->link;
  bool same = ipvlan ? as<Ipvlan>(below) != nullptr : as<Macvlan>(below) || as<Macvtap>(below);
  // It comes beside the other one, on that one's parent.
  if (same) return ipvlan ? Answer{} : check_passthru(wanted, parent_of(below));
  if (loopback || as<Vrf>(below) || as<Ipvlan>(below)) return {EINVAL, ""};  // IFF_NO_RX_HANDLER
  if (below.port.index() != 0 || takes_frames(name, !ipvlan)) return {EBUSY, ""};
  if (ipvlan) return {};
  return check_passthru(wanted, name);
}

Answer SimHost::check_passthru(const Link& wanted, const IfName& parent) const {
  for (const SimLink& link : *links_) {
    bool macvlan = as<Macvtap>(link.link) || as<Macvlan>(link.link);
    bool either = is_passthru(link.link) || is_passthru(wanted);
    if (macvlan && parent_of(link.link) == parent && either) return {EINVAL, ""};
  }
  return {};
}

Answer SimHost::check_vlan(const Vlan& wanted, const SimLink& parent) const {
  if (!wanted.id) return {EINVAL, "VLAN properties not specified"};
  if (*wanted.id >= 4095) return {ERANGE, "Invalid VLAN id"};
  if (parent.link.name == IfName("lo") || as<Vrf>(parent.link) || as<Ipvlan>(parent.link))
    return {EOPNOTSUPP, "VLANs not supported on device"};
  for (const SimLink& link : *links_)
    if (const auto* vlan = as<Vlan>(link.link); vlan && vlan->parent == parent.link.name &&
                                                vlan->id == wanted.id &&
                                                vlan->protocol == wanted.protocol.value_or(0x8100))
      return {EEXIST, "VLAN device already exists"};
  return {};
}

Answer SimHost::check_vxlan(const Vxlan& wanted, const IfName& parent) const {
  LinkKind full = defaults_of(LinkKind(Vxlan{}));
  overlay<Vxlan>(full, LinkKind(wanted));
  const auto& vxlan = std::get<Vxlan>(full);
  if (vxlan.remote && vxlan.local && vxlan.remote->family != vxlan.local->family)
    return {EINVAL, "Local and remote address must be from the same family"};
  if (vxlan.remote && vxlan.remote->is_multicast() && parent.empty())
    return {EINVAL, "Local interface required for multicast remote destination"};
  for (const SimLink& link : *links_)
    if (const auto* other = as<Vxlan>(link.link); other && same_vxlan(*other, vxlan))
      return {EEXIST, "A VXLAN device with the specified VNI already exists"};
  return {};
}

Answer SimHost::remove(const IfName& name) {
  const SimLink* link = find(name);
  if (!link) return {ENODEV, ""};
  if (link->link.kind.index() == 0 && link->link.foreign_kind.empty()) return {EOPNOTSUPP, ""};
  unregister(name);
  return {};
}

// What goes with a link: its other end, and all that stands on it; the highest first.
std::vector<IfName> SimHost::cascade(const IfName& name) const {
  std::vector<IfName> all{name};
  for (size_t i = 0; i < all.size(); ++i)
    for (const SimLink& link : *links_) {
      const auto* veth = as<Veth>(link.link);
      bool goes = parent_of(link.link) == all[i] || (veth && veth->peer == all[i]);
      if (goes && std::find(all.begin(), all.end(), link.link.name) == all.end())
        all.push_back(link.link.name);
    }
  std::reverse(all.begin(), all.end());
  return all;
}

// macvlan_port_destroy()
void SimHost::give_back_mac(const SimLink& macvlan) {
  IfName parent = parent_of(macvlan.link);
  if (!is_passthru(macvlan.link) || !find(parent)) return;
  Mac former = macvlan.parent_mac;
  (void)set_mac(parent, former);  // it was its own
}

void SimHost::unregister(const IfName& name) {
  for (const IfName& each : cascade(name)) {
    set_down(each);
    for (const IfName& member : members(each)) leave(member);
    if (!find(each)->link.master->empty()) leave(each);
    drop_addresses4(each);
    disable4(each, true, true);
    disable6(each, true);
    drop_sysctls(each, Family::none);
    std::erase_if(qdiscs_.edit(), [&](const Qdisc& qdisc) { return qdisc.dev == each; });
    give_back_mac(*find(each));
    auto& links = links_.edit();
    std::erase_if(links, [&](const SimLink& link) { return link.link.name == each; });
    for (SimLink& link : links)
      if (auto* port = std::get_if<BridgePort>(&link.link.port); port && port->backup_port == each)
        port->backup_port = IfName();
  }
}

}  // namespace netcfg::test
