// Fields of link kinds whose netlink form is not one plain attribute (Wire::custom).
#pragma once

#include <bitset>

#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/message.h"
#include "netcfg/kernel/names.h"
#include "netcfg/model/link.h"

namespace netcfg::nl {

// A bit for each row of a kind's table of fields.
using Rows = std::bitset<64>;

inline constexpr size_t kKindAttributes = 63;
using KindAttributes = Attributes<kKindAttributes>;

// Row of a field in a kind's table; it must be there.
size_t row_of(Fields fields, std::string_view name);

// Puts the custom fields among `rows`, within IFLA_INFO_DATA. `before` is null when the link is made.
void put_custom(Message& message, const LinkKind* before, const LinkKind& after, const Rows& rows);
// Sets the custom fields of `kind` from IFLA_INFO_DATA. VLAN tables and a veth's peer are not in there.
void get_custom(LinkKind& kind, const KindAttributes& data);

}  // namespace netcfg::nl
