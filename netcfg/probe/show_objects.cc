#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/diff/owner.h"
#include "netcfg/probe/shown.h"

namespace netcfg {
namespace {

struct Program {
  uint8_t protocol;
  std::string_view name;
};
// rtnetlink.h, RTPROT_*
constexpr Program kPrograms[] = {{2, "the kernel"},  {8, "gated"},  {9, "router advertisements"},
                                 {11, "zebra"},      {12, "bird"},  {14, "xorp"},
                                 {15, "ntk"},        {16, "dhcp"},  {17, "mrouted"},
                                 {18, "keepalived"}, {42, "babel"}, {99, "openr"},
                                 {186, "bgp"},       {187, "isis"}, {188, "ospf"},
                                 {189, "rip"},       {192, "eigrp"}};

// Made by hand, by a boot script or by netcfg: unspecified, boot and static.
bool is_of_people(uint8_t protocol) {
  return protocol == 0 || protocol == 3 || protocol == 4 || protocol == kOwnProtocol;
}

uint8_t usual_scope(const Route& route) {
  if (route.type == RouteType::local) return 254;
  if (route.type == RouteType::broadcast || route.type == RouteType::multicast ||
      route.type == RouteType::anycast)
    return 253;
  bool gateway = std::any_of(route.hops.begin(), route.hops.end(),
                             [](const NextHop& hop) { return static_cast<bool>(hop.via); });
  return route.type == RouteType::unicast && !gateway && route.nexthop_id == 0 ? 253 : 0;
}

uint32_t usual_table(const Route& route) {
  bool local = route.type == RouteType::local || route.type == RouteType::broadcast ||
               route.type == RouteType::anycast;
  return local ? kTableLocal : kTableMain;
}

Json choice_value(std::span<const Choice> choices, int64_t number) {
  for (const Choice& choice : choices)
    if (choice.number == number) return std::string(choice.name);
  return number;
}

// What the other keys already tell: the family of a default route is that of its gateway.
std::string destination(const Route& route, const State& state) {
  if (!route.to.is_default()) return to_string(route.to);
  Family told = route.src ? route.src.family : Family::none;
  // That of an object that is for IPv4 routes and for IPv6 routes is said.
  if (told == Family::none && route.nexthop_id != 0) return to_string(route.to);
  for (const NextHop& hop : state.hops_of(route))
    if (told == Family::none && hop.via) told = hop.via.family;
  if (told == Family::none) told = Family::ipv4;
  return told == route.family() ? "default" : to_string(route.to);
}

Json hop_value(const NextHop& hop, bool weighted) {
  Json out = Json::object();
  if (hop.via) out["via"] = to_string(hop.via);
  if (!hop.dev.empty()) out["dev"] = to_string(hop.dev);
  if (weighted && hop.weight != 1) out["weight"] = hop.weight;
  if (hop.onlink) out["onlink"] = true;
  return out;
}

Json address_value(const Address& a) {
  Address usual;
  for (const Field& field : kAddressFields) reset(field, &usual);
  usual.label = to_string(a.dev);
  usual.scope = a.address.ip.is_loopback() ? 254 : 0;
  bool v4 = a.address.ip.family == Family::ipv4;
  if (!v4) usual.scope = a.scope;  // follows from the address
  if (v4) usual.nodad = a.nodad, usual.home = a.home, usual.mngtmpaddr = a.mngtmpaddr;
  Json fields = shown_fields(kAddressFields, &a, &usual);
  if (fields.empty()) return to_string(a.address);
  Json out = Json::object();
  out["address"] = to_string(a.address);
  out.update(fields);
  return out;
}

}  // namespace

// A spec takes an address only once (see netcfg/spec/check_addresses.cc); the kernel is not so strict.
bool Shower::given_before(const Address& a, const Link& link, const std::vector<const Address*>& here) {
  auto same = [&](const Address* other) {
    return other->address.ip == a.address.ip && other->peer == a.peer;
  };
  if (std::any_of(here.begin(), here.end(), same)) return true;
  bool shared =
      a.dev == IfName("lo") || a.peer || a.address.ip.is_link_local() || a.address.ip.is_multicast();
  if (shared) return false;
  const Link* master = link.master ? live_.state.link(*link.master) : nullptr;
  IfName vrf;
  if (std::holds_alternative<Vrf>(link.kind)) vrf = link.name;
  if (master && std::holds_alternative<Vrf>(master->kind)) vrf = master->name;
  return owners_.emplace(std::pair(vrf, a.address.ip), a.dev).first->second != a.dev;
}

Json Shower::addresses_on(const Link& link) {
  std::vector<const Address*> list;
  for (const Address& a : live_.state.addresses) {
    if (a.dev != link.name || is_kernels(a) || a.valid.value_or(UINT32_MAX) != UINT32_MAX) continue;
    if (!is_of_people(a.protocol)) {
      of_others(Kind::address, a.protocol);
      continue;
    }
    if (link.port.index() != 0) {
      not_expressed(fmt::format("address {} on {}, which is a member of {}", to_string(a.address),
                                link.name.view(), link.master.value_or(IfName{}).view()));
      continue;
    }
    if (given_before(a, link, list)) {
      not_expressed(fmt::format("address {} on {}, which is given once more there or elsewhere",
                                to_string(a.address), link.name.view()));
      continue;
    }
    list.push_back(&a);
  }
  // In the kernel's order: the first of a subnet is its primary address.
  std::stable_sort(list.begin(), list.end(),
                   [](const Address* a, const Address* b) { return a->order < b->order; });
  Json out = Json::array();
  for (const Address* a : list) {
    out.push_back(address_value(*a));
    if (a->noprefixroute != true)
      networks_.emplace_back(a->dev, a->peer ? Prefix{*a->peer, a->address.length} : a->address);
  }
  return out;
}

Json Shower::neighbors_on(const Link& link) {
  Json out = Json::array();
  for (const Neighbor& n : live_.state.neighbors) {
    if (n.dev != link.name) continue;
    if (!is_of_people(n.protocol)) {
      of_others(Kind::neighbor, n.protocol);
      continue;
    }
    Json item = Json::object();
    item["address"] = to_string(n.address);
    if (n.proxy) item["proxy"] = true;
    if (n.mac && !n.proxy) item["mac"] = to_string(*n.mac);
    if (n.router == true && n.address.family == Family::ipv6) item["router"] = true;
    out.push_back(std::move(item));
  }
  return out;
}

bool Shower::reachable(const NextHop& hop) const {
  if (!hop.via || hop.onlink || (hop.via.family == Family::ipv6 && hop.via.is_link_local())) return true;
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const auto& row) { return row.first == hop.dev && row.second.contains(hop.via); });
}

std::string Shower::why_not(const Route& route) const {
  if (route.nexthop_id != 0)
    return shown_nexthops_.contains(route.nexthop_id)
               ? std::string()
               : fmt::format("uses next hop {}, which is not shown", route.nexthop_id);
  if (route.type == RouteType::nat) return "is of a type that kernels no longer have";
  if (!is_dead_end(route.type) && route.hops.empty()) return "has no next hop";
  for (const NextHop& hop : route.hops) {
    if (!hop.dev.empty() && !shows(hop.dev))
      return fmt::format("leaves by {}, which is not shown", hop.dev.view());
    if (!reachable(hop))
      return fmt::format("its gateway {} is in no network that is shown", to_string(hop.via));
  }
  return {};
}

std::optional<Json> Shower::route(const Route& r) {
  if (is_kernels(r)) return std::nullopt;
  bool on_asked = r.nexthop_id != 0 ? shown_nexthops_.contains(r.nexthop_id)
                                    : std::any_of(r.hops.begin(), r.hops.end(),
                                                  [&](const NextHop& h) { return asked_for(h.dev); });
  if (!names_.empty() && !on_asked) return std::nullopt;
  if (!is_of_people(r.protocol)) return of_others(Kind::route, r.protocol), std::nullopt;
  if (std::string why = why_not(r); !why.empty()) {
    not_expressed(fmt::format("route {}: {}", id_of(r), why));
    return std::nullopt;
  }
  Json out = Json::object();
  out["to"] = destination(r, live_.state);
  if (r.type != RouteType::unicast) out["type"] = choice_value(kRouteTypes, static_cast<int64_t>(r.type));
  if (r.table != usual_table(r)) out["table"] = r.table;
  if (r.nexthop_id != 0) out["nexthop"] = r.nexthop_id;
  if (!is_dead_end(r.type) && r.hops.size() == 1) out.update(hop_value(r.hops[0], false));
  if (!is_dead_end(r.type) && r.hops.size() > 1)
    for (const NextHop& hop : r.hops) out["next-hops"].push_back(hop_value(hop, true));
  if (r.metric != (r.family() == Family::ipv6 ? kIpv6DefaultMetric : 0)) out["metric"] = r.metric;
  if (r.src) out["src"] = to_string(r.src);
  bool v4 = r.family() == Family::ipv4;
  if (v4 && r.scope && *r.scope != usual_scope(r)) out["scope"] = choice_value(kScopes, *r.scope);
  if (v4 && r.tos != 0) out["tos"] = r.tos;
  if (!v4 && r.pref.value_or(0) != 0) out["pref"] = choice_value(kRoutePrefs, *r.pref);
  if (r.metrics) {
    static const RouteMetrics none;
    out.update(shown_fields(kRouteMetricFields, r.metrics.get(), &none));
  }
  return out;
}

std::string Shower::why_not(const Nexthop& n) const {
  if (n.fdb) return "is of a VXLAN";
  for (const NexthopMember& member : n.group) {
    if (!shown_nexthops_.contains(member.id))
      return fmt::format("uses next hop {}, which is not shown", member.id);
    if (member.weight > 256) return "has a weight beyond 256";
  }
  if (n.dev.empty()) return {};
  if (!shows(n.dev)) return fmt::format("leaves by {}, which is not shown", n.dev.view());
  if (!reachable({n.via, n.dev, 1, n.onlink}))
    return fmt::format("its gateway {} is in no network that is shown", to_string(n.via));
  return {};
}

std::optional<Json> Shower::nexthop(const Nexthop& n) {
  auto not_shown = [&](const NexthopMember& member) { return !shown_nexthops_.contains(member.id); };
  bool asked = n.is_group()    ? std::none_of(n.group.begin(), n.group.end(), not_shown)
               : n.dev.empty() ? names_.empty()
                               : asked_for(n.dev);
  if (!names_.empty() && !asked) return std::nullopt;
  if (!is_of_people(n.protocol)) return of_others(Kind::nexthop, n.protocol), std::nullopt;
  if (std::string why = why_not(n); !why.empty()) {
    not_expressed(fmt::format("nexthop {}: {}", n.id, why));
    return std::nullopt;
  }
  Json out = hop_value({n.via, n.dev, 1, n.onlink}, false);
  if (n.blackhole) out["blackhole"] = true;
  if (!n.is_group() && !n.via && n.family == Family::ipv6) out["family"] = "ipv6";
  for (const NexthopMember& member : n.group) out["group"][std::to_string(member.id)] = member.weight;
  if (n.resilient) {
    Resilient usual;
    for (const Field& field : kResilientFields) reset(field, &usual);
    out["resilient"] = shown_fields(kResilientFields, &*n.resilient, &usual);
  }
  return out;
}

// The groups after what they are made of.
Json Shower::nexthops() {
  Json out = Json::object();
  for (bool groups : {false, true})
    for (const Nexthop& n : live_.state.nexthops) {
      if (n.is_group() != groups) continue;
      auto value = nexthop(n);
      if (!value) continue;
      out[std::to_string(n.id)] = std::move(*value);
      shown_nexthops_.insert(n.id);
    }
  return out;
}

// Routes without a gateway first: others may need the networks that they lead to.
void Shower::note_networks() {
  for (const Route& r : live_.state.routes)
    if (!is_kernels(r) && is_of_people(r.protocol) && r.type == RouteType::unicast && !r.to.is_default())
      for (const NextHop& hop : r.hops)
        if (!hop.via && shows(hop.dev)) networks_.emplace_back(hop.dev, r.to);
}

Json Shower::routes() {
  Json out = Json::array();
  const Route* last = nullptr;
  for (const Route& r : live_.state.routes) {
    if (last && last->key() == r.key()) {
      not_expressed(fmt::format("route {}: there is another of the same key", id_of(r)));
      continue;
    }
    if (auto value = route(r)) {
      out.push_back(std::move(*value));
      last = &r;
    }
  }
  return out;
}

std::optional<Json> Shower::rule(const Rule& r) {
  if (is_kernels(r)) return std::nullopt;
  if (!is_of_people(r.protocol)) return of_others(Kind::rule, r.protocol), std::nullopt;
  RuleAction action = r.action.value_or(RuleAction::lookup);
  bool to_table = action == RuleAction::lookup && r.table.value_or(0) != 0 && r.l3mdev != true;
  if (action == RuleAction::lookup && !to_table && r.l3mdev != true) {
    not_expressed("rule " + id_of(r) + ": it looks up no table");
    return std::nullopt;
  }
  Json out = Json::object();
  out["priority"] = r.priority;
  if (r.family == Family::ipv6 && !r.from && !r.to) out["family"] = "ipv6";
  static const Rule none = [] {
    Rule rule;
    rule.invert = rule.l3mdev = false;
    return rule;
  }();
  out.update(shown_fields(kRuleFields, &r, &none));
  if (to_table)
    out["table"] = *r.table;
  else if (action == RuleAction::goto_)
    out["goto"] = r.goto_priority.value_or(0);
  else if (action != RuleAction::lookup)
    out["action"] = choice_value(kRuleActions, static_cast<int64_t>(action));
  return out;
}

Json Shower::rules() {
  Json out = Json::array();
  if (!names_.empty()) return out;  // rules are nobody's in particular
  const Rule* last = nullptr;
  for (const Rule& r : live_.state.rules) {
    if (last && *last == r) {
      not_expressed("rule " + id_of(r) + ": there is another just like it");
      continue;
    }
    if (auto value = rule(r)) out.push_back(std::move(*value));
    last = &r;
  }
  return out;
}

// Only what was asked for when the state was read; reading them all would show every default.
void Shower::put_sysctls(Json& spec) const {
  for (const Sysctl& sysctl : live_.state.sysctls) {
    auto number = parse_signed(sysctl.value);
    Json value = number ? Json(*number) : Json(sysctl.value);
    IfName dev = dev_of(sysctl);
    auto parts = split(sysctl.path, '/');
    if (dev.empty() && names_.empty()) {
      std::string key = sysctl.path;
      if (key.find('.') == key.npos) std::replace(key.begin(), key.end(), '/', '.');
      spec["sysctl"][key] = value;
    } else if (!dev.empty() && shows(dev) && !bare_.contains(dev)) {
      std::string_view middle = parts[2] == "neigh" ? "neigh/" : "";
      spec["interfaces"][to_string(dev)]["sysctl"][fmt::format("{}/{}{}", parts[1], middle, parts[4])] =
          value;
    }
  }
}

void Shower::count_others() {
  for (const auto& [of, count] : others_) {
    auto [kind, protocol] = of;
    std::string who = fmt::format("protocol {}", protocol);
    for (const Program& program : kPrograms)
      if (program.protocol == protocol) who = program.name;
    std::string_view what =
        kind == Kind::address && count != 1 ? "addresse" : kKindNames[static_cast<size_t>(kind)];
    notes_.push_back(fmt::format("left out: {} {}{} of {}", count, what, count == 1 ? "" : "s", who));
  }
}

}  // namespace netcfg
