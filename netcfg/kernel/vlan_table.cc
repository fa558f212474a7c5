#include "netcfg/kernel/vlan_table.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <sys/socket.h>

#include <algorithm>

#include "netcfg/kernel/attributes.h"

namespace netcfg::nl {
namespace {

constexpr uint16_t kFlags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;

constexpr uint32_t kVids = 4095;  // ids from 1 to 4094

// Flags by VLAN id; absent ids are not in the table.
using Table = std::map<uint16_t, uint16_t>;

Table table_of(std::span<const VlanRange> ranges) {
  Table out;
  for (const VlanRange& range : ranges)
    for (uint32_t vid = range.first; vid <= range.last; ++vid)
      out[static_cast<uint16_t>(vid)] = range.flags & kFlags;
  return out;
}

void add_ids(Table& table, const std::optional<VidSet>& ids, uint16_t flags) {
  if (!ids) return;
  for (Span range : ids->ranges)
    for (uint32_t vid = range.first; vid <= range.last && vid < kVids; ++vid)
      table[static_cast<uint16_t>(vid)] = flags;
}

void make_pvid(Table& table, uint16_t pvid) {
  for (auto& [vid, flags] : table) flags &= static_cast<uint16_t>(~BRIDGE_VLAN_INFO_PVID);
  if (pvid != 0) table[pvid] = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
}

uint16_t pvid_of(const Table& table) {
  for (const auto& [vid, flags] : table)
    if (flags & BRIDGE_VLAN_INFO_PVID) return vid;
  return 0;
}

// The ids that are wanted and whether they leave untagged, without a PVID yet. Fields that are unset keep
// what is there; `was_untagged` tells which flags mean that.
Table wanted_ids(const std::optional<VidSet>& ids, const std::optional<VidSet>& untagged, const Table& now,
                 bool (*was_untagged)(uint16_t flags)) {
  Table out = ids ? Table{} : now;
  add_ids(out, ids, 0);
  for (auto& [vid, flags] : out) {
    auto it = now.find(vid);
    bool keep = !untagged && it != now.end() && was_untagged(it->second);
    flags = keep ? BRIDGE_VLAN_INFO_UNTAGGED : 0;
  }
  add_ids(out, untagged, BRIDGE_VLAN_INFO_UNTAGGED);
  return out;
}

Table wanted_table(const BridgePort& port, const Table& now) {
  // A PVID that is one no longer leaves tagged, unless `untagged` names it.
  Table out = wanted_ids(port.vlans, port.untagged, now,
                         [](uint16_t flags) { return flags == BRIDGE_VLAN_INFO_UNTAGGED; });
  uint16_t pvid = port.pvid.value_or(pvid_of(now));
  make_pvid(out, port.pvid || out.contains(pvid) ? pvid : 0);
  return out;
}

Table wanted_table(const Bridge& bridge, const Table& now) {
  Table out = wanted_ids(bridge.vlans, bridge.untagged, now,
                         [](uint16_t flags) { return (flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0; });
  uint16_t first = 0;
  for (const auto& [vid, flags] : out)
    if (first == 0 && (flags & BRIDGE_VLAN_INFO_UNTAGGED)) first = vid;
  auto fallback = out.find(bridge.default_pvid.value_or(0));
  bool usable = fallback != out.end() && (fallback->second & BRIDGE_VLAN_INFO_UNTAGGED);
  make_pvid(out, usable ? fallback->first : first);
  return out;
}

Table wanted_table(const Link& link, const Table& now) {
  if (const auto* port = std::get_if<BridgePort>(&link.port)) return wanted_table(*port, now);
  if (const auto* bridge = std::get_if<Bridge>(&link.kind)) return wanted_table(*bridge, now);
  return now;
}

// Neighbouring ids with equal flags as one range; a PVID stands alone, as it must (br_netlink.c).
void append(std::vector<VlanRange>& ranges, uint16_t vid, uint16_t flags) {
  if (!ranges.empty() && ranges.back().last + 1 == vid && ranges.back().flags == flags &&
      !(flags & BRIDGE_VLAN_INFO_PVID))
    ranges.back().last = vid;
  else
    ranges.push_back({vid, vid, flags});
}

void put_vid(Message& m, uint16_t vid, uint32_t flags) {
  m.put(IFLA_BRIDGE_VLAN_INFO, bridge_vlan_info{static_cast<uint16_t>(flags), vid});
}

}  // namespace

std::optional<LinkVlans> decode_vlans(const nlmsghdr& message) {
  br_vlan_msg header{};
  if (message.nlmsg_type != RTM_NEWVLAN || !read_header(message, header)) return std::nullopt;
  LinkVlans out{header.ifindex, {}};
  constexpr size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof header);
  if (message.nlmsg_len < offset) return out;
  int left = static_cast<int>(message.nlmsg_len - offset);
  auto* at = reinterpret_cast<nlattr*>(reinterpret_cast<char*>(const_cast<nlmsghdr*>(&message)) + offset);
  for (; nla_ok(at, left); at = nla_next(at, &left)) {
    if (nla_type(at) != BRIDGE_VLANDB_ENTRY) continue;
    Attributes<BRIDGE_VLANDB_ENTRY_RANGE> entry(at);
    auto info = get<bridge_vlan_info>(entry[BRIDGE_VLANDB_ENTRY_INFO]);
    if (!info || info->vid >= kVids) continue;
    uint16_t last = get<uint16_t>(entry[BRIDGE_VLANDB_ENTRY_RANGE]).value_or(info->vid);
    if (last < info->vid || last >= kVids) continue;
    out.ranges.push_back({info->vid, last, static_cast<uint16_t>(info->flags & kFlags)});
  }
  return out;
}

void set_vlans(Link& link, std::span<const VlanRange> ranges) {
  VidSet all;
  VidSet untagged;
  uint16_t pvid = 0;
  auto* port = std::get_if<BridgePort>(&link.port);
  for (const VlanRange& range : ranges) {
    all.add({range.first, range.last});
    bool is_pvid = (range.flags & BRIDGE_VLAN_INFO_PVID) != 0;
    if (is_pvid) pvid = range.first;
    if ((range.flags & BRIDGE_VLAN_INFO_UNTAGGED) && !(port && is_pvid))
      untagged.add({range.first, range.last});
  }
  if (port) {
    port->pvid = pvid;
    port->vlans = std::move(all);
    port->untagged = std::move(untagged);
  } else if (auto* bridge = std::get_if<Bridge>(&link.kind)) {
    bridge->vlans = std::move(all);
    bridge->untagged = std::move(untagged);
  }
}

bool vlans_differ(const Link& before, const Link& after) {
  auto differs = [](const auto& field, const auto& old) { return field && field != old; };
  if (const auto* port = std::get_if<BridgePort>(&after.port)) {
    const auto* old = std::get_if<BridgePort>(&before.port);
    static const BridgePort none;
    if (!old || before.master != after.master) old = &none;
    return differs(port->pvid, old->pvid) || differs(port->vlans, old->vlans) ||
           differs(port->untagged, old->untagged);
  }
  if (const auto* bridge = std::get_if<Bridge>(&after.kind)) {
    const auto* old = std::get_if<Bridge>(&before.kind);
    return !old || differs(bridge->vlans, old->vlans) || differs(bridge->untagged, old->untagged);
  }
  return false;
}

VlanChanges vlan_changes(const Link& after, std::span<const VlanRange> now) {
  Table have = table_of(now);
  Table want = wanted_table(after, have);
  VlanChanges out;
  for (const auto& [vid, flags] : have)
    if (!want.contains(vid)) append(out.remove, vid, 0);
  uint16_t pvid = pvid_of(want);
  for (const auto& [vid, flags] : want) {
    auto it = have.find(vid);
    if (vid != pvid && (it == have.end() || it->second != flags)) append(out.add, vid, flags);
  }
  if (auto it = have.find(pvid); pvid != 0 && (it == have.end() || it->second != want[pvid]))
    append(out.add, pvid, want[pvid]);
  return out;
}

void encode_vlans(Message& m, uint16_t type, uint32_t index, bool self, std::span<const VlanRange> ranges) {
  auto& header = m.start<ifinfomsg>(type, 0);
  header.ifi_family = AF_BRIDGE;
  header.ifi_index = static_cast<int>(index);
  Nest spec(m, IFLA_AF_SPEC);
  if (self) m.put<uint16_t>(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
  for (const VlanRange& range : ranges) {
    if (range.first == range.last) {
      put_vid(m, range.first, range.flags);
    } else {
      put_vid(m, range.first, range.flags | BRIDGE_VLAN_INFO_RANGE_BEGIN);
      put_vid(m, range.last, range.flags | BRIDGE_VLAN_INFO_RANGE_END);
    }
  }
}

}  // namespace netcfg::nl
