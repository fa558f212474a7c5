// Before uplinks are lowered: what the state holds is what the spec itself asks for.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "netcfg/base/text.h"
#include "netcfg/spec/check.h"
#include "netcfg/spec/lower_uplinks.h"

namespace netcfg {
namespace {

Spot of_key(const Checker& check, const Uplink& uplink, std::string_view key) {
  return check.locate.value({"uplinks", "links", std::string_view(uplink.name), key});
}

bool learns(const Checker& check, const IfName& dev) {
  std::string path = fmt::format("net/ipv6/conf/{}/accept_ra", dev.view());
  return std::ranges::any_of(check.state.sysctls,
                             [&](const Sysctl& s) { return s.path == path && s.value != "0"; });
}

void check_interface(const Checker& check, const Uplink& uplink) {
  const Link* link = check.state.link(uplink.dev);
  if (uplink.dev.empty()) return;
  Spot spot = of_key(check, uplink, "interface");
  if (!link)
    check.error(spot, fmt::format("interface {} is not declared", uplink.dev.view()),
                undeclared_hint(check, uplink.dev));
  else if (!link->is_up())
    check.error(spot,
                fmt::format("{} is {} by {}: the uplink would never work", uplink.dev.view(),
                            link->absent() ? "absent" : "down", check.report.where(link->origin)),
                "remove the uplink, or set the interface up");
}

void check_own_addresses(const Checker& check, const Uplink& uplink) {
  for (const Ip& ip : uplink.addresses)
    if (!check.address(ip))
      check.error(of_key(check, uplink, "addresses"),
                  fmt::format("{} is no address of this host", to_string(ip)),
                  fmt::format("add it to the addresses of {}", uplink.dev.view()));
  for (Family family : {Family::ipv4, Family::ipv6}) {
    bool needed = uplink.gateway(family) && !uplink.address(family);
    if (!needed || (family == Family::ipv6 && learns(check, uplink.dev))) continue;
    check.error(
        {uplink.origin, fmt::format("uplinks.links.{}", uplink.name)},
        fmt::format("{} has no IPv{} address: nothing can be sent by gateway {}", uplink.dev.view(),
                    static_cast<int>(family), to_string(uplink.gateway(family))),
        fmt::format("give {} an address, or name one of this host: addresses: [ADDRESS]", uplink.dev.view()));
  }
}

bool on_link(const Checker& check, const IfName& dev, const Ip& ip) {
  if (ip.family == Family::ipv6 && (ip.is_link_local() || learns(check, dev))) return true;
  return std::ranges::any_of(check.state.addresses, [&](const Address& a) {
    return a.dev == dev && (a.peer ? Prefix{*a.peer, a.address.length} : a.address).contains(ip);
  });
}

void check_gateways_of(const Checker& check, const Uplink& uplink) {
  for (Family family : {Family::ipv4, Family::ipv6}) {
    const Ip& gateway = uplink.gateway(family);
    if (!gateway) continue;
    Spot spot = of_key(check, uplink, "gateway");
    if (const Address* own = check.address(gateway))
      check.error(spot, fmt::format("{} is an address of this host", to_string(gateway)),
                  fmt::format("{} has it; write the provider's router", own->dev.view()));
    else if (!*uplink.onlink && !on_link(check, uplink.dev, gateway))
      check.error(
          spot, fmt::format("no network of {} holds the gateway {}", uplink.dev.view(), to_string(gateway)),
          fmt::format("add an address in its network to {}, or write onlink: true", uplink.dev.view()));
  }
}

// Two lines with the same private network work, each by itself; a word is due on what belongs to neither.
void check_networks(const Checker& check, const Uplink& a, const Uplink& b) {
  for (Family family : {Family::ipv4, Family::ipv6}) {
    Uplinks pair;
    pair.links = {a, b};
    if (!a.gateway(family) || !is_ambiguous(check.state.addresses, pair, b, family)) continue;
    check.warning(
        of_key(check, b, "interface"),
        fmt::format("{} and {}, uplink {}, are in networks that overlap", b.dev.view(), a.dev.view(), a.name),
        "their machines are reached by the interface that a program binds to or whose address it "
        "uses; without that, by the one that the kernel finds first");
  }
}

// What two uplinks may not share.
void check_twins(const Checker& check, const Uplink& a, const Uplink& b) {
  auto clash = [&](std::string_view key, std::string what, std::string hint) {
    check.error(of_key(check, b, key),
                fmt::format("{} of uplink {} as well, at {}", what, a.name, check.report.where(a.origin)),
                std::move(hint));
  };
  if (a.id == b.id) clash("id", fmt::format("number {} is that", *a.id), "give one of them another id");
  if (a.table == b.table)
    clash("table", fmt::format("table {} is that", *a.table), "give one of them another table");
  for (Family family : {Family::ipv4, Family::ipv6})
    if (a.dev == b.dev && a.gateway(family) && a.gateway(family) == b.gateway(family))
      return clash("gateway", fmt::format("{} by {} is the way", to_string(a.gateway(family)), a.dev.view()),
                   "nothing that leaves would tell them apart: make one uplink of both, with all addresses");
  for (const Ip& ip : b.addresses) {
    if (std::ranges::find(a.addresses, ip) == a.addresses.end()) continue;
    bool named = check.locate.given({"uplinks", "links", std::string_view(b.name), "addresses"});
    clash(named ? "addresses" : "interface", fmt::format("{} is an address", to_string(ip)),
          "packets from it can leave by one of them only: write addresses: [...] for each");
    return;
  }
}

// What the spec itself does with a table, as a message; empty where it does nothing.
std::string use_of_table(const Checker& check, uint32_t table) {
  for (const Route& route : check.state.routes)
    if (route.table == table) return fmt::format("a route at {}", check.report.where(route.origin));
  for (const Link& link : check.state.links)
    if (const auto* vrf = std::get_if<Vrf>(&link.kind); vrf && vrf->table == table)
      return fmt::format("VRF {}", link.name.view());
  return {};
}

void check_tables_of(const Checker& check, const Uplinks& uplinks) {
  for (const Uplink& uplink : uplinks.links)
    for (uint32_t table : {*uplink.table, steer_table(uplink)}) {
      Spot spot = of_key(check, uplink, "table");
      if (table == kTableMain || table == kTableLocal || table == kTableDefault)
        check.error(spot, fmt::format("table {} belongs to the kernel", table), "choose another");
      else if (std::string use = use_of_table(check, table); !use.empty())
        check.error(spot, fmt::format("table {} is used by {}", table, use),
                    fmt::format("uplink {} fills it alone: choose another number", uplink.name));
    }
}

bool is_row(uint32_t mask) {
  uint32_t row = mask >> std::countr_zero(mask);
  return (row & (row + 1)) == 0;
}

// Whether the spec marks by DSCP at all.
bool uses_dscp(const Uplinks& uplinks) {
  return std::ranges::any_of(uplinks.steer, [](const Steer& steer) { return steer.dscp.has_value(); });
}

void check_dscp_mark(const Checker& check, const Uplinks& uplinks) {
  if (!uses_dscp(uplinks)) return;
  uint32_t mask = *uplinks.dscp_mark;
  Spot spot = check.locate.value({"uplinks", "dscp-mark"});
  if (!is_row(mask) || std::popcount(mask) != kDscpMarkBits)
    check.error(spot, fmt::format("{:#x} is no row of {} bits", mask, kDscpMarkBits), "such as 0x7f000000");
  else if ((mask & *uplinks.mark) != 0)
    check.error(spot,
                fmt::format("{:#x} and {:#x}, by which uplinks are told apart, have bits in common", mask,
                            *uplinks.mark),
                "choose other bits: dscp-mark, or mark");
}

void check_mark(const Checker& check, const Uplinks& uplinks) {
  uint32_t mask = *uplinks.mark;
  uint32_t row = mask >> std::countr_zero(mask);
  Spot spot = check.locate.value({"uplinks", "mark"});
  if (!is_row(mask))
    return check.error(spot, fmt::format("{:#x} is no row of bits", mask), "such as 0x00ff0000");
  for (const Uplink& uplink : uplinks.links)
    if (*uplink.id > row)
      return check.error(
          spot,
          fmt::format("{:#x} has no room for {}, the number of uplink {}", mask, *uplink.id, uplink.name),
          "take more bits, or give the uplinks small numbers: id: 1");
}

// What a rule or a steer of the spec's own selects.
void check_selected_mark(const Checker& check, const Uplinks& uplinks, const std::optional<Mark>& mark,
                         const Spot& spot) {
  if (!mark) return;
  if ((mark->mask & *uplinks.mark) != 0)
    check.error(spot, fmt::format("the bits {:#x} of marks tell uplinks apart", *uplinks.mark),
                "leave them out of the mask, or move theirs: uplinks: { mark: … }");
  else if (uses_dscp(uplinks) && (mark->mask & *uplinks.dscp_mark) != 0)
    check.error(
        spot,
        fmt::format("the bits {:#x} of marks hold the DSCP of what is steered by it", *uplinks.dscp_mark),
        "leave them out of the mask, or move theirs: uplinks: { dscp-mark: … }");
}

void check_rules_of(const Checker& check, const Uplinks& uplinks) {
  uint32_t first = *uplinks.rule_priority, last = first + kRulesOfUplinks - 1;
  for (const Rule& rule : check.state.rules) {
    if (rule.priority >= first && rule.priority <= last)
      check.error(check.locate.in_item("rules", rule.origin, "priority"),
                  fmt::format("priorities {} to {} belong to the uplinks", first, last),
                  "choose another, or move theirs: rule-priority");
    check_selected_mark(check, uplinks, rule.fwmark, check.locate.in_item("rules", rule.origin, "fwmark"));
  }
  for (const Steer& steer : uplinks.steer)
    check_selected_mark(check, uplinks, steer.match.fwmark, {steer.origin, "uplinks.steer"});
}

void check_default_routes(const Checker& check, const Uplinks& uplinks) {
  for (const Route& route : check.state.routes) {
    if (route.table != kTableMain || !route.to.is_default() || route.type != RouteType::unicast) continue;
    Family family = route.family();
    uint32_t metric = uplinks.metric.value_or(family == Family::ipv6 ? kIpv6DefaultMetric : 0);
    bool used = std::ranges::any_of(uplinks.links, [&](const Uplink& u) { return bool(u.gateway(family)); });
    if (!used || route.metric > metric) continue;
    Spot spot = check.locate.in_item("routes", route.origin);
    if (route.metric == metric)
      check.error(spot, "the uplinks make the default route of table main",
                  "remove this one, or give it a higher metric");
    else
      check.error(spot,
                  fmt::format("this default route comes before that of the uplinks (metric {})", metric),
                  "remove it, or give it a higher metric");
  }
}

void check_dscp(const Checker& check, const Steer& steer, size_t index) {
  if (!steer.dscp) return;
  Spot spot{steer.origin, "uplinks.steer"};
  if (steer.match.tos) check.error(spot, "'tos' and 'dscp' are the same byte of a packet", "leave tos out");
  if (steer.match.invert.value_or(false))
    check.error(spot, "'not' cannot be had with 'dscp'", "steer each of the others by an entry of its own");
  // ip_route_me_harder(), ip6_route_me_harder() in net/ipv4/netfilter.c and net/ipv6/netfilter.c: what is
  // made here is routed anew once it is marked, as if root had made it.
  if (steer.match.uid_range)
    check.error(spot, "'uid-range' cannot be had with 'dscp'",
                "the kernel does not know the user when it sees the DSCP: have the program's packets marked "
                "(fwmark), or select them otherwise");
  if (index >= kMostSteeredHere)
    check.error(spot, fmt::format("only the first {} entries can be by dscp", kMostSteeredHere),
                "move it further up");
}

void check_steer(const Checker& check, const Uplinks& uplinks) {
  std::vector<std::string_view> names;
  for (const Uplink& uplink : uplinks.links) names.push_back(uplink.name);
  if (uplinks.steer.size() > kMostSteers)
    check.error({uplinks.steer[kMostSteers].origin, "uplinks.steer"},
                fmt::format("more than {} entries", kMostSteers), "match networks, or ranges of ports");
  for (size_t i = 0; i < uplinks.steer.size(); ++i) {
    const Steer& steer = uplinks.steer[i];
    check_dscp(check, steer, i);
    if (uplinks.find(steer.via)) continue;
    auto near = nearest(steer.via, names);
    check.error({steer.origin, "uplinks.steer"}, fmt::format("there is no uplink '{}'", printable(steer.via)),
                near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("there are {}", fmt::join(names, ", ")));
  }
}

void check_resilient(const Checker& check, const Uplinks& uplinks) {
  if (uplinks.resilient && uplinks.resilient->buckets.value_or(UINT16_MAX) < uplinks.links.size())
    check.error(check.locate.value({"uplinks", "resilient", "buckets"}),
                fmt::format("{} buckets for {} uplinks: some would get none", *uplinks.resilient->buckets,
                            uplinks.links.size()),
                "buckets: 128 is usual");
}

}  // namespace

void check_uplinks(const Checker& check) {
  if (!check.desired.uplinks) return;
  const Uplinks& uplinks = *check.desired.uplinks;
  if (uplinks.links.empty())
    check.error({uplinks.origin, "uplinks"}, "there is no uplink",
                "write links: { telecom: { interface: eth0, gateway: ADDRESS } }");
  if (uplinks.links.size() > kMostUplinks)
    return check.error({uplinks.origin, "uplinks"}, fmt::format("more than {} uplinks", kMostUplinks));
  for (size_t i = 0; i < uplinks.links.size(); ++i) {
    const Uplink& uplink = uplinks.links[i];
    if (!check.gaps.links) check_interface(check, uplink);
    if (!check.gaps.links && !check.gaps.addresses && check.present(uplink.dev)) {
      check_own_addresses(check, uplink);
      check_gateways_of(check, uplink);
    }
    for (size_t k = 0; k < i; ++k) {
      check_twins(check, uplinks.links[k], uplink);
      if (!check.gaps.addresses) check_networks(check, uplinks.links[k], uplink);
    }
    check_health(check, uplinks, uplink);
  }
  if (!check.gaps.routes) check_tables_of(check, uplinks), check_default_routes(check, uplinks);
  check_mark(check, uplinks);
  check_dscp_mark(check, uplinks);
  check_rules_of(check, uplinks);
  check_steer(check, uplinks);
  check_resilient(check, uplinks);
}

}  // namespace netcfg
