#include "netcfg/spec/lower_uplinks.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

constexpr Family kFamilies[] = {Family::ipv4, Family::ipv6};

// Offsets of rules' priorities from the first one, in the order in which they count.
constexpr uint32_t kMainFirst = 0, kByMark = 10, kByAddress = 300, kBySteer = 600, kAnySourceRule = 999;

constexpr uint8_t kUdp = 17;

Prefix default_of(Family family) {
  return {{family, {}}, 0};
}

class Lowering {
 public:
  Lowering(Desired& desired) : out_(desired.state), uplinks_(*desired.uplinks) {}

  void run() {
    for (Family family : kFamilies) {
      if (std::none_of(uplinks_.links.begin(), uplinks_.links.end(),
                       [&](const Uplink& uplink) { return uplink.gateway(family); }))
        continue;
      family_ = family;
      nexthops();
      routes();
      rules();
      if (family == Family::ipv4 && has_any_source(uplinks_)) any_source();
    }
    sysctls();
    out_.sort();
  }

 private:
  bool is_balanced() const { return uplinks_.policy == UplinkPolicy::balance; }

  void nexthops() {
    for (const Uplink& uplink : uplinks_.links) {
      if (!uplink.gateway(family_)) continue;
      Nexthop& gateway = add_nexthop(gateway_nexthop(uplink, family_), uplink.origin);
      gateway.family = family_;
      gateway.via = uplink.gateway(family_);
      gateway.dev = uplink.dev;
      gateway.onlink = uplink.onlink.value_or(false);
    }
    if (uplinks_.on_all_down == AllDown::unreachable) {
      Nexthop& nowhere = add_nexthop(dead_end_nexthop(family_), uplinks_.origin);
      nowhere.family = family_;
      nowhere.blackhole = true;
    }
    add_group(policy_nexthop(family_), uplinks_.origin, best());
    for (const Uplink& uplink : uplinks_.links)
      if (uplink.gateway(family_) && is_steered_to(uplinks_, uplink))
        add_group(steer_nexthop(uplink, family_), uplink.origin, {member(uplink)});
  }

  Nexthop& add_nexthop(uint32_t id, Place origin) {
    Nexthop& nexthop = out_.nexthops.emplace_back();
    nexthop.id = id;
    nexthop.origin = origin;
    return nexthop;
  }

  NexthopMember member(const Uplink& uplink) const {
    return {gateway_nexthop(uplink, family_), uplink.weight.value_or(1)};
  }

  // Who carries the traffic while all of them work.
  std::vector<NexthopMember> best() const {
    uint32_t least = UINT32_MAX;
    for (const Uplink& uplink : uplinks_.links)
      if (uplink.gateway(family_)) least = std::min(least, uplink.priority.value_or(0));
    std::vector<NexthopMember> out;
    for (const Uplink& uplink : uplinks_.links)
      if (uplink.gateway(family_) && (is_balanced() || uplink.priority.value_or(0) == least))
        out.push_back(member(uplink));
    return out;
  }

  void add_group(uint32_t id, Place origin, std::vector<NexthopMember> members) {
    Nexthop& group = add_nexthop(id, origin);
    group.group = std::move(members);
    for (const Uplink& uplink : uplinks_.links)
      if (uplink.gateway(family_)) group.any_of.push_back(member(uplink));
    if (uplinks_.on_all_down == AllDown::unreachable) group.any_of.push_back({dead_end_nexthop(family_), 1});
    std::sort(group.group.begin(), group.group.end());
    std::sort(group.any_of.begin(), group.any_of.end());
  }

  void routes() {
    add_default(kTableMain, policy_nexthop(family_), uplinks_.origin);
    if (uplinks_.metric && *uplinks_.metric != 0) out_.routes.back().metric = *uplinks_.metric;
    for (const Uplink& uplink : uplinks_.links) {
      if (!uplink.gateway(family_)) continue;
      add_default(uplink.table.value_or(0), gateway_nexthop(uplink, family_), uplink.origin);
      if (is_steered_to(uplinks_, uplink))
        add_default(steer_table(uplink), steer_nexthop(uplink, family_), uplink.origin);
    }
  }

  Route& add_route(uint32_t table, const Prefix& to, Place origin) {
    Route& route = out_.routes.emplace_back();
    route.table = table;
    route.to = to;
    route.origin = origin;
    if (family_ == Family::ipv6)
      route.pref = 0, route.metric = kIpv6DefaultMetric;
    else
      route.scope = 0;
    return route;
  }

  Route& add_default(uint32_t table, uint32_t nexthop, Place origin) {
    Route& route = add_route(table, default_of(family_), origin);
    route.nexthop_id = nexthop;
    return route;
  }

  Rule& add_rule(uint32_t offset, uint32_t table, Place origin) {
    Rule& rule = out_.rules.emplace_back();
    rule.family = family_;
    rule.priority = *uplinks_.rule_priority + offset;
    rule.action = RuleAction::lookup;
    rule.table = table;
    rule.origin = origin;
    return rule;
  }

  void rules() {
    add_rule(kMainFirst, kTableMain, uplinks_.origin).suppress_prefix_length = 0;
    for (const Uplink& uplink : uplinks_.links) {
      if (!uplink.gateway(family_)) continue;
      add_rule(kByMark + *uplink.id, *uplink.table, uplink.origin).fwmark = mark_of(uplinks_, uplink);
      for (const Ip& ip : uplink.addresses)
        if (ip.family == family_)
          add_rule(kByAddress + *uplink.id, *uplink.table, uplink.origin).from =
              Prefix{ip, address_bits(family_)};
    }
    for (uint32_t i = 0; i < uplinks_.steer.size(); ++i) steer(uplinks_.steer[i], kBySteer + i);
  }

  void steer(const Steer& steer, uint32_t offset) {
    const Uplink* uplink = uplinks_.find(steer.via);
    if (!uplink || !uplink->gateway(family_) || !(family_ == Family::ipv6 ? steer.ipv6 : steer.ipv4)) return;
    Rule rule = steer.match;
    Rule& added = add_rule(offset, steer_table(*uplink), steer.origin);
    rule.family = family_;
    rule.priority = added.priority;
    rule.action = added.action;
    rule.table = added.table;
    rule.origin = added.origin;
    added = std::move(rule);
  }

  void any_source() {
    Address& address = out_.addresses.emplace_back();
    address.dev = IfName("lo");
    address.address = {kAnySource, address_bits(Family::ipv4)};
    address.protocol = kOwnProtocol;
    address.origin = uplinks_.origin;
    add_default(kAnySourceTable, policy_nexthop(family_), uplinks_.origin).src = kAnySource;
    // Multicast and broadcast are for neighbours, who have to see an address that they can answer.
    for (const Prefix& near :
         {Prefix{{Family::ipv4, {224}}, 4}, Prefix{{Family::ipv4, {255, 255, 255, 255}}, 32}})
      add_route(kAnySourceTable, near, uplinks_.origin).type = RouteType::throw_;
    Rule& rule = add_rule(kAnySourceRule, kAnySourceTable, uplinks_.origin);
    rule.iif = IfName("lo");
    rule.ip_proto = kUdp;
  }

  void sysctls() {
    for (const Uplink& uplink : uplinks_.links) {
      if (!uplink.gateway4) continue;
      // Strict filtering drops what comes by an uplink that is not the active one.
      std::string conf = "net/ipv4/conf/" + to_string(uplink.dev);
      add_sysctl(conf + "/rp_filter", "2", uplink.origin);
      bool shared = std::any_of(uplinks_.links.begin(), uplinks_.links.end(), [&](const Uplink& other) {
        return &other != &uplink && other.dev == uplink.dev && other.gateway4;
      });
      if (shared) continue;
      // Two cards may be on one segment: each answers for its own addresses only.
      add_sysctl(conf + "/arp_ignore", "1", uplink.origin);
      add_sysctl(conf + "/arp_announce", "2", uplink.origin);
    }
    for (Family family : kFamilies)
      if (shares(family))
        add_sysctl(fmt::format("net/ipv{}/fib_multipath_hash_policy", family == Family::ipv4 ? 4 : 6), "1",
                   uplinks_.origin);
  }

  // Whether several uplinks may carry the traffic at one time.
  bool shares(Family family) const {
    for (const Uplink& a : uplinks_.links)
      for (const Uplink& b : uplinks_.links)
        if (&a != &b && a.gateway(family) && b.gateway(family) && (is_balanced() || a.priority == b.priority))
          return true;
    return false;
  }

  void add_sysctl(std::string path, std::string value, Place origin) {
    auto given = [&](const Sysctl& sysctl) { return sysctl.path == path; };
    if (std::any_of(out_.sysctls.begin(), out_.sysctls.end(), given)) return;
    out_.sysctls.push_back({std::move(path), std::move(value), origin});
  }

  State& out_;
  const Uplinks& uplinks_;
  Family family_ = Family::ipv4;
};

}  // namespace

void lower_uplinks(Desired& desired) {
  if (desired.uplinks && !desired.uplinks->links.empty()) Lowering(desired).run();
}

}  // namespace netcfg
