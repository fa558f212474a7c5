// Links from RTM_NEWLINK messages.
#pragma once

#include <linux/rtnetlink.h>

#include "netcfg/kernel/message.h"
#include "netcfg/kernel/names.h"
#include "netcfg/model/state.h"

namespace netcfg::nl {

// What identifies a link, from any RTM_NEWLINK; nothing when the message is none.
struct LinkId {
  uint32_t index = 0;
  IfName name;
};
std::optional<LinkId> decode_link_id(const nlmsghdr& message);

// The link but for its VLAN table (see vlan_table.h). A veth's peer in another namespace, and a parent there,
// stay unset.
std::optional<Link> decode_link(const nlmsghdr& message, const Names& names);

// The MAC addresses of a NIC; nothing for virtual links.
std::optional<Nic> decode_nic(const nlmsghdr& message);

}  // namespace netcfg::nl
