#include "netcfg/kernel/link_write.h"

#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "netcfg/kernel/bond_order.h"
#include "netcfg/kernel/fields.h"
#include "netcfg/kernel/link_read.h"

namespace netcfg::nl {
namespace {

const Ip kNoToken{Family::ipv6, {}};

// The bits of ifi_flags that change from `before` (null: from what a new link has), but IFF_UP.
void add_flags(ifinfomsg& header, const Link* before, const Link& after) {
  auto add = [&](std::optional<bool> Link::*field, unsigned bit, bool inverse) {
    if (!(after.*field) || (before && before->*field == after.*field)) return;
    header.ifi_change |= bit;
    if (*(after.*field) != inverse) header.ifi_flags |= bit;
  };
  add(&Link::arp, IFF_NOARP, true);
  add(&Link::multicast, IFF_MULTICAST, false);
  add(&Link::allmulticast, IFF_ALLMULTI, false);
}

bool is_passthru(const LinkKind& kind) {
  const auto* macvlan = std::get_if<Macvlan>(&kind);
  const auto* macvtap = std::get_if<Macvtap>(&kind);
  const Macvlan* either = macvlan ? macvlan : macvtap;
  return either && either->mode == uint32_t{MACVLAN_MODE_PASSTHRU};
}

// What a member of a bond or bridge starts with. A bridge's path cost depends on the link's speed, so a
// bridge port's fields count as unknown.
PortKind fresh_port(const PortKind& port) {
  if (std::holds_alternative<BondPort>(port)) return BondPort{0, 0};
  if (std::holds_alternative<BridgePort>(port)) return BridgePort{};
  return {};
}

Rows plain_rows(const void* before, const void* after, Fields fields, LinkAttrs attributes) {
  Rows rows = changed_rows(fields, before, after);
  for (size_t i = 0; i < attributes.size(); ++i)
    if (attributes[i].attribute == 0) rows.reset(i);
  return rows;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& gone) {
  std::vector<std::string> out;
  for (const std::string& name : all)
    if (std::find(gone.begin(), gone.end(), name) == gone.end()) out.push_back(name);
  return out;
}

}  // namespace

ifinfomsg& LinkWriter::start(uint16_t type, uint32_t index) {
  auto& header = message_.start<ifinfomsg>(type, 0);
  header.ifi_index = static_cast<int>(index);
  return header;
}

Outcome LinkWriter::transact() {
  auto ack = socket_.transact(message_);
  std::string what = request_name(message_.type());
  if (!ack) return Refusal{0, ack.error().code, ack.error().message, what};
  if (ack->code != 0) return Refusal{0, ack->code, ack->extack, what};
  return {};
}

Outcome LinkWriter::missing(const IfName& name) const {
  return Refusal{0, ENODEV, "there is no link " + to_string(name), request_name(message_.type())};
}

Outcome LinkWriter::create(const Link& after) {
  const auto* veth = std::get_if<Veth>(&after.kind);
  // The end of a new pair that its peer's creation has made already, unless somebody deleted it since.
  indexes_.forget(after.name);
  if (veth && born_.erase(after.name) > 0 && indexes_.index(after.name) != 0) return adopt(after);
  Link bare = after;
  if (auto refusal = encode_create(after, bare)) return refusal;
  if (auto refusal = transact()) return refusal;
  indexes_.forget(after.name);
  gone_.erase(after.name);
  if (veth && veth->peer) {
    indexes_.forget(*veth->peer);
    gone_.erase(*veth->peer);
    born_.insert(*veth->peer);
  }
  if (bare == after) return {};
  return update(bare, after);
}

Outcome LinkWriter::encode_kind(const Link& after) {
  LinkAttrs attributes = attrs_of(after.kind);
  FieldsOf from = fields_of(after.kind);
  Rows rows = changed_rows(from.fields, nullptr, from.object);
  if (const auto* bond = std::get_if<Bond>(&after.kind)) rows = bond_steps(nullptr, *bond, rows).second;
  // A new bridge does not filter; and a kernel that cannot refuses to be told so (the stub of
  // br_vlan_filter_toggle() in net/bridge/br_private.h).
  if (const auto* bridge = std::get_if<Bridge>(&after.kind); bridge && bridge->vlan_filtering == false)
    rows.reset(row_of(from.fields, "vlan-filtering"));
  IfName absent;
  Nest info(message_, IFLA_LINKINFO);
  message_.put_text(IFLA_INFO_KIND, kind_info(after.kind)->name);
  Nest data(message_, IFLA_INFO_DATA);
  if (!put_fields(message_, attributes, from, rows, indexes_, absent)) return missing(absent);
  put_custom(message_, nullptr, after.kind, rows);
  return {};
}

// What the kernel does not take from the request that makes a link.
Link LinkWriter::bare_link(const Link& after, bool up) {
  Link bare = after;
  if (after.state) bare.state = up ? LinkState::up : LinkState::down;
  if (after.description) bare.description = "";
  if (after.altnames) bare.altnames.emplace();
  if (after.token) bare.token = kNoToken;
  if (after.master && !after.master->empty()) bare.port = fresh_port(after.port);
  // It is born with its parent's address (macvlan_common_newlink()), and setting one sets the parent's.
  if (after.mac && is_passthru(after.kind)) bare.mac.reset();
  if (auto* bridge = std::get_if<Bridge>(&bare.kind)) {
    if (after.mtu) bare.mtu = ETH_DATA_LEN;
    bridge->vlans.reset();
    bridge->untagged.reset();
  }
  if (auto* bond = std::get_if<Bond>(&bare.kind); bond && bond->active_slave) bond->active_slave.emplace();
  return bare;
}

Outcome LinkWriter::encode_relatives(const Link& after) {
  LinkAttrs attributes = attrs_of(after.kind);
  bool stacked = std::any_of(attributes.begin(), attributes.end(),
                             [](const LinkAttr& row) { return row.wire == Wire::parent; });
  for (const auto& [type, name] : {std::pair<uint16_t, IfName>(IFLA_LINK, stacked ? parent_of(after) : ""),
                                   {IFLA_MASTER, after.master.value_or("")}}) {
    if (name.empty()) continue;
    uint32_t index = indexes_.index(name);
    if (index == 0) return missing(name);
    message_.put(type, index);
  }
  return {};
}

Outcome LinkWriter::encode_create(const Link& after, Link& bare) {
  auto& header = message_.start<ifinfomsg>(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  if (!kind_info(after.kind))
    return Refusal{0, EOPNOTSUPP, "a link of this kind cannot be made", request_name(RTM_NEWLINK)};
  message_.put_name(IFLA_IFNAME, after.name);
  add_flags(header, nullptr, after);
  if (auto refusal = encode_relatives(after)) return refusal;
  // Up before it has its master: fine for a bridge, refused by a bond, wrong for a VRF, which takes the
  // link's addresses and routes along (rtnl_newlink_create() sets flags first).
  bool member = after.master && !after.master->empty();
  bool up = after.is_up() && (!member || std::holds_alternative<BridgePort>(after.port));
  if (up) {
    header.ifi_flags |= IFF_UP;
    header.ifi_change |= IFF_UP;
  }
  Rows rows = plain_rows(nullptr, &after, kLinkFields, link_attrs());
  // An MTU that a bridge is made with gives way to that of its ports; one set later does not
  // (BROPT_MTU_SET_BY_USER in net/bridge).
  if (std::holds_alternative<Bridge>(after.kind)) rows.reset(row_of(kLinkFields, "mtu"));
  IfName none;
  put_fields(message_, link_attrs(), {&after, kLinkFields}, rows, indexes_, none);
  bare = bare_link(after, up);
  return encode_kind(after);
}

Outcome LinkWriter::adopt(const Link& after) {
  message_.start<ifinfomsg>(RTM_GETLINK, 0);
  message_.put_name(IFLA_IFNAME, after.name);
  std::optional<Link> live;
  auto ack = socket_.ask(message_, [&](const nlmsghdr& answer) { live = decode_link(answer, Names()); });
  if (!ack) return Refusal{0, ack.error().code, ack.error().message, request_name(RTM_GETLINK)};
  if (!live) return Refusal{0, ack->code, ack->extack, request_name(RTM_GETLINK)};
  live->token = kNoToken;
  return update(*live, after);
}

Outcome LinkWriter::update(const Link& before, const Link& after) {
  uint32_t index = indexes_.index(before.name);
  if (index == 0) {
    start(RTM_SETLINK, 0);
    return missing(before.name);
  }
  Outcome outcome = run_steps({before, after, index});
  if (before.name != after.name) {
    indexes_.forget(before.name);
    indexes_.forget(after.name);
  }
  return outcome;
}

Outcome LinkWriter::run_steps(const Change& change) {
  using Step = Outcome (LinkWriter::*)(const Change&);
  // A bond gives a member it releases its old MAC address back, so the master comes before the address. A
  // vxlan's parent bounds its MTU, so the kind comes before the MTU.
  // The active member can be chosen only while the bond is up.
  static constexpr Step kSteps[] = {
      &LinkWriter::put_down,   &LinkWriter::put_master, &LinkWriter::drop_altnames,    &LinkWriter::put_kind,
      &LinkWriter::put_common, &LinkWriter::put_port,   &LinkWriter::add_altnames,     &LinkWriter::put_token,
      &LinkWriter::put_vlans,  &LinkWriter::put_up,     &LinkWriter::put_active_slave,
  };
  for (Step step : kSteps)
    if (auto refusal = (this->*step)(change)) return refusal;
  return {};
}

Outcome LinkWriter::remove(const Link& before) {
  start(RTM_DELLINK, 0);
  // The other end of a pair of which the first was deleted.
  if (gone_.erase(before.name) > 0) return {};
  uint32_t index = indexes_.index(before.name);
  if (index == 0) return missing(before.name);
  start(RTM_DELLINK, index);
  if (auto refusal = transact()) return refusal;
  removed(before);
  return {};
}

void LinkWriter::removed(const Link& link) {
  indexes_.forget_all();
  born_.erase(link.name);
  if (const auto* veth = std::get_if<Veth>(&link.kind); veth && veth->peer) {
    born_.erase(*veth->peer);
    gone_.insert(*veth->peer);
  }
}

bool LinkWriter::put_group(uint32_t index, uint32_t group) {
  start(RTM_SETLINK, index);
  message_.put(IFLA_GROUP, group);
  return !transact();
}

bool LinkWriter::remove_together(std::span<const Link* const> links) {
  // Nobody else's: "netc".
  constexpr uint32_t kGroup = 0x6e657463;
  std::vector<uint32_t> indexes;
  for (const Link* link : links) {
    uint32_t index = kind_info(link->kind) && !gone_.contains(link->name) ? indexes_.index(link->name) : 0;
    if (index == 0) return false;
    indexes.push_back(index);
  }
  size_t moved = 0;
  while (moved < indexes.size() && put_group(indexes[moved], kGroup)) ++moved;
  bool deleted = false;
  if (moved == indexes.size()) {
    start(RTM_DELLINK, 0);
    message_.put(IFLA_GROUP, kGroup);
    deleted = !transact();
  }
  if (!deleted)
    for (size_t i = 0; i < moved; ++i) put_group(indexes[i], links[i]->group.value_or(0));
  for (const Link* link : links)
    if (deleted) removed(*link);
  // Both ends of a pair were named.
  for (const Link* link : links)
    if (deleted) gone_.erase(link->name);
  return deleted;
}

Outcome LinkWriter::put_flags(uint32_t index, uint32_t flags, uint32_t mask) {
  auto& header = start(RTM_SETLINK, index);
  header.ifi_flags = flags;
  header.ifi_change = mask;
  return transact();
}

Outcome LinkWriter::put_down(const Change& c) {
  bool down = c.after.state == LinkState::down && c.before.state != LinkState::down;
  // A bond takes only members that are down, and brings them up itself (bond_enslave()).
  bool enslaved = c.new_master() && !c.after.master->empty() && c.before.is_up() &&
                  std::holds_alternative<BondPort>(c.after.port);
  return down || enslaved ? put_flags(c.index, 0, IFF_UP) : Outcome{};
}

Outcome LinkWriter::put_up(const Change& c) {
  // A bond leaves a member that it releases down.
  bool up = c.after.is_up() && (!c.before.is_up() || c.new_master());
  return up ? put_flags(c.index, IFF_UP, IFF_UP) : Outcome{};
}

Outcome LinkWriter::put_master(const Change& c) {
  if (!c.new_master()) return {};
  start(RTM_SETLINK, c.index);
  uint32_t master = indexes_.index(*c.after.master);
  if (master == 0 && !c.after.master->empty()) return missing(*c.after.master);
  message_.put(IFLA_MASTER, master);
  return transact();
}

Outcome LinkWriter::put_common(const Change& c) {
  auto& header = start(RTM_SETLINK, c.index);
  auto empty = message_.bytes().size();
  add_flags(header, &c.before, c.after);
  bool flags = header.ifi_change != 0;
  if (c.before.name != c.after.name) message_.put_name(IFLA_IFNAME, c.after.name);
  IfName none;
  put_fields(message_, link_attrs(), {&c.after, kLinkFields},
             plain_rows(&c.before, &c.after, kLinkFields, link_attrs()), indexes_, none);
  // Without end mark: an alias of no bytes deletes it (dev_set_alias() in net/core/dev.c).
  if (c.after.description && c.after.description != c.before.description)
    message_.put_bytes(IFLA_IFALIAS, c.after.description->data(), c.after.description->size());
  return flags || message_.bytes().size() > empty ? transact() : Outcome{};
}

Outcome LinkWriter::put_kind(const Change& c) {
  if (c.before.kind.index() != c.after.kind.index()) {
    start(RTM_NEWLINK, c.index);
    return Refusal{0, EOPNOTSUPP, "a link cannot become one of another kind", request_name(RTM_NEWLINK)};
  }
  FieldsOf before = fields_of(c.before.kind);
  FieldsOf after = fields_of(c.after.kind);
  Rows rows = plain_rows(before.object, after.object, after.fields, attrs_of(c.after.kind));
  if (const auto* bond = std::get_if<Bond>(&c.after.kind)) {
    BondSteps steps = bond_steps(std::get_if<Bond>(&c.before.kind), *bond, rows);
    if (auto refusal = put_kind_rows(c, steps.first)) return refusal;
    return put_kind_rows(c, steps.second);
  }
  return put_kind_rows(c, rows);
}

Outcome LinkWriter::put_kind_rows(const Change& c, const Rows& rows) {
  if (rows.none()) return {};
  FieldsOf after = fields_of(c.after.kind);
  // The kernel takes some of these without an error, and ignores them (vlan_changelink()).
  for (size_t i = 0; i < after.fields.size(); ++i)
    if (rows[i] && after.fields[i].change == Mutability::recreate)
      return Refusal{0, EOPNOTSUPP, std::string(after.fields[i].name) + " cannot be changed on a live link",
                     request_name(RTM_NEWLINK)};
  start(RTM_NEWLINK, c.index);
  IfName absent;
  {
    Nest info(message_, IFLA_LINKINFO);
    message_.put_text(IFLA_INFO_KIND, kind_info(c.after.kind)->name);
    Nest data(message_, IFLA_INFO_DATA);
    if (!put_fields(message_, attrs_of(c.after.kind), after, rows, indexes_, absent)) return missing(absent);
    put_custom(message_, &c.before.kind, c.after.kind, rows);
  }
  return transact();
}

Outcome LinkWriter::put_active_slave(const Change& c) {
  const auto* after = std::get_if<Bond>(&c.after.kind);
  const auto* before = std::get_if<Bond>(&c.before.kind);
  if (!after || !after->active_slave || (before && before->active_slave == after->active_slave)) return {};
  Rows rows;
  rows.set(row_of(kBondFields, "active-slave"));
  return put_kind_rows(c, rows);
}

Outcome LinkWriter::put_port(const Change& c) {
  FieldsOf after = fields_of(c.after.port);
  if (after.fields.empty()) return {};
  bool same = !c.new_master() && c.before.port.index() == c.after.port.index();
  PortKind old = same ? c.before.port : fresh_port(c.after.port);
  Rows rows = plain_rows(fields_of(old).object, after.object, after.fields, attrs_of(c.after.port));
  if (rows.none()) return {};
  start(RTM_NEWLINK, c.index);
  IfName absent;
  {
    Nest info(message_, IFLA_LINKINFO);
    bool bond = std::holds_alternative<BondPort>(c.after.port);
    message_.put_text(IFLA_INFO_SLAVE_KIND, bond ? Bond::kind : Bridge::kind);
    Nest data(message_, IFLA_INFO_SLAVE_DATA);
    if (!put_fields(message_, attrs_of(c.after.port), after, rows, indexes_, absent)) return missing(absent);
  }
  return transact();
}

Outcome LinkWriter::put_altnames(uint16_t type, uint32_t index, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  start(type, index);
  // On deletion the bit of NLM_F_EXCL means NLM_F_BULK.
  if (type == RTM_NEWLINKPROP) message_.header()->nlmsg_flags |= NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND;
  {
    Nest list(message_, IFLA_PROP_LIST);
    for (const std::string& name : names) message_.put_text(IFLA_ALT_IFNAME, name);
  }
  return transact();
}

Outcome LinkWriter::drop_altnames(const Change& c) {
  if (!c.after.altnames || !c.before.altnames) return {};
  return put_altnames(RTM_DELLINKPROP, c.index, without(*c.before.altnames, *c.after.altnames));
}

Outcome LinkWriter::add_altnames(const Change& c) {
  if (!c.after.altnames) return {};
  static const std::vector<std::string> none;
  return put_altnames(RTM_NEWLINKPROP, c.index,
                      without(*c.after.altnames, c.before.altnames ? *c.before.altnames : none));
}

Outcome LinkWriter::put_token(const Change& c) {
  if (!c.after.token || c.after.token == c.before.token) return {};
  start(RTM_SETLINK, c.index);
  {
    Nest spec(message_, IFLA_AF_SPEC);
    Nest inet6(message_, AF_INET6);
    message_.put_bytes(IFLA_INET6_TOKEN, c.after.token->bytes.data(), 16);
  }
  return transact();
}

Result<std::vector<VlanRange>> LinkWriter::read_vlans(uint32_t index) {
  auto& header = message_.start<br_vlan_msg>(RTM_GETVLAN, 0);
  header.family = AF_BRIDGE;
  header.ifindex = index;
  std::vector<VlanRange> out;
  auto done = socket_.dump(
      message_, [&] { out.clear(); },
      [&](const nlmsghdr& answer) {
        auto vlans = decode_vlans(answer);
        if (vlans && vlans->index == index) out.insert(out.end(), vlans->ranges.begin(), vlans->ranges.end());
      });
  // A kernel without VLAN filtering, or bridges, has no tables.
  if (!done && done.error().code != EOPNOTSUPP) return done.error();
  return out;
}

Outcome LinkWriter::put_vlans(const Change& c) {
  if (!vlans_differ(c.before, c.after)) return {};
  // The table that is there, not the one before: enslaving gave the port the bridge's default PVID, and
  // changing that may have changed it.
  auto now = read_vlans(c.index);
  if (!now) return Refusal{0, now.error().code, now.error().message, request_name(RTM_GETVLAN)};
  VlanChanges changes = vlan_changes(c.after, *now);
  bool self = !std::holds_alternative<BridgePort>(c.after.port);
  for (const auto& [type, ranges] : {std::pair(RTM_DELLINK, &changes.remove), {RTM_SETLINK, &changes.add}}) {
    if (ranges->empty()) continue;
    encode_vlans(message_, static_cast<uint16_t>(type), c.index, self, *ranges);
    if (auto refusal = transact()) return refusal;
  }
  return {};
}

}  // namespace netcfg::nl
