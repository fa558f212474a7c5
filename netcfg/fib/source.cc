#include "netcfg/fib/source.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace netcfg {
namespace {

constexpr uint8_t kLinkScope = 253, kHostScope = 254;

uint8_t scope_of(const Address& a) {
  return a.scope.value_or(0);
}

bool is4(const Address& a) {
  return a.address.ip.family == Family::ipv4;
}

Prefix subnet(const Address& a) {
  return Prefix{a.peer.value_or(a.address.ip), a.address.length};
}

// in_dev_select_addr()
Ip any4(const Tables& tables, const IfName& dev, uint8_t scope) {
  for (const Address* a : tables.addresses_of(dev))
    if (is4(*a) && !a->secondary && scope_of(*a) != kLinkScope && scope_of(*a) <= scope) return a->address.ip;
  return {};
}

}  // namespace

Ip source4(const Tables& tables, const IfName& dev, const Ip& gateway, uint8_t scope) {
  bool localnet = tables.sysctl("net/ipv4/conf/" + std::string(dev.view()) + "/route_localnet", 0) != 0;
  Ip first;
  for (const Address* a : tables.addresses_of(dev)) {
    if (!is4(*a) || a->secondary) continue;
    if (std::min(scope_of(*a), localnet ? kLinkScope : kHostScope) > scope) continue;
    if (!gateway || subnet(*a).contains(gateway)) return a->address.ip;
    if (!first) first = a->address.ip;
  }
  if (first) return first;
  // Of a VRF the VRF itself stands for the loopback link.
  const Link* vrf = tables.vrf_of(dev);
  if (vrf)
    if (Ip ip = any4(tables, vrf->name, scope)) return ip;
  for (const Link* link : tables.links())
    if (tables.vrf_of(link->name) == vrf)
      if (Ip ip = any4(tables, link->name, scope)) return ip;
  return {};
}

namespace {

// RFC 4291 2.7 in the kernel's order (ipv6_addr_scope()): 1 interface, 2 link, 5 site, 14 global.
int scope6(const Ip& ip) {
  if (ip.is_multicast()) return ip.bytes[1] & 0xf;
  if (ip.is_loopback() || ip.is_link_local()) return 2;
  return ip.bytes[0] == 0xfe && (ip.bytes[1] & 0xc0) == 0xc0 ? 5 : 14;  // fec0::/10
}

// ip6addrlbl_init_table[] in net/ipv6/addrlabel.c; the longest prefix counts.
int label_of(const Ip& ip) {
  struct Label {
    Prefix prefix;
    int label;
  };
  static const std::array kLabels = {
      Label{*parse_prefix("::1/128"), 0},      Label{*parse_prefix("::ffff:0:0/96"), 4},
      Label{*parse_prefix("::/96"), 3},        Label{*parse_prefix("2001::/32"), 6},
      Label{*parse_prefix("2001:10::/28"), 7}, Label{*parse_prefix("3ffe::/16"), 12},
      Label{*parse_prefix("2002::/16"), 2},    Label{*parse_prefix("fec0::/10"), 11},
      Label{*parse_prefix("fc00::/7"), 5},
  };
  for (const Label& l : kLabels)
    if (l.prefix.contains(ip)) return l.label;
  return 1;
}

// ipv6_get_saddr_eval(): the greater the better, rule by rule.
auto score(const Address& a, const IfName& dev, const Ip& to) {
  const Ip& ip = a.address.ip;
  int scope = scope6(ip), wanted = scope6(to);
  // A scope that is wide enough: the narrower the better; too narrow ones: the wider the better.
  int reach = scope >= wanted ? -scope : scope - 128;
  bool current = a.preferred.value_or(UINT32_MAX) != 0;
  int match = std::min<int>(common_bits(ip, to), a.address.length);
  return std::tuple(ip == to, reach, current, a.home == true, a.dev == dev, label_of(ip) == label_of(to),
                    match);
}

}  // namespace

Ip source6(const Tables& tables, const IfName& dev, const Ip& to) {
  bool of_link = to.is_multicast() || scope6(to) <= 2;  // only the link's own addresses then
  const Link* vrf = tables.vrf_of(dev);
  const Address* best = nullptr;
  for (const Link* link : tables.links()) {
    if (of_link && link->name != dev) continue;
    if (tables.vrf_of(link->name) != vrf) continue;
    for (const Address* a : tables.addresses_of(link->name)) {
      if (a->address.ip.family != Family::ipv6) continue;
      if (a->nodad != true && !tables.is_up(a->dev)) continue;  // tentative
      if (!best || score(*a, dev, to) > score(*best, dev, to)) best = a;
    }
  }
  return best ? best->address.ip : Ip{};
}

}  // namespace netcfg
