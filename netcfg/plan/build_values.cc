// Values that the kernel would choose otherwise: of a link that is made anew, and of bonds and bridges while
// members come and go.
#include <algorithm>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

IfName master_of(const Link& link) {
  return link.master.value_or(IfName{});
}

bool moves_pvid(const Bridge& now, const Link& after) {
  const auto* wanted = std::get_if<Bridge>(&after.kind);
  return wanted && wanted->default_pvid && now.default_pvid != wanted->default_pvid;
}

}  // namespace

bool is_passthru(const Link& link) {
  const auto* macvlan = std::get_if<Macvlan>(&link.kind);
  const auto* macvtap = std::get_if<Macvtap>(&link.kind);
  const Macvlan* either = macvlan ? macvlan : macvtap;
  return either && either->mode == 8U;
}

// What a link that is deleted and made again gets. What nobody names stays as it was, but for what a new link
// takes from its parent; of another kind, all that nobody named starts anew.
Link Build::made_anew(const LinkWork& w) const {
  const Link& live = *w.before;
  const Link* wanted = desired_.state.link(live.name);
  const Link* applied = owner_.applied(live);
  const Link* original = owner_.original(live);
  bool named_mtu = (wanted && wanted->mtu) || (original && original->mtu);
  bool named_mac = (wanted && wanted->mac) || (original && original->mac);
  if (wanted && live.kind.index() != w.after->kind.index()) {
    Link out = *wanted;
    for (const Field& field : kLinkFields)
      if (!field.has(&out) && applied && field.has(applied)) field.copy(&out, w.after);
    return out;
  }
  Link out = *w.after;
  const Link* parent = live_.link(parent_of(live));
  bool parents = (parent && live.mac == parent->mac) || std::holds_alternative<Ipvlan>(live.kind);
  // In passthru mode a macvlan's address is its parent's.
  bool kept_mac = !parents && !(applied && applied->mac) && !is_passthru(live) && !is_passthru(out);
  if (!named_mac && !kept_mac) out.mac.reset();
  bool dropped_mtu = applied && applied->mtu;
  if (!named_mtu && (dropped_mtu || !keeps_mtu(live, out))) out.mtu.reset();
  return out;
}

// An MTU that somebody set, and that the new link's parent has room for.
bool Build::keeps_mtu(const Link& live, const Link& after) const {
  IfName below = parent_of(live), above = parent_of(after);
  if (below.empty() && above.empty()) return true;
  if (std::holds_alternative<Vxlan>(live.kind)) return false;
  const Link* old_parent = live_.link(below);
  const Link* parent = final_link(above);
  return old_parent && parent && live.mtu < old_parent->mtu && parent->mtu && live.mtu <= parent->mtu;
}

// The MTU that the spec asks for, or that the link gets back now that the spec names it no longer.
std::optional<uint32_t> Build::wanted_mtu(const IfName& name) const {
  const Link* wanted = desired_.state.link(name);
  if (!wanted || wanted->mtu) return wanted ? wanted->mtu : std::nullopt;
  const Link* applied = owner_.applied(*wanted);
  const Link* after = final_link(name);
  return applied && applied->mtu && after ? after->mtu : std::nullopt;
}

// The least MTU of each master's members, now and in the end.
std::map<IfName, Build::PortMtus> Build::port_mtus() const {
  std::map<IfName, PortMtus> out;
  auto least = [](std::optional<uint32_t>& of, std::optional<uint32_t> mtu) {
    of = std::min(of.value_or(UINT32_MAX), mtu.value_or(0));
  };
  for (const Link& link : live_.links) {
    if (!link.master || link.master->empty()) continue;
    least(out[*link.master].now, link.mtu);
    if (!works_.contains(link.name)) least(out[*link.master].then, link.mtu);
  }
  for (const auto& [name, w] : works_)
    if (w.after && w.after->master && !w.after->master->empty())
      least(out[*w.after->master].then, w.recreate ? made_anew(w).mtu : w.after->mtu);
  return out;
}

// Whether a bridge, at its wanted MTU when its ports come or change, takes theirs then: until somebody has
// changed a bridge's MTU it is the least of its ports' (br_mtu_auto_adjust() in net/bridge/br_if.c), and
// setting the MTU that it has is no change.
bool Build::follows_ports(const PortMtus& ports, const Link* live, uint32_t mtu) {
  constexpr uint32_t kUsual = 1500;
  bool by_user = live && live->mtu != ports.now.value_or(kUsual);
  return (live || mtu == kUsual) && !by_user && ports.then.value_or(kUsual) != mtu;
}

void Build::pin_bridge_mtus() {
  std::optional<std::map<IfName, PortMtus>> ports;  // found out when first asked for
  for (const Link& wanted : desired_.state.links) {
    auto mtu = std::holds_alternative<Bridge>(wanted.kind) ? wanted_mtu(wanted.name) : std::nullopt;
    if (!mtu) continue;
    LinkWork* w = work(wanted.name);
    if (w && !w->after) continue;
    const Link* live = w ? (w->recreate ? nullptr : w->before) : live_.link(wanted.name);
    if (!ports) ports = port_mtus();
    if (!follows_ports((*ports)[wanted.name], live, *mtu)) continue;
    if (!w) w = &work_for(*live, Why::differs, {});
    w->pin_mtu = true;
  }
}

// A bridge that changes its default PVID changes that of the ports that have none or the old one
// (__br_vlan_set_default_pvid()): those that are to stay as they are get theirs again.
void Build::keep_port_vlans() {
  for (const Link& wanted : desired_.state.links) {
    const auto* port = std::get_if<BridgePort>(&wanted.port);
    const Link* live = live_.link(wanted.name);
    if (!port || !live || (!port->pvid && !port->vlans)) continue;
    const Link* master = live_.link(master_of(*live));
    const Link* then = final_link(master_of(*live));
    const LinkWork* w = work(wanted.name);
    if (!master || !then || (w && (!w->after || w->recreate || leaves_master(*w)))) continue;
    const auto* bridge = std::get_if<Bridge>(&master->kind);
    if (bridge && std::holds_alternative<BridgePort>(live->port) && moves_pvid(*bridge, *then))
      work_for(*live, Why::differs, master->name).rewrite_vlans = true;
  }
}

// The link without the VLANs that the change of a bridge's default PVID moves meanwhile, also the bridge's
// own.
const Link* Build::forget_vlans(const LinkWork& w, const Link* value) {
  Link unknown = *value;
  if (w.rewrite_vlans) {
    auto& port = std::get<BridgePort>(unknown.port);
    port.pvid.reset();
    port.vlans.reset();
    port.untagged.reset();
    return keep(std::move(unknown));
  }
  auto* bridge = std::get_if<Bridge>(&unknown.kind);
  const Link* wanted = desired_.state.link(w.after->name);
  const auto* named = wanted ? std::get_if<Bridge>(&wanted->kind) : nullptr;
  if (!bridge || !named || (!named->vlans && !named->untagged) || !moves_pvid(*bridge, *w.after))
    return value;
  bridge->vlans.reset();
  bridge->untagged.reset();
  return keep(std::move(unknown));
}

// A bridge whose wanted address is that of a port may only follow it (br_stp_recalculate_bridge_id()).
void Build::pin_bridge_mac(const Link& wanted) {
  const Link* live = live_.link(wanted.name);
  if (!live || !wanted.mac || live->mac != wanted.mac || !std::holds_alternative<Bridge>(live->kind)) return;
  bool follows = std::any_of(live_.links.begin(), live_.links.end(), [&](const Link& port) {
    return master_of(port) == wanted.name && port.mac == wanted.mac;
  });
  bool ports_change = std::any_of(works_.begin(), works_.end(), [&](const auto& entry) {
    const LinkWork& w = entry.second;
    return (w.before && master_of(*w.before) == wanted.name) ||
           (w.after && master_of(*w.after) == wanted.name);
  });
  if (!follows || !ports_change) return;
  LinkWork* w = work(wanted.name);
  if (w && (!w->after || w->recreate)) return;
  if (!w) w = &work_for(*live, Why::differs, {});
  w->pin_mac = true;
}

// Whether a link may get another address: of its own, from its members, or from what it stands on.
bool Build::may_change_mac(const IfName& name) const {
  if (name.empty()) return false;
  const Link* live = live_.link(name);
  const Link* then = final_link(name);
  auto own = works_.find(name);
  if (!live || !then || live->mac != then->mac || (own != works_.end() && own->second.pin_mac)) return true;
  bool moves = std::any_of(works_.begin(), works_.end(), [&](const auto& entry) {
    const LinkWork& w = entry.second;
    bool was = w.before && master_of(*w.before) == name, is = w.after && master_of(*w.after) == name;
    return was != is || (is && w.detach);
  });
  return moves || may_change_mac(parent_of(*live));
}

// A VLAN whose wanted address is its parent's only follows that (vlan_sync_address() in net/8021q/vlan.c).
void Build::pin_vlan_mac(const Link& wanted) {
  const Link* live = live_.link(wanted.name);
  if (!live || !wanted.mac || live->mac != wanted.mac || !std::holds_alternative<Vlan>(live->kind)) return;
  const Link* parent = live_.link(parent_of(*live));
  LinkWork* w = work(wanted.name);
  if (!parent || parent->mac != wanted.mac || (w && (!w->after || w->recreate))) return;
  if (!may_change_mac(parent->name)) return;
  if (!w) w = &work_for(*live, Why::differs, {});
  w->pin_mac = true;
}

// A bond remembers its primary by the name that it had, and a member that gets another is no longer that
// (bond_slave_netdev_event() in drivers/net/bonding/bond_main.c).
void Build::pin_primaries() {
  for (auto& [name, w] : works_) {
    const auto* bond = w.after ? std::get_if<Bond>(&w.after->kind) : nullptr;
    if (bond && bond->primary && !bond->primary->empty() && is_renamed(*bond->primary)) w.pin_primary = true;
  }
}

// A bond that has lost its last member has a random MAC address (__bond_release_one()), and then that of the
// first to come.
void Build::pin_bond_macs() {
  for (const Link& wanted : desired_.state.links) {
    const Link* live = live_.link(wanted.name);
    if (!exact_) pin_bridge_mac(wanted);
    if (!live || !wanted.mac || !std::holds_alternative<Bond>(live->kind)) continue;
    LinkWork* w = work(wanted.name);
    if (w && (!w->after || w->recreate)) continue;
    size_t members = 0, leave = 0;
    for (const Link& link : live_.links) {
      if (master_of(link) != wanted.name) continue;
      ++members;
      const LinkWork* member = work(link.name);
      if (member && (!member->after || member->recreate || leaves_master(*member))) ++leave;
    }
    if (members == 0 || leave < members) continue;
    if (!w) w = &work_for(*live, Why::differs, {});
    w->pin_mac = true;
  }
  for (const Link& wanted : desired_.state.links) pin_vlan_mac(wanted);
}

}  // namespace netcfg
