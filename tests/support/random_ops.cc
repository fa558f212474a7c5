#include "tests/support/random_ops.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg::test {
namespace {

// "br" and 0: "br0".
IfName numbered(const char* text, uint32_t n) {
  return IfName(fmt::format("{}{}", text, n));
}

template <class T>
SomeOp create(T value) {
  return {Action::create, T{}, std::move(value)};
}
template <class T>
SomeOp update(T before, T after) {
  return {Action::update, std::move(before), std::move(after)};
}
template <class T>
SomeOp remove(T value) {
  return {Action::remove, std::move(value), T{}};
}

class Maker {
 public:
  Maker(Rng& rng, const SimHost& host, const OpMix& mix) : rng_(rng), host_(host), mix_(mix) {}

  SomeOp run() {
    // The other end of a veth gets a MAC address of its own, to be comparable.
    for (const SimLink& link : host_.links())
      if (link.is_new) return create(new_link(link.link.name, link.link.kind));
    if (host_.links().size() < 3) return add_link();
    uint32_t dice = rng_.below(100);
    if (dice < 12) return add_link();
    if (dice < 45) return change_link();
    if (dice < 49) return remove(rng_.pick(host_.links()).link);
    if (dice < 68) return address();
    if (dice < 74) return nexthop();
    if (dice < 86) return route();
    if (dice < 92) return rule();
    if (dice < 97) return neighbor();
    return sysctl();
  }

 private:
  Mac mac() { return Mac{{kGivenMac[0], kGivenMac[1], 0, 0, 0, static_cast<uint8_t>(rng_.between(1, 250))}}; }
  IfName some_link(uint32_t percent_wrong = 3) {
    if (rng_.chance(percent_wrong)) return "nobody";
    return rng_.pick(host_.links()).link.name;
  }
  Link new_link(const IfName& name, LinkKind kind) {
    Link link;
    link.name = name;
    link.kind = std::move(kind);
    link.mac = mac();
    return link;
  }

  SomeOp add_link() {
    uint32_t dice = rng_.below(mix_.all_kinds ? 100 : 60);
    Link link;
    if (dice < 22) {
      uint32_t n = rng_.below(3);
      link = new_link(numbered("va", n), Veth{numbered("vb", n)});
    } else if (dice < 34) {
      link = new_link(numbered("br", rng_.below(2)), Bridge{});
    } else if (dice < 48) {
      link = new_link(numbered("mv", rng_.below(3)), macvlan());
    } else if (dice < 60) {
      link = new_link(numbered("vx", rng_.below(2)), vxlan());
    } else {
      link = lab_link(dice);
    }
    if (rng_.chance(25)) link.state = LinkState::up;
    if (rng_.chance(15)) link.mtu = rng_.pick({1500U, 1400U, 9000U, 1200U});
    if (rng_.chance(8) && link.kind.index() != 0) link.master = some_link();
    return create(std::move(link));
  }

  Macvlan macvlan() {
    Macvlan m;
    m.parent = some_link();
    if (rng_.chance(50)) m.mode = rng_.pick({1U, 2U, 4U, 4U, 8U});
    return m;
  }
  Vxlan vxlan() {
    Vxlan v;
    v.id = rng_.between(5, 6);
    v.port = uint16_t{4789};
    if (rng_.chance(50)) v.parent = some_link();
    if (rng_.chance(30)) v.local = parse_ip("10.0.0.1");
    if (rng_.chance(20)) v.remote = parse_ip(rng_.chance(50) ? "10.0.0.9" : "239.1.1.1");
    if (rng_.chance(30)) v.learning = false;
    return v;
  }

  Link lab_link(uint32_t dice) {
    if (dice < 72) {
      Vlan vlan;
      vlan.parent = some_link();
      vlan.id = static_cast<uint16_t>(rng_.pick({10, 20}));
      if (rng_.chance(10)) vlan.loose_binding = true;
      Link link = new_link(numbered("vl", rng_.below(3)), vlan);
      if (rng_.chance(50)) link.mac.reset();
      return link;
    }
    if (dice < 82) {
      Bond bond;
      if (rng_.chance(70)) bond.mode = static_cast<BondMode>(rng_.below(7));
      if (rng_.chance(50)) bond.miimon = 100;
      Link link = new_link(numbered("bo", rng_.below(2)), bond);
      return link;
    }
    if (dice < 90) return new_link(numbered("du", rng_.below(3)), Dummy{});
    if (dice < 96) return new_link(numbered("vr", rng_.below(2)), Vrf{rng_.between(1000, 1001)});
    Ipvlan ipvlan;
    ipvlan.parent = some_link();
    if (rng_.chance(50)) ipvlan.mode = static_cast<uint16_t>(rng_.below(2));
    Link link = new_link(numbered("iv", rng_.below(2)), ipvlan);
    link.mac.reset();
    return link;
  }

  SomeOp change_link() {
    const Link& before = rng_.pick(host_.links()).link;
    if (before.name == IfName("lo")) return change_link();
    Link after = before;
    uint32_t dice = rng_.below(100);
    if (dice < 40) {
      after.state = rng_.chance(65) ? LinkState::up : LinkState::down;
    } else if (dice < 55) {
      after.mtu = rng_.pick({1500U, 1400U, 9000U, 1200U, 1280U, 68U, 60U, 70000U});
    } else if (dice < 75) {
      after.master = rng_.chance(35) ? IfName() : some_link();
      after.port = {};
    } else if (dice < 80) {
      after.mac = rng_.chance(90) ? mac() : Mac{{1, 2, 3, 4, 5, 6}};
    } else if (dice < 85) {
      change_common(after);
    } else if (dice < 90 && mix_.all_kinds) {
      after.name = numbered("rn", rng_.below(4));
    } else {
      change_kind(after);
    }
    return update(before, after);
  }

  void change_common(Link& link) {
    if (rng_.chance(30)) link.group = rng_.below(3);
    if (rng_.chance(30)) link.description = rng_.chance(70) ? "text" : "";
    if (rng_.chance(30)) link.txqueuelen = rng_.pick({500U, 1000U});
    if (rng_.chance(30)) link.allmulticast = rng_.chance(50);
    if (rng_.chance(30)) {
      link.altnames.emplace();
      for (const char* alt : {"alt-1", "alt-2"})
        if (rng_.chance(50)) link.altnames->emplace_back(alt);
    }
  }

  void change_kind(Link& link) {
    if (auto* bond = std::get_if<Bond>(&link.kind)) change_bond(link, *bond);
    if (auto* bridge = std::get_if<Bridge>(&link.kind)) change_bridge(*bridge);
    if (auto* vlan = std::get_if<Vlan>(&link.kind)) {
      if (rng_.chance(30)) vlan->id = uint16_t{11};
      if (rng_.chance(30)) vlan->loose_binding = rng_.chance(50);
    }
    if (auto* m = std::get_if<Macvlan>(&link.kind)) m->mode = rng_.pick({1U, 2U, 4U, 8U});
    if (auto* v = std::get_if<Vxlan>(&link.kind)) v->learning = rng_.chance(50);
    if (auto* i = std::get_if<Ipvlan>(&link.kind)) i->mode = static_cast<uint16_t>(rng_.below(2));
    if (auto* port = std::get_if<BondPort>(&link.port)) {
      if (rng_.chance(40)) port->queue_id = static_cast<uint16_t>(rng_.below(3));
      if (rng_.chance(40)) port->prio = 10;
    }
    if (auto* port = std::get_if<BridgePort>(&link.port)) change_bridge_port(*port);
  }

  void change_bond(const Link& link, Bond& bond) {
    std::vector<IfName> mine;
    for (const SimLink& other : host_.links())
      if (other.link.master == link.name) mine.push_back(other.link.name);
    switch (rng_.below(9)) {
      case 0:
        bond.mode = static_cast<BondMode>(rng_.below(7));
        break;
      case 1:
        bond.miimon = rng_.pick({0U, 100U, 200U});
        break;
      case 2:
        bond.updelay = rng_.pick({0U, 200U, 250U});
        break;
      case 3:
        bond.arp_interval = rng_.pick({0U, 100U});
        break;
      case 4:
        bond.lacp_rate = static_cast<uint8_t>(rng_.below(2));
        break;
      case 5:
        bond.fail_over_mac = static_cast<uint8_t>(rng_.below(2));
        break;
      case 6:
        bond.primary = mine.empty() ? some_link() : rng_.pick(mine);
        break;
      case 7:
        bond.xmit_hash_policy = static_cast<uint8_t>(rng_.below(3));
        break;
      default:
        bond.min_links = rng_.below(2);
    }
  }

  void change_bridge(Bridge& bridge) {
    switch (rng_.below(mix_.all_kinds ? 6 : 3)) {
      case 0:
        bridge.stp = rng_.chance(50);
        break;
      case 1:
        bridge.ageing_time = rng_.pick({30000U, 6000U});
        break;
      case 3:
        bridge.vlan_filtering = rng_.chance(50);
        break;
      case 4:
        bridge.default_pvid = static_cast<uint16_t>(rng_.pick({0, 1, 5}));
        break;
      case 5:
        bridge.vlans.emplace().add({1, 1});
        bridge.vlans->add({20, 22});
        break;
      default:
        bridge.group_address =
            rng_.chance(50) ? Mac{{1, 0x80, 0xc2, 0, 0, 5}} : Mac{{1, 0x80, 0xc2, 0, 0, 2}};
    }
  }

  void change_bridge_port(BridgePort& port) {
    if (rng_.chance(40)) port.hairpin = rng_.chance(50);
    if (rng_.chance(40)) port.cost = rng_.between(1, 50);
    if (rng_.chance(30)) port.priority = static_cast<uint16_t>(rng_.below(64));
    if (mix_.all_kinds && rng_.chance(40)) {
      port.vlans.emplace();
      for (uint32_t vid : {1U, 10U, 20U})
        if (rng_.chance(50)) port.vlans->add({vid, vid});
      port.pvid = static_cast<uint16_t>(rng_.pick({0, 1, 10}));
      port.untagged.emplace();
      if (rng_.chance(30)) port.untagged->add({20, 20});
    }
  }

  SomeOp address() {
    if (rng_.chance(30) && host_.addresses().size() > 3) {
      const Address& a = rng_.pick(host_.addresses());
      if (a.dev != IfName("lo") && !a.address.ip.is_link_local()) {
        if (rng_.chance(70)) return remove(a);
        Address after = a;
        if (rng_.chance(50)) after.metric = rng_.pick({0U, 50U});
        if (rng_.chance(30)) after.noprefixroute = rng_.chance(50);
        if (rng_.chance(30)) after.preferred = 0;
        return update(a, after);
      }
    }
    Address a;
    a.dev = some_link();
    if (a.dev == IfName("lo")) a.dev = some_link();
    bool v4 = rng_.chance(65);
    std::string text =
        v4 ? fmt::format("10.0.{}.{}/{}", rng_.below(3), rng_.between(1, 4), rng_.pick({24, 24, 24, 25, 32}))
           : fmt::format("2001:db8:{}::{}/{}", rng_.below(3), rng_.between(1, 4), rng_.pick({64, 64, 128}));
    a.address = *parse_prefix(text);
    a.protocol = kOwnProtocol;
    if (!v4) a.nodad = true;
    if (v4 && rng_.chance(10)) a.label = fmt::format("{}:x", a.dev.view());
    if (v4 && a.address.length < 31 && rng_.chance(10)) a.broadcast = broadcast_of(a.address);
    if (v4 && rng_.chance(8)) a.scope = rng_.pick<uint8_t>({0, 253, 254});
    if (rng_.chance(10)) a.noprefixroute = true;
    if (rng_.chance(10)) a.metric = 50;
    // The route to an IPv6 peer comes later, by the work queue that detects duplicates.
    if (v4 && rng_.chance(6)) {
      a.peer = *parse_ip("192.0.2.9");
      a.address.length = 32;
    }
    return create(std::move(a));
  }

  SomeOp route() {
    std::vector<Route> there;
    for (const SimRoute& r : host_.routes())
      if (r.route.protocol == kOwnProtocol) there.push_back(r.route);
    if (!there.empty() && rng_.chance(30)) return remove(rng_.pick(there));
    Route r = new_route();
    if (!there.empty() && rng_.chance(25)) {
      Route before = rng_.pick(there);
      if (before.family() == r.family()) {
        r.to = before.to, r.table = before.table, r.metric = before.metric, r.tos = before.tos;
        return update(before, r);
      }
    }
    return create(std::move(r));
  }

  // On links that have a carrier whenever they are up.
  SomeOp nexthop() {
    std::vector<Nexthop> there = host_.nexthops();
    if (!there.empty() && rng_.chance(25)) return remove(rng_.pick(there));
    Nexthop n = new_nexthop(there);
    n.id = rng_.between(1, 6);
    auto same =
        std::find_if(there.begin(), there.end(), [&](const Nexthop& other) { return other.id == n.id; });
    if (same != there.end() && rng_.chance(85)) return update(*same, n);
    return create(std::move(n));
  }

  Nexthop new_nexthop(const std::vector<Nexthop>& there) {
    Nexthop n;
    uint32_t dice = rng_.below(100);
    if (dice < 35) {
      for (uint32_t id = 1; id <= 6; ++id)
        if (rng_.chance(there.size() > 2 ? 35 : 60))
          n.group.push_back({id, static_cast<uint16_t>(rng_.between(1, 3))});
      if (n.group.empty()) n.group.push_back({1, 1});
      if (rng_.chance(25))
        n.resilient = Resilient{static_cast<uint16_t>(rng_.pick({8, 16})), 12'000U, rng_.pick({0U, 500U})};
      return n;
    }
    n.family = rng_.chance(65) ? Family::ipv4 : Family::ipv6;
    bool v4 = n.family == Family::ipv4;
    if (dice < 45) {
      n.blackhole = true;
      return n;
    }
    std::vector<IfName> steady{"lo"};
    for (const SimLink& link : host_.links())
      if (std::holds_alternative<Vxlan>(link.link.kind)) steady.push_back(link.link.name);
    n.dev = rng_.pick(steady);
    if (v4 && n.dev == IfName("lo") && dice < 75) return n;
    n.via = *parse_ip(v4                ? fmt::format("10.0.{}.{}", rng_.below(3), rng_.between(1, 9))
                      : rng_.chance(50) ? "fe80::1"
                                        : fmt::format("2001:db8:{}::{}", rng_.below(3), rng_.between(1, 9)));
    if (rng_.chance(40)) n.onlink = true;
    return n;
  }

  Route new_route() {
    Route r;
    bool v4 = rng_.chance(65);
    r.to = *parse_prefix(v4 ? rng_.pick({"0.0.0.0/0", "192.168.1.0/24", "192.168.0.0/16"})
                            : rng_.pick({"::/0", "2001:db8:100::/48", "fd00::/8"}));
    r.table = rng_.pick({kTableMain, kTableMain, 100U, 1000U});
    r.metric = rng_.pick({0U, 0U, 10U});
    if (!v4 && r.metric == 0) r.metric = kIpv6DefaultMetric;
    if (rng_.chance(12)) {
      r.type = rng_.pick({RouteType::blackhole, RouteType::unreachable, RouteType::prohibit});
    } else if (rng_.chance(25)) {
      r.nexthop_id = rng_.between(1, 6);
    } else {
      uint32_t hops = rng_.chance(15) ? 2 : 1;
      for (uint32_t i = 0; i < hops; ++i) r.hops.push_back(hop(v4));
      if (hops == 2 && r.hops[0].via == r.hops[1].via && r.hops[0].dev == r.hops[1].dev) r.hops.pop_back();
      std::sort(r.hops.begin(), r.hops.end());
    }
    if (v4)
      r.scope = r.hops.size() == 1 && !r.hops[0].via ? 253 : 0;
    else
      r.pref = 0;
    if (rng_.chance(15))
      r.src = *parse_ip(v4 ? fmt::format("10.0.{}.{}", rng_.below(3), rng_.between(1, 4))
                           : fmt::format("2001:db8:{}::{}", rng_.below(3), rng_.between(1, 4)));
    return r;
  }

  NextHop hop(bool v4) {
    NextHop h;
    uint32_t dice = rng_.below(100);
    if (dice < 75)
      h.via = *parse_ip(v4 ? fmt::format("10.0.{}.{}", rng_.below(3), rng_.between(1, 9))
                           : fmt::format("2001:db8:{}::{}", rng_.below(3), rng_.between(1, 9)));
    if (!v4 && dice < 12) h.via = *parse_ip("fe80::1");
    if (!h.via || rng_.chance(50)) h.dev = some_link();
    if (h.via && !h.dev.empty() && rng_.chance(8)) h.onlink = true;
    return h;
  }

  SomeOp rule() {
    std::vector<Rule> there;
    for (const Rule& r : host_.rules())
      if (r.protocol == kOwnProtocol) there.push_back(r);
    if (!there.empty() && rng_.chance(45)) return remove(rng_.pick(there));
    Rule r;
    r.family = rng_.chance(70) ? Family::ipv4 : Family::ipv6;
    bool v4 = r.family == Family::ipv4;
    r.priority = rng_.between(100, 102);
    r.action = RuleAction::lookup;
    r.table = rng_.pick({100U, 1000U, kTableMain});
    r.protocol = kOwnProtocol;
    if (rng_.chance(50)) r.from = *parse_prefix(v4 ? "10.0.0.0/16" : "2001:db8::/32");
    if (rng_.chance(15)) r.to = *parse_prefix(v4 ? "10.0.1.0/24" : "2001:db8:1::/48");
    if (rng_.chance(15)) r.iif = IfName(rng_.chance(50) ? "lo" : "va0");
    if (rng_.chance(15)) r.fwmark = Mark{1, 0xff};
    if (rng_.chance(10)) r.invert = true;
    if (rng_.chance(10)) r.tos = static_cast<uint8_t>(rng_.pick({0x10, 0x04, 0x01}));
    if (rng_.chance(10)) r.ip_proto = 6;
    if (rng_.chance(10)) r.suppress_prefix_length = 0;
    if (rng_.chance(10)) {
      r.table.reset();
      r.action =
          rng_.pick({RuleAction::prohibit, RuleAction::unreachable, RuleAction::blackhole, RuleAction::nop});
    } else if (rng_.chance(8)) {
      r.table.reset();
      r.action = RuleAction::goto_;
      r.goto_priority = rng_.between(99, 104);
    }
    return create(std::move(r));
  }

  SomeOp neighbor() {
    if (!host_.neighbors().empty() && rng_.chance(35)) return remove(rng_.pick(host_.neighbors()));
    Neighbor n;
    n.dev = some_link();
    if (n.dev == IfName("lo")) n.dev = "nobody";  // which has but one, for all addresses
    n.address = *parse_ip(rng_.chance(60) ? fmt::format("10.0.0.{}", rng_.between(5, 7))
                                          : fmt::format("2001:db8::{}", rng_.between(5, 7)));
    n.proxy = rng_.chance(25);
    n.protocol = kOwnProtocol;
    if (!n.proxy) n.mac = mac();
    return create(std::move(n));
  }

  SomeOp sysctl() {
    IfName dev = rng_.chance(20) ? IfName(rng_.chance(50) ? "all" : "default") : some_link();
    std::string path =
        rng_.pick({"ipv4/conf/{}/rp_filter", "ipv4/conf/{}/promote_secondaries", "ipv4/conf/{}/forwarding",
                   "ipv6/conf/{}/keep_addr_on_down", "ipv6/conf/{}/disable_ipv6", "ipv6/conf/{}/forwarding"});
    path.replace(path.find("{}"), 2, dev.view());
    std::string value = std::to_string(rng_.below(2));
    return create(Sysctl{"net/" + path, value, {}});
  }

  Rng& rng_;
  const SimHost& host_;
  const OpMix& mix_;
};

}  // namespace

Op SomeOp::op() const {
  Op out;
  out.action = action;
  std::visit(
      [&](const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        out.before = action == Action::create ? nullptr : &value;
        out.after = action == Action::remove ? nullptr : &std::get<T>(after);
      },
      before);
  return out;
}

SomeOp random_op(Rng& rng, const SimHost& host, const OpMix& mix) {
  return Maker(rng, host, mix).run();
}

}  // namespace netcfg::test
