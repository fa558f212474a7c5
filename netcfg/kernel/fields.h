// Fields of a kind block to and from netlink, by the tables of link_attrs.h.
#pragma once

#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/link_attrs.h"
#include "netcfg/kernel/link_custom.h"
#include "netcfg/kernel/message.h"
#include "netcfg/kernel/names.h"

namespace netcfg::nl {

// One plain field. False when it names a link that does not exist, which `missing` then tells.
bool put_field(Message& message, const LinkAttr& row, const Field& field, const void* object,
               Indexes& indexes, IfName& missing);
// All plain fields among `rows`, but Wire::parent.
bool put_fields(Message& message, LinkAttrs rows, FieldsOf from, const Rows& which, Indexes& indexes,
                IfName& missing);
// Sets every plain field of `object` that is there.
void get_fields(void* object, Fields fields, LinkAttrs rows, const KindAttributes& data, const Names& names);

// The rows whose field is set in `after`, and differs from `before` unless that is null.
Rows changed_rows(Fields fields, const void* before, const void* after);

}  // namespace netcfg::nl
