// The only list of link kinds and port kinds. A new link kind is a header with a struct and its table
// of fields, a line here, and its netlink attributes in the kernel floor.
#pragma once

#include <string_view>
#include <variant>

#include "netcfg/model/bond.h"
#include "netcfg/model/bridge.h"
#include "netcfg/model/stacked.h"
#include "netcfg/model/vlan.h"
#include "netcfg/model/vxlan.h"

namespace netcfg {

// monostate: a link of no kind that netcfg makes: a NIC, or another program's virtual link.
using LinkKind =
    std::variant<std::monostate, Bond, Bridge, Vlan, Vrf, Veth, Dummy, Vxlan, Macvlan, Macvtap, Ipvlan>;
// What a link has as a member of another.
using PortKind = std::variant<std::monostate, BondPort, BridgePort>;

template <class T>
constexpr Fields fields_of() {
  if constexpr (std::is_same_v<T, Bond>)
    return kBondFields;
  else if constexpr (std::is_same_v<T, Bridge>)
    return kBridgeFields;
  else if constexpr (std::is_same_v<T, Vlan>)
    return kVlanFields;
  else if constexpr (std::is_same_v<T, Vrf>)
    return kVrfFields;
  else if constexpr (std::is_same_v<T, Veth>)
    return kVethFields;
  else if constexpr (std::is_same_v<T, Vxlan>)
    return kVxlanFields;
  else if constexpr (std::is_same_v<T, Macvlan> || std::is_same_v<T, Macvtap>)
    return kMacvlanFields;
  else if constexpr (std::is_same_v<T, Ipvlan>)
    return kIpvlanFields;
  else if constexpr (std::is_same_v<T, BondPort>)
    return kBondPortFields;
  else if constexpr (std::is_same_v<T, BridgePort>)
    return kBridgePortFields;
  else
    return {};  // monostate, Dummy: nothing to set
}

struct KindInfo {
  std::string_view name;  // IFLA_INFO_KIND, and the key of the kind block in the spec
  std::string_view doc;
  Fields fields;
  LinkKind (*make)();
  bool has_members;  // takes `members:`
};

// In the order of LinkKind's alternatives, from the second on.
inline constexpr KindInfo kKinds[] = {
    {"bond", "several NICs as one (kernel bonding driver)", kBondFields, [] { return LinkKind(Bond{}); },
     true},
    {"bridge", "an Ethernet bridge", kBridgeFields, [] { return LinkKind(Bridge{}); }, true},
    {"vlan", "a VLAN on a parent link", kVlanFields, [] { return LinkKind(Vlan{}); }, false},
    {"vrf", "virtual routing and forwarding: members use a table of their own", kVrfFields,
     [] { return LinkKind(Vrf{}); }, true},
    {"veth", "a pair of links joined end to end", kVethFields, [] { return LinkKind(Veth{}); }, false},
    {"dummy", "a link that drops what is sent", {}, [] { return LinkKind(Dummy{}); }, false},
    {"vxlan", "a VXLAN tunnel", kVxlanFields, [] { return LinkKind(Vxlan{}); }, false},
    {"macvlan", "a link with its own MAC address on a parent", kMacvlanFields,
     [] { return LinkKind(Macvlan{}); }, false},
    {"macvtap", "a macvlan with a character device", kMacvlanFields, [] { return LinkKind(Macvtap{}); },
     false},
    {"ipvlan", "a link that shares its parent's MAC address", kIpvlanFields,
     [] { return LinkKind(Ipvlan{}); }, false},
};

// Null for a kind that netcfg does not make.
const KindInfo* find_kind(std::string_view name);
const KindInfo* kind_info(const LinkKind& kind);  // null for monostate

// The alternative's object and its fields; fields are empty where there is nothing to set.
struct FieldsOf {
  const void* object = nullptr;
  Fields fields;
};
FieldsOf fields_of(const LinkKind& kind);
FieldsOf fields_of(const PortKind& port);
void* object_of(LinkKind& kind);
void* object_of(PortKind& port);
// The empty port options of a member of such a link: BondPort for a bond, BridgePort for a bridge.
PortKind port_for(const LinkKind& master);

}  // namespace netcfg
