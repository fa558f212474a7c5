// A State is all that netcfg speaks of on one host, as plain values: each kind a vector sorted by key().
// The same type holds what is there, what is wanted, and what was there before.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "netcfg/model/link.h"
#include "netcfg/model/neighbor.h"
#include "netcfg/model/route.h"
#include "netcfg/model/rule.h"
#include "netcfg/model/sysctl.h"

namespace netcfg {

// In the order in which a plan lists them.
enum class Kind : uint8_t { link, address, neighbor, route, rule, sysctl };
inline constexpr std::string_view kKindNames[] = {"link", "address", "neighbor", "route", "rule", "sysctl"};

struct State {
  std::vector<Link> links;
  std::vector<Address> addresses;
  std::vector<Neighbor> neighbors;
  std::vector<Route> routes;  // live tables can hold several routes of one key
  std::vector<Rule> rules;    // and several equal rules
  std::vector<Sysctl> sysctls;

  bool operator==(const State&) const = default;

  const Link* link(const IfName& name) const;  // binary search
  // Sorts every vector by key, stably.
  void sort();
};

template <class T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, Link>)
    return Kind::link;
  else if constexpr (std::is_same_v<T, Address>)
    return Kind::address;
  else if constexpr (std::is_same_v<T, Neighbor>)
    return Kind::neighbor;
  else if constexpr (std::is_same_v<T, Route>)
    return Kind::route;
  else if constexpr (std::is_same_v<T, Rule>)
    return Kind::rule;
  else
    return Kind::sysctl;
}

// f(vector) for each kind, in the order of Kind.
template <class S, class F>
void for_each_kind(S& state, F&& f) {
  f(state.links);
  f(state.addresses);
  f(state.neighbors);
  f(state.routes);
  f(state.rules);
  f(state.sysctls);
}
template <class T, class S>
auto& table_of(S& state) {
  if constexpr (std::is_same_v<T, Link>)
    return state.links;
  else if constexpr (std::is_same_v<T, Address>)
    return state.addresses;
  else if constexpr (std::is_same_v<T, Neighbor>)
    return state.neighbors;
  else if constexpr (std::is_same_v<T, Route>)
    return state.routes;
  else if constexpr (std::is_same_v<T, Rule>)
    return state.rules;
  else
    return state.sysctls;
}

// A resource of some kind, by pointer; never null as a whole, the pointer may be where an Op says so.
using Ref =
    std::variant<const Link*, const Address*, const Neighbor*, const Route*, const Rule*, const Sysctl*>;

// One line that names the object: "eth0", "eth0 192.0.2.10/24", "10.0.0.0/8 table 101 metric 100".
std::string id_of(const Link& link);
std::string id_of(const Address& address);
std::string id_of(const Neighbor& neighbor);
std::string id_of(const Route& route);
std::string id_of(const Rule& rule);
std::string id_of(const Sysctl& sysctl);

// A NIC as the bus sees it, for `match`.
struct Nic {
  IfName name;
  Mac mac, permanent_mac;
  std::string pci;     // "0000:00:03.0"
  std::string driver;  // "virtio_net"
  std::string path;    // udev-like: "pci-0000:00:03.0", "platform-…"
  bool operator==(const Nic&) const = default;
};

}  // namespace netcfg
