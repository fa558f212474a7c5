// A State is all that netcfg speaks of on one host, as plain values: each kind a vector sorted by key().
// The same type holds what is there, what is wanted, and what was there before.
#pragma once

#include <array>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "netcfg/model/link.h"
#include "netcfg/model/neighbor.h"
#include "netcfg/model/nexthop.h"
#include "netcfg/model/nft.h"
#include "netcfg/model/qdisc.h"
#include "netcfg/model/route.h"
#include "netcfg/model/rule.h"
#include "netcfg/model/sysctl.h"

namespace netcfg {

// In the order in which a plan lists them; the order of kStateKinds.
enum class Kind : uint8_t { link, address, neighbor, nexthop, route, rule, sysctl, qdisc, ruleset };

struct State {
  std::vector<Link> links;
  std::vector<Address> addresses;
  std::vector<Neighbor> neighbors;
  std::vector<Nexthop> nexthops;
  std::vector<Route> routes;  // live tables can hold several routes of one key
  std::vector<Rule> rules;    // and several equal rules
  std::vector<Sysctl> sysctls;
  std::vector<Qdisc> qdiscs;      // live: those that somebody chose, not the kernel's own
  std::vector<Ruleset> rulesets;  // at most one

  // In state.cc: these are large, and nearly every file of the program would have them again.
  State();
  State(const State& other);
  State(State&& other) noexcept;
  State& operator=(const State& other);
  State& operator=(State&& other) noexcept;
  ~State();
  bool operator==(const State& other) const;

  const Link* link(const IfName& name) const;  // binary search
  const Nexthop* nexthop(uint32_t id) const;
  // The ways of a route; those of its next-hop object where it has one.
  Few<NextHop> hops_of(const Route& route) const;
  // Sorts every vector by key, stably.
  void sort();
};

// One kind: where a State holds it, what one is called, and a list of them.
template <class T>
struct StateKind {
  using Type = T;
  std::vector<T> State::*table;
  std::string_view name, list;
};

// The only list of kinds. A new one is a line here and in Kind; what the compiler then misses is what it
// takes: how one is compared, ordered, written and read.
inline constexpr std::tuple kStateKinds{
    StateKind<Link>{&State::links, "link", "links"},
    StateKind<Address>{&State::addresses, "address", "addresses"},
    StateKind<Neighbor>{&State::neighbors, "neighbor", "neighbors"},
    StateKind<Nexthop>{&State::nexthops, "nexthop", "nexthops"},
    StateKind<Route>{&State::routes, "route", "routes"},
    StateKind<Rule>{&State::rules, "rule", "rules"},
    StateKind<Sysctl>{&State::sysctls, "sysctl", "sysctls"},
    StateKind<Qdisc>{&State::qdiscs, "qdisc", "qdiscs"},
    StateKind<Ruleset>{&State::rulesets, "nftables", "rulesets"},
};
inline constexpr size_t kKindCount = std::tuple_size_v<decltype(kStateKinds)>;

// f(StateKind<T>) for each kind, in the order of Kind.
template <class F>
constexpr void for_each_state_kind(F&& f) {
  std::apply([&](const auto&... kind) { (f(kind), ...); }, kStateKinds);
}
template <class T>
constexpr const StateKind<T>& state_kind() {
  return std::get<StateKind<T>>(kStateKinds);
}

namespace detail {
constexpr std::array<std::string_view, kKindCount> names_of_kinds(bool lists) {
  std::array<std::string_view, kKindCount> out;
  size_t i = 0;
  for_each_state_kind([&](const auto& kind) { out[i++] = lists ? kind.list : kind.name; });
  return out;
}
template <template <class> class C, class Kinds>
struct PerKindOf;
template <template <class> class C, class... T>
struct PerKindOf<C, const std::tuple<StateKind<T>...>> {
  using Tuple = std::tuple<C<T>...>;
  using Variant = std::variant<C<T>...>;
};
template <class T>
using PointerTo = const T*;
}  // namespace detail

// By Kind.
inline constexpr auto kKindNames = detail::names_of_kinds(false);
inline constexpr auto kListNames = detail::names_of_kinds(true);

// std::tuple<C<Link>, C<Address>, …>
template <template <class> class C>
using PerKind = typename detail::PerKindOf<C, decltype(kStateKinds)>::Tuple;
// A resource of some kind, by pointer; never null as a whole, the pointer may be where an Op says so.
using Ref = detail::PerKindOf<detail::PointerTo, decltype(kStateKinds)>::Variant;

template <class T>
constexpr Kind kind_of() {
  return static_cast<Kind>(Ref(static_cast<const T*>(nullptr)).index());
}

// f(vector) for each kind, in the order of Kind.
template <class S, class F>
void for_each_kind(S& state, F&& f) {
  for_each_state_kind([&](const auto& kind) { f(state.*kind.table); });
}
template <class T, class S>
auto& table_of(S& state) {
  return state.*state_kind<T>().table;
}

// One line that names the object: "eth0", "eth0 192.0.2.10/24", "10.0.0.0/8 table 101 metric 100".
std::string id_of(const Link& link);
std::string id_of(const Address& address);
std::string id_of(const Neighbor& neighbor);
std::string id_of(const Nexthop& nexthop);
std::string id_of(const Route& route);
std::string id_of(const Rule& rule);
std::string id_of(const Sysctl& sysctl);
std::string id_of(const Qdisc& qdisc);
std::string id_of(const Ruleset& ruleset);

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
