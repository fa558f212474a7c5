// Which netlink attribute holds which field of a link. The rows of each table are in the order of the
// model's table of fields, checked at compile time: a field added there does not compile until it has its
// row here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "netcfg/model/kinds.h"

namespace netcfg::nl {

enum class Wire : uint8_t {
  u8,
  u16,
  u32,
  u64,
  s32,
  be16,     // network order
  mac,      // 6 bytes
  ifindex,  // a link's name in the model, 0 for none
  parent,   // the same as IFLA_LINK, outside of the kind's own attributes
  custom,   // by hand: link_custom.cc, vlan_table.cc
};

// Attribute 0: the field is not part of the kind's own attributes.
struct LinkAttr {
  std::string_view field;
  uint16_t attribute = 0;
  Wire wire = Wire::custom;
};

using LinkAttrs = std::span<const LinkAttr>;

constexpr bool covers(LinkAttrs attributes, Fields fields) {
  if (attributes.size() != fields.size()) return false;
  for (size_t i = 0; i < fields.size(); ++i)
    if (attributes[i].field != fields[i].name) return false;
  return true;
}

// Fields that every link has.
LinkAttrs link_attrs();
// Attributes within IFLA_INFO_DATA; parallel to fields_of(kind).
LinkAttrs attrs_of(const LinkKind& kind);
// Attributes within IFLA_INFO_SLAVE_DATA; parallel to fields_of(port).
LinkAttrs attrs_of(const PortKind& port);

}  // namespace netcfg::nl
