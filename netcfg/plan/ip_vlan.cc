// VLANs of bridge ports and of bridges, as differences between tables of VLAN ids.
#include <fmt/format.h>

#include <map>

#include "netcfg/plan/ip_words.h"

namespace netcfg {
namespace {

// A VLAN's flags; a VLAN that is not in the table is not a member.
struct Flags {
  bool untagged = false;
  bool pvid = false;
  bool operator==(const Flags&) const = default;
};
using Table = std::map<uint32_t, Flags>;

Table table_of(const std::optional<VidSet>& vlans, const std::optional<VidSet>& untagged,
               std::optional<uint16_t> pvid) {
  Table table;
  for (const auto* set : {&vlans, &untagged})
    for (const Span& span : *set ? (*set)->ranges : std::vector<Span>{})
      for (uint32_t vid = span.first; vid <= span.last; ++vid) table[vid].untagged |= set == &untagged;
  if (pvid.value_or(0) != 0) table[*pvid] = {true, true};
  return table;
}

// A bridge's own PVID is no field: the adapter makes it that of what leaves untagged (kernel/vlan_table.cc).
uint16_t pvid_of(const Bridge& bridge) {
  if (!bridge.untagged || bridge.untagged->ranges.empty()) return 0;
  uint16_t usual = bridge.default_pvid.value_or(0);
  return bridge.untagged->contains(usual) ? usual : static_cast<uint16_t>(bridge.untagged->ranges[0].first);
}

struct Side {
  bool named = false;  // the VLANs are set at all
  bool whole = false;  // all of them are known, not only the PVID
  bool self = false;
  Table table;
};

Side side_of(const Link* link) {
  if (!link) return {};
  if (const auto* port = std::get_if<BridgePort>(&link->port))
    return {port->vlans || port->untagged || port->pvid, port->vlans.has_value(), false,
            table_of(port->vlans, port->untagged, port->pvid)};
  if (const auto* bridge = std::get_if<Bridge>(&link->kind))
    return {bridge->vlans || bridge->untagged, bridge->vlans.has_value(), true,
            table_of(bridge->vlans, bridge->untagged, pvid_of(*bridge))};
  return {};
}

std::string line_for(std::string_view verb, const Link& link, Span range, bool self, Flags flags) {
  return fmt::format("bridge vlan {} dev {} vid {}{}{}{}", verb, shell_word(link.name.view()),
                     to_string(range), self ? " self" : "", flags.pvid ? " pvid" : "",
                     flags.untagged ? " untagged" : "");
}

// One line for each run of VLANs with the same flags; a PVID stands alone.
void add_runs(std::vector<std::string>& out, std::string_view verb, const Link& link, const Table& table,
              bool self) {
  for (auto it = table.begin(); it != table.end();) {
    auto [first, flags] = *it;
    uint32_t last = first;
    for (++it; it != table.end() && it->first == last + 1 && it->second == flags && !flags.pvid; ++it) ++last;
    out.push_back(line_for(verb, link, {first, last}, self, flags));
  }
}

}  // namespace

std::vector<std::string> vlan_commands(const Link* before, const Link& after) {
  Side now = side_of(&after), old = side_of(before);
  std::vector<std::string> out;
  if (!now.named) return out;
  bool known = old.named && old.self == now.self && before->master == after.master;
  if (known && old.table == now.table) return out;
  if (known) {
    Table gone, changed;
    for (const auto& [vid, flags] : old.table)
      if (!now.table.contains(vid) && now.whole) gone[vid] = {};
    for (const auto& [vid, flags] : now.table)
      if (auto it = old.table.find(vid); it == old.table.end() || it->second != flags) changed[vid] = flags;
    add_runs(out, "del", after, gone, now.self);
    add_runs(out, "add", after, changed, now.self);
    return out;
  }
  // A port starts with the bridge's default PVID; what it has then is replaced as a whole.
  if (now.whole) out.push_back(line_for("del", after, {1, 4094}, now.self, {}));
  add_runs(out, "add", after, now.table, now.self);
  return out;
}

}  // namespace netcfg
