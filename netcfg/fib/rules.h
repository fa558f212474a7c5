// The walk over the rules: which apply to a packet, and which one decides (net/core/fib_rules.c).
#pragma once

#include <cerrno>
#include <functional>

#include "netcfg/fib/tables.h"

namespace netcfg {

// What the kernel makes of a flow before it asks the rules (struct flowi).
struct Key {
  Flow flow;
  const Link* vrf = nullptr;  // flowi_l3mdev
  bool has_source = false;    // RT6_LOOKUP_F_HAS_SADDR
  bool strict = false;        // RT6_LOOKUP_F_IFACE: only routes of the link `oif`
  uint8_t scope = 0;          // flowi4_scope: only routes of this scope or a narrower one

  Family family() const { return flow.destination.family; }
};

// What a table answers.
struct Found {
  int error = EAGAIN;            // EAGAIN: nothing there, or `throw`: the next rule is asked
  const Route* route = nullptr;  // with EAGAIN: the throw route
  std::vector<const NextHop*> hops;
};

// What a route of that type answers; 0: the packet goes. fib_props[] in net/ipv4/fib_semantics.c,
// ip6_rt_type_to_error() in net/ipv6/route.c. EAGAIN: the next rule is asked.
int error_of(RouteType type);

// IPv6 rules with a source apply only to packets that have one; IPv4 takes none for 0.0.0.0.
bool applies(const Rule& rule, const Key& key);

// Asks `look(table)` as the rules say, and writes down what was asked. ESRCH of a Found: no rule decided.
Found walk(const Tables& tables, const Key& key, const std::function<Found(uint32_t table)>& look,
           Decision& decision);

}  // namespace netcfg
