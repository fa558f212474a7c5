// A bridge's and its ports' options (net/bridge/br_netlink.c, br_vlan.c).
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"

namespace netcfg::test {
namespace {

void take_out(VidSet& set, uint32_t vid) {
  VidSet out;
  for (const Span& range : set.ranges) {
    if (vid < range.first || vid > range.last) {
      out.add(range);
      continue;
    }
    if (range.first < vid) out.add({range.first, vid - 1});
    if (vid < range.last) out.add({vid + 1, range.last});
  }
  set = out;
}

void put_in(VidSet& set, uint32_t vid) {
  set.add({vid, vid});
}

void keep_within(VidSet& inner, const VidSet& outer) {
  VidSet out;
  for (const Span& range : inner.ranges)
    for (uint32_t vid = range.first; vid <= range.last; ++vid)
      if (outer.contains(vid)) put_in(out, vid);
  inner = out;
}

}  // namespace

Answer SimHost::set_bridge(const IfName& name, const Bridge& before, const Bridge& after) {
  for (const Field& field : kBridgeFields) {
    if (!field.has(&after) || field.equal(&before, &after)) continue;
    if (Answer a = set_bridge_option(edit(name), field, after); a.refused()) return a;
  }
  return {};
}

Answer SimHost::set_bridge_option(SimLink& link, const Field& field, const Bridge& after) {
  auto& bridge = std::get<Bridge>(link.link.kind);
  if (field.change == Mutability::empty && has_members(link.link.name)) return {EBUSY, ""};
  if (field.name == "default-pvid") {
    // By netlink also while VLANs are kept apart; only sysfs asks for that to be off.
    set_default_pvid(link.link.name, *after.default_pvid);
    return {};
  }
  if (field.name == "group-address") {
    const auto& mac = after.group_address->bytes;
    bool fits = mac[0] == 0x01 && mac[1] == 0x80 && mac[2] == 0xc2 && mac[3] == 0 && mac[4] == 0 &&
                (mac[5] == 0 || (mac[5] > 3 && mac[5] < 16));
    if (!fits) return {EINVAL, ""};
  }
  if (field.name == "mcast-hash-max" && (*after.mcast_hash_max & (*after.mcast_hash_max - 1)) != 0)
    return {EINVAL, ""};
  field.copy(&bridge, &after);
  // Unset, `untagged` follows `vlans`; and what it names is a member.
  if (field.name == "vlans" && !after.untagged) keep_within(*bridge.untagged, *bridge.vlans);
  if (field.name == "untagged")
    for (const Span& range : bridge.untagged->ranges) bridge.vlans->add(range);
  return {};
}

// Moves what has the old one as PVID to the new one (__br_vlan_set_default_pvid()).
void SimHost::set_default_pvid(const IfName& name, uint16_t pvid) {
  auto& bridge = std::get<Bridge>(edit(name).link.kind);
  uint16_t old = *bridge.default_pvid;
  auto move = [&](VidSet& vlans, VidSet* untagged) {
    if (old != 0) take_out(vlans, old);
    if (old != 0 && untagged) take_out(*untagged, old);
    if (pvid != 0) put_in(vlans, pvid);
    if (pvid != 0 && untagged) put_in(*untagged, pvid);
  };
  bridge.default_pvid = pvid;
  move(*bridge.vlans, &*bridge.untagged);
  for (SimLink& link : links_.edit()) {
    auto* port = std::get_if<BridgePort>(&link.link.port);
    if (link.link.master != name || !port || port->pvid != old) continue;
    move(*port->vlans, nullptr);
    port->pvid = pvid;
  }
}

BridgePort SimHost::fresh_bridge_port(const Bridge& bridge, const Link& link) const {
  static const BridgePort kDefault = [] {
    BridgePort port;
    for (const Field& field : kBridgePortFields) reset(field, &port);
    port.backup_port.emplace();
    port.vlans.emplace();
    port.untagged.emplace();
    return port;
  }();
  BridgePort port = kDefault;
  // port_cost() in br_if.c: a veth says that it has 10 Gbit/s, what stands on a link says what that says,
  // the others nothing.
  const Link* speaker = &link;
  while (const SimLink* below = parent_of(*speaker).empty() ? nullptr : find(parent_of(*speaker)))
    speaker = &below->link;
  port.cost = std::holds_alternative<Veth>(speaker->kind) ? 2 : 100;
  port.pvid = bridge.default_pvid;
  if (*bridge.default_pvid != 0) put_in(*port.vlans, *bridge.default_pvid);
  return port;
}

Answer SimHost::set_bridge_port(const IfName& name, const BridgePort& before, const BridgePort& after) {
  SimLink& link = edit(name);
  auto& port = std::get<BridgePort>(link.link.port);
  for (const Field& field : kBridgePortFields) {
    if (!field.has(&after) || field.equal(&before, &after)) continue;
    if (field.name == "pvid" || field.type == Type::vids) continue;
    if (field.name == "backup-port" && !after.backup_port->empty()) {
      const SimLink* backup = find(*after.backup_port);
      if (!backup) return {ENODEV, ""};
      if (backup->link.master != link.link.master || backup->link.index == link.link.index)
        return {EINVAL, ""};
    }
    field.copy(&port, &after);
  }
  auto differs = [](const auto& was, const auto& is) { return is && was != is; };
  if (differs(before.pvid, after.pvid) || differs(before.vlans, after.vlans) ||
      differs(before.untagged, after.untagged))
    set_port_vlans(port, after);
  return {};
}

// The table that is meant, as the netlink adapter makes it of fields that may be unset: `vlans` holds every
// id, `untagged` those of them, besides the PVID, that leave without tag.
void SimHost::set_port_vlans(BridgePort& port, const BridgePort& after) {
  VidSet vlans = after.vlans ? *after.vlans : *port.vlans;
  VidSet untagged;
  for (const Span& range : (after.untagged ? *after.untagged : *port.untagged).ranges)
    for (uint32_t vid = range.first; vid <= range.last; ++vid)
      if (after.untagged || vlans.contains(vid)) put_in(untagged, vid);
  for (const Span& range : untagged.ranges) vlans.add(range);
  uint16_t pvid = after.pvid ? *after.pvid : vlans.contains(*port.pvid) ? *port.pvid : 0;
  if (pvid != 0) {
    put_in(vlans, pvid);
    take_out(untagged, pvid);
  }
  port.pvid = pvid;
  port.vlans = vlans;
  port.untagged = untagged;
}

}  // namespace netcfg::test
