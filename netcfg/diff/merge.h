// One object's live values with the wanted ones written over them.
#pragma once

#include "netcfg/model/state.h"

namespace netcfg {

// Field by field: the wanted value where the spec names one; the value before netcfg (or the kernel's
// default) where the spec named one the last time and no longer does; else the live value.
// `applied` and `original` may be null. True when a field went back to its default.
bool merge_fields(Fields fields, void* live, const void* wanted, const void* applied, const void* original);

struct MergedLink {
  Link link;
  bool dropped_fields = false;
};
MergedLink merge(const Link& live, const Link& wanted, const Link* applied, const Link* original);
Address merge(const Address& live, const Address& wanted, const Address* applied);
Qdisc merge(const Qdisc& live, const Qdisc& wanted, const Qdisc* applied);
Neighbor merge(const Neighbor& live, const Neighbor& wanted, const Neighbor* applied);

// Equal but for what counts down by itself.
bool same(const Address& a, const Address& b);

}  // namespace netcfg
