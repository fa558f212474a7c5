#include "netcfg/spec/lower_uplinks.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

constexpr Family kFamilies[] = {Family::ipv4, Family::ipv6};

// Offsets of rules' priorities from the first one, in the order in which they count.
constexpr uint32_t kNear = 0, kAnySourceNear = 1, kMainFirst = 2, kByMark = 10, kByAddress = 300,
                   kBySteer = 600, kAnySourceRule = 999;
// What is made here has a source by the time that its DSCP is seen: it is steered before that counts.
constexpr uint32_t kBySteerHere = kByAddress - kMostSteeredHere;
static_assert(kBySteerHere > kByMark + kMostUplinks && kBySteer + kMostSteers <= kAnySourceRule);

constexpr uint8_t kUdp = 17, kLinkScope = 253;

Prefix default_of(Family family) {
  return {{family, {}}, 0};
}

Mark both(const std::optional<Mark>& a, const Mark& b) {
  return a ? Mark{a->value | b.value, a->mask | b.mask} : b;
}

class Lowering {
 public:
  Lowering(Desired& desired)
      : out_(desired.state), uplinks_(*desired.uplinks), networks_(desired.state.addresses) {}

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

  // f(network, own address in it) for those that the uplink's interface is in.
  template <class F>
  void each_network(const Uplink& uplink, F&& f) const {
    for (const Address& a : networks_) {
      bool alone = !a.peer && a.address.length == address_bits(family_);
      if (a.dev == uplink.dev && a.address.ip.family == family_ && !a.address.ip.is_link_local() && !alone)
        f(network_of(a), a.address.ip);
    }
  }

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
    Nexthop& policy = add_group(policy_nexthop(family_), uplinks_.origin, best());
    if (shares(uplinks_, family_)) policy.resilient = uplinks_.resilient;
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

  Nexthop& add_group(uint32_t id, Place origin, std::vector<NexthopMember> members) {
    Nexthop& group = add_nexthop(id, origin);
    group.group = std::move(members);
    for (const Uplink& uplink : uplinks_.links)
      if (uplink.gateway(family_)) group.any_of.push_back(member(uplink));
    if (uplinks_.on_all_down == AllDown::unreachable) group.any_of.push_back({dead_end_nexthop(family_), 1});
    std::sort(group.group.begin(), group.group.end());
    std::sort(group.any_of.begin(), group.any_of.end());
    return group;
  }

  void routes() {
    add_default(kTableMain, policy_nexthop(family_), uplinks_.origin);
    if (uplinks_.metric && *uplinks_.metric != 0) out_.routes.back().metric = *uplinks_.metric;
    for (const Uplink& uplink : uplinks_.links) {
      if (!uplink.gateway(family_)) continue;
      add_default(uplink.table.value_or(0), gateway_nexthop(uplink, family_), uplink.origin);
      if (is_ambiguous(networks_, uplinks_, uplink, family_)) add_networks(uplink);
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

  // Main has one way to a network that two interfaces are in: who belongs to the other's has its own.
  void add_networks(const Uplink& uplink) {
    each_network(uplink, [&](const Prefix& network, const Ip& own) {
      Route& route = add_network(*uplink.table, network, uplink);
      if (!route.src) route.src = own;
    });
  }

  // The first that is told of a network is its way.
  Route& add_network(uint32_t table, const Prefix& network, const Uplink& uplink) {
    auto same = [&](const Route& route) { return route.table == table && route.to == network; };
    if (auto at = std::find_if(out_.routes.begin(), out_.routes.end(), same); at != out_.routes.end())
      return *at;
    Route& route = add_route(table, network, uplink.origin);
    route.hops.push_back({{}, uplink.dev});
    if (family_ == Family::ipv4) route.scope = uint8_t{kLinkScope};
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
      belongs_to(uplink, kByMark + *uplink.id, kByAddress + *uplink.id, {});
      if (is_ambiguous(networks_, uplinks_, uplink, family_)) belongs_to(uplink, kNear, kNear, 0);
    }
    for (uint32_t i = 0; i < uplinks_.steer.size(); ++i) {
      Rule rule = uplinks_.steer[i].match;
      if (auto dscp = uplinks_.steer[i].dscp) rule.fwmark = both(rule.fwmark, dscp_mark_of(uplinks_, *dscp));
      steer(uplinks_.steer[i], rule, kBySteer + i);
    }
    steer_here();
  }

  void belongs_to(const Uplink& uplink, uint32_t by_mark, uint32_t by_address,
                  std::optional<int32_t> suppress) {
    auto add = [&](uint32_t offset) -> Rule& {
      Rule& rule = add_rule(offset, *uplink.table, uplink.origin);
      rule.suppress_prefix_length = suppress;
      return rule;
    };
    add(by_mark).fwmark = mark_of(uplinks_, uplink);
    for (const Ip& ip : uplink.addresses)
      if (ip.family == family_) add(by_address).from = Prefix{ip, address_bits(family_)};
  }

  // A packet that is made here gets its source by a first lookup, at which its DSCP is not known, and then
  // would go where that source belongs. Those that have such a mark are steered before, in the same order.
  void steer_here() {
    size_t count = uplinks_.steer.size();
    while (count > 0 && !(uplinks_.steer[count - 1].dscp && uplinks_.steer[count - 1].applies_to(family_)))
      --count;
    for (uint32_t i = 0; i < count; ++i) {
      const Steer& one = uplinks_.steer[i];
      Rule rule = one.match;
      // What is not this one cannot be limited to packets made here by one more selector, and whose they are
      // is not known any more.
      if (rule.invert.value_or(false) || rule.uid_range || (rule.iif && rule.iif != IfName("lo"))) continue;
      rule.iif = IfName("lo");
      rule.fwmark = both(rule.fwmark, one.dscp ? dscp_mark_of(uplinks_, *one.dscp) : any_dscp_mark(uplinks_));
      steer(one, rule, kBySteerHere + i);
    }
  }

  void steer(const Steer& steer, Rule rule, uint32_t offset) {
    const Uplink* uplink = uplinks_.find(steer.via);
    if (!uplink || !uplink->gateway(family_) || !steer.applies_to(family_)) return;
    Rule& added = add_rule(offset, steer_table(*uplink), steer.origin);
    rule.family = family_;
    rule.priority = added.priority;
    rule.action = added.action;
    rule.table = added.table;
    rule.origin = added.origin;
    added = rule;
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
    // Servers answer neighbours as well, to whom main knows a way, with a source that it chooses.
    for (const Uplink& uplink : uplinks_.links)
      if (uplink.gateway4)
        each_network(uplink, [&](const Prefix& network, const Ip&) {
          add_network(kAnySourceTable, network, uplink).src = kAnySource;
        });
    add_rule(kAnySourceNear, kAnySourceTable, uplinks_.origin).suppress_prefix_length = 0;
    only_udp_of_this_host();
    add_rule(kAnySourceRule, kAnySourceTable, uplinks_.origin);
    only_udp_of_this_host();
  }

  void only_udp_of_this_host() {
    Rule& rule = out_.rules.back();
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
      // Not where an address has a peer: for that the kernel would not answer at all, since it looks for its
      // own in the network of the peer (confirm_addr_indev() in net/ipv4/devinet.c; seen on 6.18).
      bool has_peer = std::any_of(networks_.begin(), networks_.end(),
                                  [&](const Address& a) { return a.dev == uplink.dev && a.peer; });
      if (!has_peer) add_sysctl(conf + "/arp_ignore", "1", uplink.origin);
      add_sysctl(conf + "/arp_announce", "2", uplink.origin);
    }
    for (Family family : kFamilies)
      if (shares(uplinks_, family))
        add_sysctl(fmt::format("net/ipv{}/fib_multipath_hash_policy", family == Family::ipv4 ? 4 : 6), "1",
                   uplinks_.origin);
  }

  void add_sysctl(std::string path, std::string value, Place origin) {
    auto given = [&](const Sysctl& sysctl) { return sysctl.path == path; };
    if (std::any_of(out_.sysctls.begin(), out_.sysctls.end(), given)) return;
    out_.sysctls.push_back({std::move(path), std::move(value), origin});
  }

  State& out_;
  const Uplinks& uplinks_;
  const std::vector<Address> networks_;  // of the spec; what is lowered adds to the state
  Family family_ = Family::ipv4;
};

}  // namespace

Prefix network_of(const Address& address) {
  return Prefix{address.peer.value_or(address.address.ip), address.address.length}.network();
}

bool is_ambiguous(const std::vector<Address>& addresses, const Uplinks& uplinks, const Uplink& uplink,
                  Family family) {
  auto counts = [&](const Address& a, const Uplink& of) {
    return a.dev == of.dev && a.address.ip.family == family && !a.address.ip.is_link_local();
  };
  for (const Uplink& other : uplinks.links) {
    if (other.dev == uplink.dev || !other.gateway(family)) continue;
    for (const Address& a : addresses)
      for (const Address& b : addresses) {
        if (!counts(a, uplink) || !counts(b, other)) continue;
        Prefix mine = network_of(a), its = network_of(b);
        if (mine.contains(its.ip) || its.contains(mine.ip)) return true;
      }
  }
  return false;
}

void lower_uplinks(Desired& desired) {
  if (desired.uplinks && !desired.uplinks->links.empty()) Lowering(desired).run();
}

}  // namespace netcfg
