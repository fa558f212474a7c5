// Random addresses, routes, rules, neighbours and parameters of a spec.
#include <fmt/format.h>

#include <algorithm>

#include "tests/support/random_draft.h"

namespace netcfg::test {
namespace {

// Network `net` of the pool: 10.0.N.0/24 or 2001:db8:N::/64.
Prefix in_net(Family family, uint32_t net, uint32_t host) {
  Prefix p;
  p.ip.family = family;
  auto& b = p.ip.bytes;
  if (family == Family::ipv4) {
    b = {10, 0, static_cast<uint8_t>(net), static_cast<uint8_t>(host)};
    p.length = 24;
  } else {
    b = {0x20, 0x01, 0x0d, 0xb8, 0, static_cast<uint8_t>(net)};
    b[15] = static_cast<uint8_t>(host);
    p.length = 64;
  }
  return p;
}

Ip gateway_in(const Address& a) {
  Ip ip = a.address.ip;
  ip.bytes[ip.size() - 1] = 0xfe;
  return ip;
}

bool is4(const Address& a) {
  return a.address.ip.family == Family::ipv4;
}

}  // namespace

Address Draft::address(const IfName& dev, Family family, uint32_t net, uint32_t host) {
  Address a;
  a.dev = dev;
  a.address = in_net(family, net, host);
  a.protocol = kOwnProtocol;
  if (family == Family::ipv4) {
    if (rng_.chance(15)) a.label = fmt::format("{}:{}", dev.view(), host);
    if (rng_.chance(20)) a.broadcast = broadcast_of(a.address);
  } else if (rng_.chance(50)) {
    a.nodad = rng_.chance(80);
  }
  if (family == Family::ipv6 && rng_.chance(5)) a.preferred = 0;
  return a;
}

void Draft::add_addresses() {
  std::vector<uint32_t> nets{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  rng_.shuffle(nets);
  for (Link& link : out_.state.links) {
    if (link.absent() || is_port(link) || rng_.chance(30)) continue;
    add_addresses_of(link, nets);
  }
}

void Draft::add_addresses_of(Link& link, std::vector<uint32_t>& nets) {
  std::vector<Address> mine;
  for (Family family : {Family::ipv4, Family::ipv6}) {
    if (nets.empty() || !rng_.chance(family == Family::ipv4 ? 85 : 45)) continue;
    uint32_t net = nets.back();
    nets.pop_back();
    std::vector<uint32_t> hosts{1, 2, 3};
    rng_.shuffle(hosts);
    hosts.resize(rng_.between(1, 3));
    // IPv6 leaves prefix routes behind where addresses of one prefix differ in these.
    bool own_metric = rng_.chance(8), no_route = rng_.chance(4);
    for (uint32_t host : hosts) {
      Address& a = mine.emplace_back(address(link.name, family, net, host));
      if (own_metric) a.metric = 50;
      if (no_route) a.noprefixroute = true;
    }
  }
  if (rng_.chance(6)) {
    Address a;
    a.dev = link.name;
    a.address = *parse_prefix(fmt::format("192.0.2.{}/32", 10 + out_.state.addresses.size()));
    a.peer = *parse_ip(fmt::format("192.0.2.{}", 110 + out_.state.addresses.size()));
    a.protocol = kOwnProtocol;
    mine.push_back(std::move(a));
  }
  rng_.shuffle(mine);
  uint32_t order = 0;
  for (Address& a : mine) {
    a.order = order++;
    out_.state.addresses.push_back(std::move(a));
  }
}

bool Draft::usable(const Address& a) const {
  if (a.noprefixroute == true || a.peer) return false;
  const Link* link = out_.state.link(a.dev);
  return link && link->is_up() && !std::holds_alternative<Vrf>(link->kind);
}

// Ids 1 to 4 are single ones, 11 and 12 groups: what kind a number is of changes from spec to spec.
void Draft::add_nexthops() {
  if (!rng_.chance(45)) return;
  std::vector<uint32_t> ids{1, 2, 3, 4};
  for (const Address& a : out_.state.addresses) {
    if (ids.empty() || !usable(a) || table_of(a.dev) != kTableMain || rng_.chance(40)) continue;
    Nexthop n;
    n.id = ids.back();
    ids.pop_back();
    NextHop hop = hop_on(a);
    n.family = a.address.ip.family;
    // Without a gateway an IPv6 object would make its whole route's destination a network of the link.
    n.via = hop.via || is4(a) ? hop.via : gateway_in(a);
    n.dev = hop.dev.empty() && ambiguous(a) ? a.dev : hop.dev;
    if (!n.via) n.dev = a.dev;
    n.onlink = hop.onlink;
    out_.state.nexthops.push_back(std::move(n));
  }
  if (!ids.empty() && rng_.chance(30)) {
    Nexthop& n = out_.state.nexthops.emplace_back();
    n.id = ids.back();
    n.blackhole = true;
    n.family = rng_.chance(60) ? Family::ipv4 : Family::ipv6;
  }
  out_.state.sort();
  for (uint32_t id : {11U, 12U})
    if (rng_.chance(60)) add_group(id, rng_.chance(30));
  if (rng_.chance(10)) add_group(ids.empty() ? 13 : ids.front(), false);
  out_.state.sort();
}

void Draft::add_group(uint32_t id, bool ipv6_only) {
  Nexthop group;
  group.id = id;
  for (const Nexthop& n : out_.state.nexthops)
    if (!n.is_group() && !n.blackhole && n.id != id && (!ipv6_only || n.family == Family::ipv6) &&
        rng_.chance(70))
      group.group.push_back({n.id, static_cast<uint16_t>(rng_.between(1, 3))});
  if (group.group.empty() || out_.state.nexthop(id)) return;
  if (rng_.chance(30)) group.resilient = Resilient{static_cast<uint16_t>(rng_.pick({8, 16})), 12'000U, 0U};
  out_.state.nexthops.push_back(std::move(group));
}

// Some object that routes of the family can use.
bool Draft::route_by_object(Route& route) {
  std::vector<uint32_t> fit;
  auto ipv4 = [&](const Nexthop& n) { return n.family == Family::ipv4; };
  for (const Nexthop& n : out_.state.nexthops) {
    bool any4 = ipv4(n) || std::any_of(n.group.begin(), n.group.end(), [&](const NexthopMember& m) {
                  return ipv4(*out_.state.nexthop(m.id));
                });
    if (route.family() == Family::ipv4 || !any4) fit.push_back(n.id);
  }
  if (fit.empty()) return false;
  route.nexthop_id = rng_.pick(fit);
  return true;
}

void Draft::add_routes() {
  uint32_t wanted = rng_.below(7);
  for (uint32_t i = 0; i < wanted; ++i)
    if (!add_route()) return;
}

// False when there is nothing to route over.
bool Draft::add_route() {
  std::vector<Address> via;
  for (const Address& a : out_.state.addresses)
    if (usable(a)) via.push_back(a);
  if (via.empty()) return false;
  const Address& first = rng_.pick(via);
  bool v4 = is4(first);
  Route route;
  route.to = *parse_prefix(v4 ? rng_.pick({"0.0.0.0/0", "192.168.1.0/24", "192.168.0.0/16", "172.16.0.0/12"})
                              : rng_.pick({"::/0", "2001:db8:100::/48", "fd00::/8"}));
  uint32_t own_table = table_of(first.dev);
  route.table = own_table != kTableMain ? own_table : rng_.pick({kTableMain, kTableMain, 100U, 101U});
  route.metric = v4 ? rng_.pick({0U, 0U, 10U}) : rng_.pick({1024U, 1024U, 10U});
  if (rng_.chance(15)) {
    route.type = rng_.pick({RouteType::blackhole, RouteType::unreachable, RouteType::prohibit});
  } else if (own_table != kTableMain || !rng_.chance(45) || !route_by_object(route)) {
    route.hops.push_back(hop_on(first));
    if (rng_.chance(20)) {
      const Address& second = rng_.pick(via);
      bool fits = is4(second) == v4 && second.dev != first.dev && table_of(second.dev) == own_table &&
                  route.hops[0].via;
      if (fits) route.hops.push_back({gateway_in(second), second.dev, 1, false});
    }
    if (route.hops.size() > 1)
      for (NextHop& hop : route.hops) hop.weight = static_cast<uint16_t>(rng_.between(1, 3));
    std::sort(route.hops.begin(), route.hops.end());
    if (rng_.chance(25) && route.hops.size() == 1) route.src = first.address.ip;
  }
  if (v4)
    route.scope = !route.hops.empty() && !route.hops[0].via ? 253 : 0;
  else
    route.pref = 0;
  add_metrics(route);
  bool taken = std::any_of(out_.state.routes.begin(), out_.state.routes.end(),
                           [&](const Route& other) { return other.key() == route.key(); });
  if (!taken) out_.state.routes.push_back(std::move(route));
  return true;
}

// Whether another link of the host has an address in the same network.
bool Draft::ambiguous(const Address& a) const {
  return std::any_of(host_.addresses().begin(), host_.addresses().end(), [&](const Address& other) {
    return other.dev != a.dev && other.address.contains(gateway_in(a));
  });
}

NextHop Draft::hop_on(const Address& a) {
  NextHop hop;
  if (rng_.chance(12)) {
    hop.dev = a.dev;  // on the link itself
    return hop;
  }
  hop.via = gateway_in(a);
  if (ambiguous(a) || rng_.chance(50)) hop.dev = a.dev;
  if (!is4(a) && rng_.chance(25)) {
    hop.via = *parse_ip("fe80::1");
    hop.dev = a.dev;
  }
  if (!hop.dev.empty() && is4(a) && rng_.chance(8)) {
    hop.via = *parse_ip("198.51.100.1");
    hop.onlink = true;
  }
  return hop;
}

void Draft::add_metrics(Route& route) {
  if (!rng_.chance(15)) return;
  RouteMetrics& metrics = route.metrics.make();
  metrics.mtu = rng_.pick({1400U, 1300U});
  if (rng_.chance(40)) metrics.advmss = 1300;
  if (rng_.chance(30)) metrics.initcwnd = 20;
}

Rule Draft::rule() {
  Rule r;
  r.family = rng_.chance(75) ? Family::ipv4 : Family::ipv6;
  r.priority = rng_.pick({100U, 110U, 200U, 300U, 5000U});
  bool v4 = r.family == Family::ipv4;
  switch (rng_.below(5)) {
    case 0:
      r.from = in_net(r.family, rng_.below(4), 0);
      break;
    case 1:
      r.fwmark = Mark{rng_.between(1, 3), 0xff};
      break;
    case 2:
      r.iif = IfName(rng_.pick({"eth0", "bond0", "nobody"}));
      break;
    case 3:
      r.from = *parse_prefix(v4 ? "192.168.0.0/16" : "fd00::/8");
      r.ip_proto = 6;
      r.dport = Span{80, rng_.chance(50) ? 80U : 90U};
      break;
    default:
      r.from = *parse_prefix(v4 ? "10.0.0.1/32" : "2001:db8::1/128");
      r.invert = rng_.chance(20) ? std::optional(true) : std::nullopt;
  }
  if (rng_.chance(12) && r.invert != true) {
    r.action = rng_.pick({RuleAction::prohibit, RuleAction::blackhole, RuleAction::unreachable});
  } else {
    r.action = RuleAction::lookup;
    r.table = rng_.pick({100U, 101U, kTableMain});
    if (rng_.chance(15)) r.suppress_prefix_length = 0;
  }
  r.protocol = kOwnProtocol;
  return r;
}

void Draft::add_rules() {
  uint32_t wanted = rng_.below(4);
  for (uint32_t i = 0; i < wanted; ++i) {
    Rule r = rule();
    if (std::find(out_.state.rules.begin(), out_.state.rules.end(), r) == out_.state.rules.end())
      out_.state.rules.push_back(std::move(r));
  }
}

void Draft::add_neighbors() {
  for (const Address& a : out_.state.addresses) {
    if (!usable(a) || !rng_.chance(12)) continue;
    Neighbor n;
    n.dev = a.dev;
    n.address = gateway_in(a);
    n.proxy = rng_.chance(20);
    n.protocol = kOwnProtocol;
    if (!n.proxy) n.mac = Mac{{2, 0, 0, 0, 0xee, static_cast<uint8_t>(rng_.below(3))}};
    bool taken = std::any_of(out_.state.neighbors.begin(), out_.state.neighbors.end(),
                             [&](const Neighbor& other) { return other.key() == n.key(); });
    if (!taken) out_.state.neighbors.push_back(std::move(n));
  }
}

void Draft::add_sysctls() {
  auto set = [&](std::string path, std::string value) {
    out_.state.sysctls.push_back({std::move(path), std::move(value), {}});
  };
  auto number = [&](uint32_t n) { return std::to_string(rng_.below(n)); };
  if (rng_.chance(25)) set("net/ipv4/ip_forward", number(2));
  if (rng_.chance(10)) set("net/ipv4/ip_nonlocal_bind", number(2));
  if (rng_.chance(10)) set("net/ipv4/conf/all/rp_filter", number(3));
  if (rng_.chance(5)) set("net/ipv6/conf/all/forwarding", number(2));
  for (const Link& link : out_.state.links) {
    if (link.absent()) continue;
    std::string four = fmt::format("net/ipv4/conf/{}/", link.name.view());
    std::string six = fmt::format("net/ipv6/conf/{}/", link.name.view());
    if (rng_.chance(8)) set(four + "rp_filter", number(3));
    if (rng_.chance(5)) set(four + "arp_ignore", number(3));
    if (rng_.chance(5)) set(four + "promote_secondaries", number(2));
    if (rng_.chance(5)) set(six + "accept_ra", number(2));
    if (rng_.chance(4)) set(six + "keep_addr_on_down", number(2));
    bool has6 = std::any_of(out_.state.addresses.begin(), out_.state.addresses.end(),
                            [&](const Address& a) { return a.dev == link.name && !is4(a); });
    // A VXLAN may have fewer than the 1280 bytes that IPv6 needs, and so no parameters of IPv6.
    if (std::holds_alternative<Vxlan>(link.kind)) continue;
    if (!has6 && rng_.chance(3)) set(six + "disable_ipv6", number(2));
  }
}

}  // namespace netcfg::test
