// What the encoders of addresses, routes, rules and neighbours share.
#pragma once

#include "netcfg/kernel/message.h"
#include "netcfg/kernel/names.h"
#include "netcfg/port/kernel.h"

namespace netcfg::nl {

// The link that a resource names does not exist.
using MissingLink = std::optional<IfName>;

// A link's index into `out`; its name when there is no such link.
inline MissingLink find_index(Indexes& indexes, const IfName& name, uint32_t& out) {
  out = indexes.index(name);
  if (out == 0) return name;
  return std::nullopt;
}

}  // namespace netcfg::nl
