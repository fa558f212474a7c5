#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/probe/shown.h"

namespace netcfg {
namespace {

// A link of this kind as the kernel makes it, as far as that differs from the table of fields: without
// ARP and multicast where nobody answers (drivers/net/dummy.c, vrf.c, ipvlan_main.c).
Link made_by_kernel(const Link& link) {
  Link out;
  for (const Field& field : kLinkFields) reset(field, &out);
  const auto* ipvlan = std::get_if<Ipvlan>(&link.kind);
  bool silent = std::holds_alternative<Dummy>(link.kind) || std::holds_alternative<Vrf>(link.kind);
  if (silent) out.arp = out.multicast = false;
  if (ipvlan && ipvlan->mode.value_or(0) != 0) out.arp = false;
  return out;
}

// Whether a link of this MTU would have it anyway: a bond's member has the bond's, a link on another that
// one's, less what a tunnel's headers take.
bool usual_mtu(const Link& link, const Link* parent) {
  if (!link.mtu || std::holds_alternative<BondPort>(link.port) || std::holds_alternative<Vrf>(link.kind))
    return true;
  uint32_t base = parent ? parent->mtu.value_or(1500) : 1500;
  if (std::holds_alternative<Vxlan>(link.kind)) return *link.mtu == base - 50 || *link.mtu == base - 70;
  return *link.mtu == base;
}

// The path costs that the bridge takes from a port's speed (port_cost() in net/bridge/br_if.c).
bool cost_by_speed(uint32_t cost) {
  return cost == 2 || cost == 4 || cost == 19 || cost == 100;
}

// A VLAN table that says no more than the bridge's default PVID.
bool only_default(const std::optional<VidSet>& vlans, const std::optional<VidSet>& untagged, uint32_t pvid,
                  bool self) {
  VidSet usual;
  if (pvid != 0) usual.ranges = {{pvid, pvid}};
  return vlans.value_or(VidSet{}) == usual && untagged.value_or(VidSet{}) == (self ? usual : VidSet{});
}

bool empty_value(const Json& value) {
  return value.is_string() ? value.get_ref<const std::string&>().empty() : value.is_array() && value.empty();
}

}  // namespace

Json shown_value(const Field& field, const void* object) {
  auto number_or_text = [](const std::string& text) {
    auto number = parse<Span>(text);
    return number && number->first == number->last ? Json(number->first) : Json(text);
  };
  Value value = field.get(field, object);
  if (const auto* b = std::get_if<bool>(&value)) return *b;
  if (const auto* n = std::get_if<int64_t>(&value)) return *n;
  if (const auto* s = std::get_if<std::string>(&value))
    return field.type == Type::span ? number_or_text(*s) : Json(*s);
  Json list = Json::array();
  if (const auto* texts = std::get_if<Texts>(&value))
    for (const std::string& text : *texts)
      list.push_back(field.type == Type::vids ? number_or_text(text) : Json(text));
  return list;
}

Json shown_fields(Fields fields, const void* object, const void* defaults) {
  Json out = Json::object();
  for (const Field& field : fields) {
    if (!field.has(object) || (field.has(defaults) && field.equal(object, defaults))) continue;
    Json value = shown_value(field, object);
    if (!empty_value(value)) out[std::string(field.name)] = std::move(value);
  }
  return out;
}

bool Shower::asked_for(const IfName& name) const {
  return names_.empty() || std::find(names_.begin(), names_.end(), name) != names_.end();
}

// Whether a spec that names this link could make it: of a known kind, on a parent that is there.
bool Shower::can_make(const Link& link) {
  std::string name = to_string(link.name);
  if (!link.foreign_kind.empty()) return false;  // one of live_.others already
  const auto* veth = std::get_if<Veth>(&link.kind);
  if (veth && (!veth->peer || !live_.state.link(*veth->peer))) {
    not_expressed(fmt::format("veth {}: its peer is in another network namespace", name));
    return false;
  }
  const KindInfo* info = kind_info(link.kind);
  const Field* parent = info ? find_field(info->fields, "parent") : nullptr;
  if (parent && parent->required && !live_.state.link(parent_of(link))) {
    not_expressed(fmt::format("{} {}: its parent is in another network namespace", info->name, name));
    return false;
  }
  return true;
}

// The links without which `link` would not be what it is.
std::set<IfName> Shower::needed_by(const Link& link) const {
  std::set<IfName> out;
  if (IfName parent = parent_of(link); !parent.empty()) out.insert(parent);
  if (const auto* veth = std::get_if<Veth>(&link.kind)) out.insert(*veth->peer);
  if (const KindInfo* info = kind_info(link.kind); info && info->has_members)
    for (const Link& member : live_.state.links)
      if (member.master == link.name && makeable_.contains(member.name)) out.insert(member.name);
  return out;
}

void Shower::choose_links() {
  for (const Link& link : live_.state.links)
    if (can_make(link)) makeable_.insert(link.name);
  for (const IfName& name : makeable_)
    if (asked_for(name)) shown_.insert(name);
  std::vector<IfName> open(shown_.begin(), shown_.end());
  while (!open.empty()) {
    const Link& link = *live_.state.link(open.back());
    open.pop_back();
    for (const IfName& name : needed_by(link))
      if (live_.state.link(name) && shown_.insert(name).second) bare_.insert(name);
  }
}

void Shower::put_common(Json& out, const Link& link) const {
  if (link.state == LinkState::down) out["state"] = "down";
  Link usual = made_by_kernel(link);
  usual.state = link.state;
  usual.master = link.master;  // said by the master
  // A MAC address may be the kernel's choice, a random one, or the burnt-in one: the state does not tell
  // which was set on purpose, and a spec that pins it would take a replaced NIC's away.
  usual.mac = link.mac;
  usual.token = link.token;  // below `ipv6`
  if (usual_mtu(link, live_.state.link(parent_of(link)))) usual.mtu = link.mtu;
  // udev gives NICs further names by itself.
  if (link.kind.index() == 0) usual.altnames = link.altnames;
  if (link.description && !valid_utf8(*link.description)) usual.description = link.description;
  out.update(shown_fields(kLinkFields, &link, &usual));
  if (link.token && !link.token->is_zero()) out["ipv6"]["token"] = to_string(*link.token);
}

Json Shower::port_options(const Link& master, const Link& member) const {
  Link usual;
  usual.port = port_for(master.kind);
  FieldsOf now = fields_of(member.port);
  if (member.port.index() != usual.port.index()) return Json::object();
  for (const Field& field : now.fields) reset(field, object_of(usual.port));
  if (const auto* port = std::get_if<BridgePort>(&member.port)) {
    const auto& bridge = std::get<Bridge>(master.kind);
    auto& plain = std::get<BridgePort>(usual.port);
    if (cost_by_speed(port->cost.value_or(100))) plain.cost = port->cost;
    uint32_t pvid = bridge.default_pvid.value_or(1);
    bool untold = bridge.vlan_filtering != true ||
                  (port->pvid.value_or(0) == pvid && only_default(port->vlans, port->untagged, pvid, false));
    if (untold) plain.pvid = port->pvid, plain.vlans = port->vlans, plain.untagged = port->untagged;
  }
  Json out = shown_fields(now.fields, now.object, fields_of(usual.port).object);
  const auto* bond = std::get_if<Bond>(&master.kind);
  if (bond && bond->mode && !mode_has(*bond->mode, "prio")) out.erase("prio");
  return out;
}

// A list of names, or a map where any has options.
Json Shower::members_of(const Link& master) const {
  Json list = Json::array(), map = Json::object();
  bool options = false;
  for (const Link& link : live_.state.links) {
    if (link.master != master.name || !makeable_.contains(link.name)) continue;
    std::string name = to_string(link.name);
    list.push_back(name);
    map[name] = port_options(master, link);
    options |= !map[name].empty();
  }
  return options ? map : list;
}

Json Shower::kind_block(const Link& link) const {
  const KindInfo& info = *kind_info(link.kind);
  LinkKind usual = info.make();
  for (const Field& field : info.fields)
    if (!field.required) reset(field, object_of(usual));
  if (auto* bond = std::get_if<Bond>(&usual)) {
    const auto& now = std::get<Bond>(link.kind);
    bond->mode.reset();                     // worth a word in any case
    bond->active_slave = now.active_slave;  // a state, not a wish
    // What the mode does not have keeps an old value, and a spec may not name it.
    for (const Field& field : kBondFields)
      if (now.mode && !mode_has(*now.mode, field.name)) field.copy(bond, &now);
  }
  if (auto* bridge = std::get_if<Bridge>(&usual)) {
    const auto& now = std::get<Bridge>(link.kind);
    bool untold = now.vlan_filtering != true ||
                  only_default(now.vlans, now.untagged, now.default_pvid.value_or(1), true);
    if (untold) bridge->vlans = now.vlans, bridge->untagged = now.untagged;
  }
  if (auto* vxlan = std::get_if<Vxlan>(&usual)) {
    vxlan->source_port = Span{0, 0};
    vxlan->local = vxlan->remote = Ip{};
  }
  return shown_fields(info.fields, object_of(const_cast<LinkKind&>(link.kind)), object_of(usual));
}

void Shower::put_kind(Json& out, const Link& link) const {
  const KindInfo* info = kind_info(link.kind);
  if (!info || bare_.contains(link.name)) return;
  // Both ends of a pair are one thing: the first by name says so.
  const auto* veth = std::get_if<Veth>(&link.kind);
  if (veth && *veth->peer < link.name && shows(*veth->peer) && !bare_.contains(*veth->peer)) return;
  Json block = kind_block(link);
  if (info->has_members)
    if (Json members = members_of(link); !members.empty()) block["members"] = std::move(members);
  out[std::string(info->name)] = std::move(block);
}

// An interface that another one's block brings in already need not stand for itself.
bool Shower::said_by_others(const Link& link, const Json& body) const {
  if (!body.empty()) return false;
  bool member = link.master && shows(*link.master) && !bare_.contains(*link.master);
  return std::holds_alternative<Veth>(link.kind) || link.name == IfName("lo") ||
         (member && bare_.contains(link.name));
}

Json Shower::interface(const Link& link) {
  Json body = Json::object();
  if (link.name != IfName("lo")) {
    put_kind(body, link);
    if (bare_.contains(link.name)) {
      if (link.state == LinkState::down) body["state"] = "down";
      return body;
    }
    put_common(body, link);
    if (link.description && !valid_utf8(*link.description))
      not_expressed(fmt::format("the description of {}, which is not UTF-8", link.name.view()));
  }
  if (Json list = addresses_on(link); !list.empty()) body["addresses"] = std::move(list);
  if (Json list = neighbors_on(link); !list.empty()) body["neighbors"] = std::move(list);
  put_queue(body, link);
  return body;
}

Json Shower::spec() {
  choose_links();
  Json out = Json::object();
  out["netcfg"] = 1;
  Json interfaces = Json::object();
  for (const IfName& name : shown_) {
    const Link& link = *live_.state.link(name);
    Json body = interface(link);
    if (!said_by_others(link, body)) interfaces[to_string(name)] = std::move(body);
  }
  if (!interfaces.empty()) out["interfaces"] = std::move(interfaces);
  note_networks();
  if (Json table = nexthops(); !table.empty()) out["nexthops"] = std::move(table);
  if (Json list = routes(); !list.empty()) out["routes"] = std::move(list);
  if (Json list = rules(); !list.empty()) out["rules"] = std::move(list);
  put_sysctls(out);
  for (const std::string& other : live_.others)
    if (names_.empty()) not_expressed(other);
  count_others();
  return out;
}

}  // namespace netcfg
