// What the encoders of addresses, routes, rules and neighbours share.
#pragma once

#include <linux/netlink.h>

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

// NLM_F_* of the request that writes a route or a next-hop object.
//  - IPv4 replaces the first route of equal destination, TOS, metric and table, whosever it is
//    (fib_table_insert() in net/ipv4/fib_trie.c): where several share these, delete and create.
//  - What uses a next-hop object that is replaced stays, and uses the new one.
constexpr uint16_t write_flags(Action action) {
  switch (action) {
    case Action::create:
      return NLM_F_CREATE | NLM_F_EXCL;
    case Action::update:
    case Action::restore:
      return NLM_F_CREATE | NLM_F_REPLACE;
    case Action::remove:
      break;
  }
  return 0;
}

}  // namespace netcfg::nl
