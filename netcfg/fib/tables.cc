#include "netcfg/fib/tables.h"

#include <algorithm>
#include <charconv>

namespace netcfg {
namespace {

constexpr uint8_t kKernelProtocol = 2;  // RTPROT_KERNEL
constexpr uint8_t kHostScope = 254, kLinkScope = 253;
const IfName kLoopback = "lo";

Route kernel_route(RouteType type, uint32_t table, const Prefix& to, const IfName& dev) {
  Route route;
  route.type = type;
  route.table = table;
  route.to = to.network();
  route.protocol = kKernelProtocol;
  route.hops.push_back({{}, dev, 1, false});
  if (to.ip.family == Family::ipv4) route.scope = type == RouteType::local ? kHostScope : kLinkScope;
  return route;
}

Prefix host(const Ip& ip) {
  return {ip, address_bits(ip.family)};
}

Ip last_of(const Prefix& prefix) {
  Ip out = prefix.network().ip;
  for (size_t bit = prefix.length; bit < address_bits(out.family); ++bit)
    out.bytes[bit / 8] |= static_cast<uint8_t>(0x80 >> bit % 8);
  return out;
}

bool preferred(const Route* a, const Route* b) {
  if (a->to.length != b->to.length) return a->to.length > b->to.length;
  if (a->tos != b->tos) return a->tos > b->tos;
  return a->metric < b->metric;
}

}  // namespace

Tables::Tables(const State& state) : state_(state) {
  for (const Link& link : state.links) links_.push_back(&link);
  std::stable_sort(links_.begin(), links_.end(),
                   [](const Link* a, const Link* b) { return a->index < b->index; });
  for (const Address& address : state.addresses) add_local_routes(address);
  for (const Link& link : state.links) add_link_routes(link);
  for (const Route& route : state.routes)
    if (route.nexthop_id != 0) by_object_.push_back(with_hops(route));
  for (const Route& route : made_) tables_[{route.family(), route.table}].push_back(&route);
  size_t next = 0;
  for (const Route& route : state.routes)
    tables_[{route.family(), route.table}].push_back(route.nexthop_id == 0 ? &route : &by_object_[next++]);
  for (const Rule& rule : state.rules) (rule.family == Family::ipv4 ? rules4_ : rules6_).push_back(&rule);
  for (auto* rules : {&rules4_, &rules6_})
    std::stable_sort(rules->begin(), rules->end(), [](const Rule* a, const Rule* b) {
      return std::pair(a->priority, a->order) < std::pair(b->priority, b->order);
    });
}

// With the ways of its next-hop object. One without any is a dead end.
Route Tables::with_hops(const Route& route) const {
  Route out = route;
  out.hops = state_.hops_of(route);
  if (out.hops.empty()) out.type = RouteType::blackhole;
  return out;
}

// fib_add_ifaddr() in net/ipv4/fib_frontend.c; addrconf.c: __ipv6_ifa_notify().
void Tables::add_local_routes(const Address& a) {
  bool ipv6 = a.address.ip.family == Family::ipv6, up = is_up(a.dev);
  if (ipv6 && !up && a.nodad != true) return;  // tentative until the link is up
  uint32_t table = local_table(a.dev);
  made_.push_back(kernel_route(RouteType::local, table, host(a.address.ip), a.dev));
  if (ipv6) return;
  Ip source = primary_of(a);
  made_.back().src = source;
  if (!up) return;  // but the address itself is there
  Prefix subnet{a.peer.value_or(a.address.ip), a.address.length};
  auto broadcast = [&](const Ip& to) {
    made_.push_back(kernel_route(RouteType::broadcast, table, host(to), a.dev));
    made_.back().src = source;
  };
  if (a.broadcast && !a.broadcast->is_zero()) broadcast(*a.broadcast);
  if (a.secondary) return;
  if (a.dev == kLoopback && a.noprefixroute != true) {
    made_.push_back(kernel_route(RouteType::local, table, subnet, a.dev));
    made_.back().src = a.address.ip;
  }
  if (subnet.length < 31) broadcast(last_of(subnet));
}

// ff00::/8 of each link, with addresses or without, but for VRFs (addrconf_add_dev()).
void Tables::add_link_routes(const Link& link) {
  if (!is_up(link.name) || link.name == kLoopback || std::holds_alternative<Vrf>(link.kind)) return;
  if (sysctl("net/ipv6/conf/" + std::string(link.name.view()) + "/disable_ipv6", 0) != 0) return;
  made_.push_back(
      kernel_route(RouteType::multicast, local_table(link.name), *parse_prefix("ff00::/8"), link.name));
  made_.back().metric = 256;  // IP6_RT_PRIO_ADDRCONF
}

// The address whose subnet a secondary one shares (inet_ifa_byprefix()), else itself.
Ip Tables::primary_of(const Address& a) const {
  if (!a.secondary) return a.address.ip;
  auto subnet = [](const Address& x) {
    return Prefix{x.peer.value_or(x.address.ip), x.address.length}.network();
  };
  for (const Address* other : addresses_of(a.dev))
    if (!other->secondary && subnet(*other) == subnet(a)) return other->address.ip;
  return a.address.ip;
}

uint32_t Tables::local_table(const IfName& dev) const {
  const Link* vrf = vrf_of(dev);
  return vrf ? std::get<Vrf>(vrf->kind).table.value_or(kTableLocal) : kTableLocal;
}

std::vector<const Route*> Tables::candidates(Family family, uint32_t table, const Ip& to) const {
  std::vector<const Route*> out;
  auto it = tables_.find({family, table});
  if (it == tables_.end()) return out;
  for (const Route* route : it->second)
    if (route->to.contains(to)) out.push_back(route);
  std::stable_sort(out.begin(), out.end(), preferred);
  return out;
}

std::vector<const Route*> Tables::merged_candidates(const Ip& to) const {
  auto out = candidates(Family::ipv4, kTableLocal, to);
  auto main = candidates(Family::ipv4, kTableMain, to);
  out.insert(out.end(), main.begin(), main.end());
  // Of one prefix those of `local` come first, whatever their metric (fib_find_alias()).
  std::stable_sort(out.begin(), out.end(), [](const Route* a, const Route* b) {
    return a->to.length != b->to.length ? a->to.length > b->to.length : a->table > b->table;
  });
  return out;
}

const std::vector<const Rule*>& Tables::rules(Family family) const {
  return family == Family::ipv4 ? rules4_ : rules6_;
}

bool Tables::has_custom_rules(Family family) const {
  const auto& rules = this->rules(family);
  auto is = [&](size_t i, uint32_t priority, uint32_t table) {
    Rule plain;
    plain.family = family;
    plain.priority = priority;
    plain.table = table;
    plain.action = RuleAction::lookup;
    return i < rules.size() && *rules[i] == plain;
  };
  if (!is(0, 0, kTableLocal) || !is(1, 32766, kTableMain)) return true;
  if (family == Family::ipv6) return rules.size() > 2;
  return rules.size() > 3 || (rules.size() == 3 && !is(2, 32767, kTableDefault));
}

bool Tables::is_up(const IfName& name) const {
  const Link* link = this->link(name);
  return link && link->state.value_or(LinkState::up) == LinkState::up;
}

const Link* Tables::vrf_of(const IfName& name) const {
  const Link* link = this->link(name);
  if (!link || std::holds_alternative<Vrf>(link->kind)) return link;
  const Link* master = link->master ? this->link(*link->master) : nullptr;
  return master && std::holds_alternative<Vrf>(master->kind) ? master : nullptr;
}

std::vector<const Address*> Tables::addresses_of(const IfName& dev) const {
  std::vector<const Address*> out;
  auto at = std::ranges::lower_bound(state_.addresses, dev, {}, &Address::dev);
  for (; at != state_.addresses.end() && at->dev == dev; ++at) out.push_back(&*at);
  std::stable_sort(out.begin(), out.end(),
                   [](const Address* a, const Address* b) { return a->order < b->order; });
  return out;
}

IfName Tables::owner_of(const Ip& ip) const {
  // Of several the newest; the newest link stands for it.
  for (auto link = links_.rbegin(); link != links_.rend(); ++link)
    for (const Address* a : addresses_of((*link)->name))
      if (a->address.ip == ip) return a->dev;
  if (ip.family != Family::ipv4) return {};
  // Else what the local table calls local: 127.0.0.0/8, and what users put there.
  auto routes = has_custom_rules(ip.family) ? candidates(ip.family, kTableLocal, ip) : merged_candidates(ip);
  std::erase_if(routes, [](const Route* r) { return r->tos != 0; });
  for (const Route* route : routes)
    return route->type == RouteType::local && !route->hops.empty() ? route->hops[0].dev : IfName{};
  return {};
}

int64_t Tables::sysctl(const std::string& path, int64_t otherwise) const {
  auto at = std::ranges::lower_bound(state_.sysctls, path, {}, &Sysctl::path);
  if (at == state_.sysctls.end() || at->path != path) return otherwise;
  int64_t value = otherwise;
  std::from_chars(at->value.data(), at->value.data() + at->value.size(), value);
  return value;
}

}  // namespace netcfg
