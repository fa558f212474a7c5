// The VLAN tables of bridges and their ports (net/bridge/br_vlan.c).
//
// A BridgePort's `vlans` holds every VLAN id, the PVID among them; `untagged` those that leave without tag,
// without the PVID: the spec's PVID always leaves untagged. A PVID that somebody else made tagged reads the
// same as one that is untagged.
// A Bridge's own table has no PVID field. What it sends untagged goes to its default-pvid where that is one
// of its `untagged` VLANs, else to the smallest of these.
#pragma once

#include <linux/rtnetlink.h>

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "netcfg/kernel/message.h"
#include "netcfg/model/link.h"

namespace netcfg::nl {

// A run of VLANs with equal flags (BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_UNTAGGED).
struct VlanRange {
  uint16_t first = 0;
  uint16_t last = 0;
  uint16_t flags = 0;
  auto operator<=>(const VlanRange&) const = default;
};

struct LinkVlans {
  uint32_t index = 0;
  std::vector<VlanRange> ranges;
};

// From RTM_NEWVLAN; nothing for other messages.
std::optional<LinkVlans> decode_vlans(const nlmsghdr& message);
// Into the link's port options, or its bridge options when it is a bridge.
void set_vlans(Link& link, std::span<const VlanRange> ranges);

// Whether the two states of a link ask for different tables.
bool vlans_differ(const Link& before, const Link& after);

// What turns the table that is there into the one that is wanted, in an order that works: deleting a PVID
// would delete its VLAN as well, so ids that go are deleted first, and the new PVID, which takes the place
// of the old one, is added last.
struct VlanChanges {
  std::vector<VlanRange> remove, add;
};
VlanChanges vlan_changes(const Link& after, std::span<const VlanRange> now);

// RTM_SETLINK or RTM_DELLINK with these ranges. `self` for the bridge itself.
void encode_vlans(Message& message, uint16_t type, uint32_t index, bool self,
                  std::span<const VlanRange> ranges);

}  // namespace netcfg::nl
