// VLANs: 802.1Q and 802.1ad tags on a parent (net/8021q/vlan_netlink.c).
#pragma once

#include <optional>

#include "netcfg/model/field.h"

namespace netcfg {

inline constexpr Choice kVlanProtocols[] = {{"802.1q", 0x8100}, {"802.1ad", 0x88a8}};

struct Vlan {
  static constexpr std::string_view kind = "vlan";

  std::optional<IfName> parent;
  std::optional<uint16_t> id, protocol;
  std::optional<bool> reorder_hdr, gvrp, mvrp, loose_binding, bridge_binding;
  std::optional<std::vector<QosEntry>> ingress_qos_map, egress_qos_map;

  bool operator==(const Vlan&) const = default;
};

inline constexpr Field kVlanFields[] = {
    other<&Vlan::parent>(Type::link, "parent", "the link whose frames carry the tag")
        .needed()
        .as(Mutability::recreate),
    integer<&Vlan::id>("id", "VLAN identifier", {0, 4094}).needed().as(Mutability::recreate),
    choice<&Vlan::protocol>("protocol", "the tag's EtherType", kVlanProtocols, "802.1q")
        .as(Mutability::recreate),
    boolean<&Vlan::reorder_hdr>("reorder-hdr", "take the tag off received frames", "true"),
    boolean<&Vlan::gvrp>("gvrp", "register the VLAN by GVRP", "false"),
    boolean<&Vlan::mvrp>("mvrp", "register the VLAN by MVRP", "false"),
    boolean<&Vlan::loose_binding>("loose-binding", "keep the VLAN's state apart from its parent's", "false"),
    boolean<&Vlan::bridge_binding>("bridge-binding", "follow the bridge ports that carry the VLAN", "false"),
    other<&Vlan::ingress_qos_map>(Type::qos, "ingress-qos-map", "802.1p priority to packet priority"),
    other<&Vlan::egress_qos_map>(Type::qos, "egress-qos-map", "packet priority to 802.1p priority"),
};

}  // namespace netcfg
