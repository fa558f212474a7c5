// Random links of a spec: which there are, who stands on whom and belongs to whom, and their options.
#include <algorithm>

#include "tests/support/random_draft.h"

namespace netcfg::test {
namespace {

// From below to above: members and parents are of a lower layer, so that nothing goes in circles.
int layer(const Link& link) {
  switch (link.kind.index()) {
    case 1:
      return 1;  // bond
    case 2:
      return 3;  // bridge
    case 4:
      return 4;  // vrf
    case 3:
    case 7:
    case 8:
    case 9:
    case 10:
      return 2;  // vlan and the like
    default:
      return 0;
  }
}

bool has_kind(const Link& link, std::string_view kind) {
  const KindInfo* info = kind_info(link.kind);
  return info && info->name == kind;
}

Mac spec_mac(uint32_t n) {
  return Mac{{0x02, 0xaa, 0, 0, 0, static_cast<uint8_t>(n)}};
}

}  // namespace

Link* Draft::find(const IfName& name) {
  for (Link& link : out_.state.links)
    if (link.name == name) return &link;
  return nullptr;
}

std::vector<IfName> Draft::members(const IfName& master) const {
  std::vector<IfName> out;
  for (const Link& link : out_.state.links)
    if (link.master == master) out.push_back(link.name);
  return out;
}

bool Draft::is_port(const Link& link) const {
  return link.port.index() != 0;
}

bool Draft::stood_on(const IfName& name) const {
  return std::any_of(out_.state.links.begin(), out_.state.links.end(),
                     [&](const Link& link) { return parent_of(link) == name || link.master == name; });
}

uint32_t Draft::table_of(const IfName& dev) const {
  auto vrf_of = [&](const IfName& name) -> uint32_t {
    for (const Link& link : out_.state.links)
      if (link.name == name)
        if (const auto* vrf = std::get_if<Vrf>(&link.kind)) return *vrf->table;
    return kTableMain;
  };
  for (const Link& link : out_.state.links)
    if (link.name == dev) return link.master ? vrf_of(*link.master) : vrf_of(dev);
  return kTableMain;
}

void Draft::add_nics() {
  for (const Nic& nic : host_.nics()) {
    if (rng_.chance(12)) continue;
    Link link;
    link.name = nic.name;
    link.state = LinkState::up;
    old_names_[nic.name] = nic.name;
    out_.state.links.push_back(std::move(link));
  }
  if (rng_.chance(15)) swap_names();
  for (const auto& [name, old] : old_names_) {
    if (name == old && !rng_.chance(30)) continue;
    Match match;
    match.name = name;
    // A match by name holds only as long as the card keeps that name.
    if (name != old || rng_.chance(70))
      match.permanent_mac = host_.find(old)->permanent_mac;
    else
      match.ifname = std::string(old.view());
    out_.matches.push_back(std::move(match));
  }
}

// NICs that change their names, in a circle or to new ones.
void Draft::swap_names() {
  auto& links = out_.state.links;
  if (links.empty()) return;
  std::map<IfName, IfName> names;
  if (rng_.chance(50)) {
    for (size_t i = 0; i < links.size(); ++i) names[links[(i + 1) % links.size()].name] = links[i].name;
  } else {
    IfName fresh = rng_.pick({"wan0", "lan0"});
    for (const Link& link : links) names[link.name] = link.name;
    if (!host_.find(fresh)) {
      IfName old = links[rng_.below(links.size())].name;
      names.erase(old);
      names[fresh] = old;
    }
  }
  old_names_ = names;
  size_t i = 0;
  for (const auto& [name, old] : names) links[i++].name = name;
}

template <class Kind>
Link& Draft::add(const char* name, Kind kind) {
  Link link;
  link.name = name;
  link.kind = std::move(kind);
  link.state = LinkState::up;
  return out_.state.links.emplace_back(std::move(link));
}

void Draft::add_virtual() {
  if (rng_.chance(45)) add("bond0", Bond{});
  if (rng_.chance(20)) add("bond1", Bond{});
  if (rng_.chance(35)) add("br0", Bridge{});
  if (rng_.chance(12)) add("br1", Bridge{});
  std::vector<uint32_t> tables{1000, 1001, 1002};
  rng_.shuffle(tables);
  if (rng_.chance(25)) add("red", Vrf{tables[0]});
  if (rng_.chance(12)) add("blue", Vrf{tables[1]});
  if (rng_.chance(40)) add("dm0", Dummy{});
  if (rng_.chance(25)) add("dm1", Dummy{});
  if (rng_.chance(20)) {
    add("ve0", Veth{IfName("ve1")});
    add("ve1", Veth{IfName("ve0")});
  }
  if (rng_.chance(8)) {
    Link gone;
    gone.name = "gone0";
    gone.state = LinkState::absent;
    out_.state.links.push_back(gone);
  }
}

// Parents are of the two lowest layers, or a bridge.
IfName Draft::random_parent(bool receives) {
  std::vector<IfName> fit;
  for (const Link& link : out_.state.links) {
    if (link.absent() || layer(link) == 2 || layer(link) == 4) continue;
    if (layer(link) == 3 && !rng_.chance(30)) continue;
    if (receives && is_port(link)) continue;
    if (std::holds_alternative<BondPort>(link.port) && !rng_.chance(10)) continue;
    fit.push_back(link.name);
  }
  return fit.empty() ? IfName() : rng_.pick(fit);
}

void Draft::add_stacked() {
  std::set<std::pair<IfName, uint16_t>> taken;
  for (const char* name : {"v10", "v20", "v30"}) {
    if (!rng_.chance(35)) continue;
    Vlan vlan;
    vlan.parent = random_parent(false);
    vlan.id = static_cast<uint16_t>(rng_.pick({10, 20, 30}));
    if (vlan.parent->empty() || !taken.insert({*vlan.parent, *vlan.id}).second) continue;
    add(name, vlan);
  }
  if (rng_.chance(20)) {
    Macvlan macvlan;
    macvlan.parent = random_parent(true);
    if (!macvlan.parent->empty()) {
      if (rng_.chance(60)) macvlan.mode = rng_.pick({1U, 2U, 4U, 8U});
      add("mv0", macvlan);
    }
  }
  if (rng_.chance(15)) {
    Vxlan vxlan;
    vxlan.id = rng_.pick({5U, 6U});
    vxlan.port = static_cast<uint16_t>(rng_.pick({4789, 8472}));
    if (rng_.chance(50)) vxlan.learning = rng_.chance(50);
    if (IfName parent = random_parent(false); !parent.empty() && rng_.chance(50)) vxlan.parent = parent;
    add("vx0", vxlan);
  }
}

bool Draft::may_join(const Link& link, const Link& master) const {
  const KindInfo* info = kind_info(master.kind);
  if (!info || !info->has_members || link.absent() || layer(link) >= layer(master)) return false;
  // What receives a link's frames excludes a master that does.
  bool macvlan_on = std::any_of(out_.state.links.begin(), out_.state.links.end(), [&](const Link& other) {
    return has_kind(other, "macvlan") && parent_of(other) == link.name;
  });
  // A VLAN on a bridge cannot be that bridge's port.
  IfName below = parent_of(link);
  bool on_bridge = std::any_of(out_.state.links.begin(), out_.state.links.end(), [&](const Link& other) {
    return other.name == below && has_kind(other, "bridge");
  });
  if (has_kind(master, "bond")) return layer(link) == 0 && !macvlan_on;
  return has_kind(master, "vrf") || (!macvlan_on && !on_bridge);
}

// Run twice: before what stands on others is chosen, and for that itself.
void Draft::choose_masters() {
  for (Link& link : out_.state.links) {
    if (link.master || link.absent() || rng_.chance(45)) continue;
    std::vector<IfName> fit;
    for (const Link& master : out_.state.links)
      if (may_join(link, master)) fit.push_back(master.name);
    if (fit.empty()) continue;
    link.master = rng_.pick(fit);
    link.port = port_for(find(*link.master)->kind);
  }
}

void Draft::choose_values() {
  // Parents first, since a VLAN's MTU depends on its parent's.
  std::vector<IfName> order;
  for (const Link& link : out_.state.links) order.push_back(link.name);
  std::stable_sort(order.begin(), order.end(), [&](const IfName& a, const IfName& b) {
    return parent_of(*find(a)).empty() > parent_of(*find(b)).empty();
  });
  for (const IfName& name : order) {
    Link& link = *find(name);
    if (link.absent()) continue;
    set_common(link);
    if (auto* bond = std::get_if<Bond>(&link.kind)) set_bond(link, *bond);
    if (auto* bridge = std::get_if<Bridge>(&link.kind)) set_bridge(*bridge);
    if (auto* vlan = std::get_if<Vlan>(&link.kind)) set_vlan(link, *vlan);
    set_port(link);
  }
}

void Draft::set_common(Link& link) {
  bool bonded = std::holds_alternative<BondPort>(link.port);
  bool vrf = has_kind(link, "vrf");
  IfName parent = parent_of(link);
  if (!bonded && !vrf && parent.empty() && rng_.chance(40))
    link.mtu = rng_.pick({1500U, 9000U, 1400U, 2000U});
  if (const Link* below = find(parent); below && below->mtu && !has_kind(link, "vxlan") && rng_.chance(40))
    link.mtu = rng_.chance(50) ? *below->mtu : 1300;
  // In passthru mode a macvlan's address is its parent's: two wishes for one thing.
  bool own_mac = !bonded && !vrf && !has_kind(link, "ipvlan") && !is_passthru(link);
  if (own_mac && rng_.chance(15))
    link.mac = spec_mac(static_cast<uint32_t>(out_.state.links.size()) +
                        static_cast<uint32_t>(&link - out_.state.links.data()));
  // Its parent's address is refused, also one that a bond gives that back, which nobody knows.
  if (link.mac && has_kind(link, "macvlan")) link.mac->bytes[1] = 0xbb;
  if (rng_.chance(15)) link.description = rng_.pick({"uplink", "to the left switch", "x"});
  if (rng_.chance(8)) link.txqueuelen = rng_.pick({500U, 1000U, 2000U});
  if (rng_.chance(8)) link.group = rng_.pick({0U, 1U, 7U});
  if (rng_.chance(4)) link.allmulticast = rng_.chance(50);
  if (rng_.chance(8)) {
    link.altnames.emplace();
    for (const char* alt : {"uplink", "a-rather-long-name-for-it", "core"})
      if (rng_.chance(40) && altnames_.insert(alt).second) link.altnames->emplace_back(alt);
    std::sort(link.altnames->begin(), link.altnames->end());
  }
  bool lonely = !link.master && parent.empty() && !stood_on(link.name) && link.kind.index() != 0;
  if (lonely && !vrf && rng_.chance(5)) link.state = LinkState::down;
}

void Draft::set_bond(Link& link, Bond& bond) {
  if (rng_.chance(85)) bond.mode = static_cast<BondMode>(rng_.below(7));
  BondMode mode = bond.mode.value_or(BondMode::balance_rr);
  set_monitoring(bond, mode);
  auto has = [&](std::string_view option) { return mode_has(mode, option); };
  auto mine = members(link.name);
  if (has("primary") && !mine.empty() && rng_.chance(40)) bond.primary = rng_.pick(mine);
  if (has("primary-reselect") && rng_.chance(20)) bond.primary_reselect = rng_.below(3) & 3;
  if (mode == BondMode::active_backup && rng_.chance(30)) bond.fail_over_mac = rng_.below(3) & 3;
  if (has("lacp-rate") && rng_.chance(50)) bond.lacp_rate = rng_.below(2) & 1;
  if (has("ad-select") && rng_.chance(20)) bond.ad_select = rng_.below(3) & 3;
  if (has("ad-user-port-key") && rng_.chance(10)) bond.ad_user_port_key = 7;
  if (has("packets-per-slave") && rng_.chance(20)) bond.packets_per_slave = rng_.pick({0U, 1U, 10U});
  if (has("lp-interval") && rng_.chance(20)) bond.lp_interval = rng_.pick({1U, 5U});
  if (has("tlb-dynamic-lb") && mode == BondMode::balance_tlb && rng_.chance(20)) bond.tlb_dynamic_lb = false;
  if (rng_.chance(30)) bond.xmit_hash_policy = rng_.below(5) & 7;
  if (rng_.chance(15)) bond.min_links = rng_.below(2);
  if (rng_.chance(15)) bond.num_peer_notif = rng_.below(3) & 3;
  if (rng_.chance(10)) bond.resend_igmp = rng_.below(3) & 3;
}

void Draft::set_monitoring(Bond& bond, BondMode mode) {
  bool arp = mode_has(mode, "arp-interval");
  if (arp && rng_.chance(20)) {
    bond.arp_interval = rng_.pick({100U, 250U});
    bond.arp_ip_target = std::vector<Ip>{*parse_ip(rng_.chance(50) ? "10.0.0.254" : "10.0.1.254")};
    if (rng_.chance(40)) bond.arp_validate = rng_.below(4) & 3;
    return;
  }
  if (!rng_.chance(75)) return;
  bond.miimon = rng_.pick({100U, 50U, 200U});
  if (rng_.chance(40)) bond.updelay = *bond.miimon * rng_.below(4);
  if (rng_.chance(30)) bond.downdelay = *bond.miimon * rng_.below(4);
}

void Draft::set_bridge(Bridge& bridge) {
  if (rng_.chance(40)) bridge.stp = rng_.chance(50);
  if (rng_.chance(25)) bridge.forward_delay = rng_.pick({400U, 1500U});
  if (rng_.chance(25)) bridge.ageing_time = rng_.pick({0U, 30000U, 6000U});
  if (rng_.chance(15)) bridge.priority = static_cast<uint16_t>(rng_.pick({4096, 32768}));
  if (rng_.chance(35)) bridge.vlan_filtering = rng_.chance(60);
  if (rng_.chance(15)) bridge.default_pvid = static_cast<uint16_t>(rng_.pick({0, 1, 5}));
  if (rng_.chance(15)) bridge.mcast_snooping = rng_.chance(50);
}

void Draft::set_vlan(Link&, Vlan& vlan) {
  if (rng_.chance(10)) vlan.reorder_hdr = rng_.chance(50);
  if (rng_.chance(10)) vlan.gvrp = rng_.chance(50);
  if (rng_.chance(6)) vlan.loose_binding = rng_.chance(50);
  if (rng_.chance(8)) vlan.egress_qos_map = std::vector<QosEntry>{{rng_.below(3), 5}};
}

void Draft::set_port(Link& link) {
  if (auto* port = std::get_if<BridgePort>(&link.port)) set_bridge_port(*port);
  auto* port = std::get_if<BondPort>(&link.port);
  if (!port) return;
  BondMode mode = std::get<Bond>(find(*link.master)->kind).mode.value_or(BondMode::balance_rr);
  // The master's mode may be chosen only after this; an option that no mode lacks is always right.
  static_cast<void>(mode);
  if (rng_.chance(20)) {
    auto mine = members(*link.master);
    auto place = std::find(mine.begin(), mine.end(), link.name) - mine.begin();
    port->queue_id = static_cast<uint16_t>(place + 1);
  }
}

void Draft::set_bridge_port(BridgePort& port) {
  if (rng_.chance(20)) port.cost = rng_.pick({10U, 100U});
  if (rng_.chance(20)) port.priority = static_cast<uint16_t>(rng_.pick({8, 32}));
  if (rng_.chance(15)) port.hairpin = rng_.chance(50);
  if (rng_.chance(15)) port.learning = rng_.chance(50);
  if (rng_.chance(15)) port.isolated = rng_.chance(50);
  if (rng_.chance(25)) {
    port.vlans.emplace();
    for (uint32_t vid : {10U, 20U, 21U})
      if (rng_.chance(50)) port.vlans->add({vid, vid});
    port.untagged.emplace();
    port.pvid = static_cast<uint16_t>(rng_.pick({0, 10, 20}));
    if (*port.pvid != 0) port.vlans->add({*port.pvid, *port.pvid});
  }
}

Desired Draft::run() {
  add_nics();
  add_virtual();
  choose_masters();
  add_stacked();
  choose_masters();
  choose_values();
  out_.state.sort();
  add_addresses();
  add_nexthops();
  add_routes();
  add_rules();
  add_neighbors();
  add_sysctls();
  add_qdiscs();
  out_.state.sort();
  return std::move(out_);
}

}  // namespace netcfg::test
