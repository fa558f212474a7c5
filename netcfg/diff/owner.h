// Whose an object is.
#pragma once

#include <algorithm>

#include "netcfg/diff/diff.h"

namespace netcfg {

// rtnetlink.h: routes of these come and go by the kernel's own hand.
constexpr bool is_kernel_route_protocol(uint8_t protocol) {
  return protocol >= 1 && protocol <= 2;
}  // redirect, kernel
inline constexpr uint8_t kProtocolRa = 9;
// if_addr.h, IFAPROT_*: loopback, router announcement, link-local (5.18+)
constexpr bool is_kernel_address_protocol(uint8_t protocol) {
  return protocol >= 1 && protocol <= 3;
}

// Objects that the kernel keeps by itself: they are neither removed, nor restored, nor called foreign.
bool is_kernels(const Link& link);
bool is_kernels(const Address& address);
bool is_kernels(const Neighbor& neighbor);
bool is_kernels(const Nexthop& nexthop);
bool is_kernels(const Route& route);
bool is_kernels(const Rule& rule);
bool is_kernels(const Sysctl& sysctl);
bool is_kernels(const Qdisc& qdisc);
bool is_kernels(const Ruleset& ruleset);

// Made by netcfg: by the kernel's tag, or, for what carries none, by the ledger.
class Owner {
 public:
  explicit Owner(const Ledger& ledger) : ledger_(ledger) {}
  bool owns(const Link& link) const;
  bool owns(const Address& address) const;
  bool owns(const Neighbor& neighbor) const;
  bool owns(const Nexthop& nexthop) const;
  bool owns(const Route& route) const { return route.protocol == kOwnProtocol; }
  bool owns(const Rule& rule) const;
  bool owns(const Qdisc& qdisc) const { return qdisc.handle == kOwnHandle || applied(qdisc) != nullptr; }

  // The same object in the last applied state, or null.
  template <class T>
  const T* applied(const T& live) const {
    return find(table_of<T>(ledger_.applied), live);
  }
  template <class T>
  const T* original(const T& live) const {
    return find(table_of<T>(ledger_.original), live);
  }

 private:
  template <class T>
  static const T* find(const std::vector<T>& table, const T& wanted) {
    auto it = std::lower_bound(table.begin(), table.end(), wanted,
                               [](const T& a, const T& b) { return a.key() < b.key(); });
    return it != table.end() && it->key() == wanted.key() ? &*it : nullptr;
  }
  const Ledger& ledger_;
};

// What a link will belong to; the empty name for nothing. `wanted` or `live` may be null.
IfName master_in_the_end(const Link* wanted, const Link* live, const Owner& owner);

}  // namespace netcfg
