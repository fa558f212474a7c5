#include "tests/support/random_fib.h"

#include <fmt/format.h>

namespace netcfg::test {
namespace {

const std::vector<const char*> kPrefixes4 = {"0.0.0.0/0",     "10.0.0.0/8",  "10.1.0.0/16",   "10.1.2.0/24",
                                             "10.1.2.128/25", "10.1.2.3/32", "172.16.0.0/12", "192.0.2.0/24"};
const std::vector<const char*> kPrefixes6 = {
    "::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:1:2::3/128", "fd00::/8"};
const std::vector<uint32_t> kTables = {kTableMain, kTableMain, kTableDefault, 101, 102, kTableLocal};
const std::vector<uint32_t> kPriorities = {0, 10, 20, 20, 30, 100, 32765, 32766, 40000};

class Network {
 public:
  Network(Rng& rng, Kernel& kernel, const FibMix& mix) : rng_(rng), kernel_(kernel), mix_(mix) {}

  void make() {
    for (int i = 0; i < 4; ++i) add_link(fmt::format("d{}", i));
    if (mix_.vrfs) add_vrfs();
    for (const IfName& dev : devices_) {
      add_link_local(dev);
      for (int i = 0; i < 3; ++i) add_address(dev);
    }
    for (int i = 0; i < 30; ++i) add_route();
    if (mix_.rules)
      for (uint32_t i = 0, n = rng_.below(12); i < n; ++i) add_rule();
  }

 private:
  template <class T>
  void add(const T& value) {
    Op op;
    op.action = Action::create;
    op.before = static_cast<const T*>(nullptr);
    op.after = &value;
    (void)kernel_.write({&op, 1}, {});  // the kernel may say no
  }

  void add_link(const std::string& name) {
    Link link;
    link.name = IfName(name);
    Veth veth;
    veth.peer = IfName(name + "p");
    Link peer = link;
    peer.name = *veth.peer;
    peer.state = link.state = LinkState::up;
    link.kind = veth;
    if (rng_.chance(30)) link.group = 1 + rng_.below(2);
    if (rng_.chance(10)) link.state = peer.state = LinkState::down;  // carriers are not part of a State
    veth.peer = link.name;
    peer.kind = veth;
    add(link);
    add(peer);
    devices_.push_back(link.name);
  }

  void add_vrfs() {
    for (uint32_t i = 0; i < 2; ++i) {
      Link vrf;
      vrf.name = IfName(fmt::format("vrf{}", i));
      Vrf kind;
      kind.table = 101 + i;
      vrf.kind = kind;
      vrf.state = LinkState::up;
      add(vrf);
      Link member, before;
      before.name = member.name = devices_[i + 1];
      before.master = IfName{};
      member.master = vrf.name;
      Op op{Action::update, static_cast<const Link*>(&before), static_cast<const Link*>(&member)};
      (void)kernel_.write({&op, 1}, {});
      devices_.push_back(vrf.name);
    }
  }

  void add_address(const IfName& dev) {
    Address a;
    a.dev = dev;
    uint32_t net = rng_.below(4), host = 1 + rng_.below(9);
    if (rng_.chance(60)) {
      a.address = *parse_prefix(fmt::format("10.{}.2.{}/{}", net, host, rng_.pick({8, 16, 24, 24, 32})));
      if (rng_.chance(20)) a.scope = rng_.pick<uint8_t>({253, 254});
      if (rng_.chance(10)) a.peer = *parse_ip(fmt::format("10.9.{}.1", net));
    } else {
      a.address = *parse_prefix(fmt::format("2001:db8:{}:2::{}/{}", net, host, rng_.pick({48, 64, 64, 128})));
      a.nodad = true;
      if (rng_.chance(20)) a.preferred = 0, a.valid = 4000;
    }
    if (rng_.chance(10)) a.noprefixroute = true;
    if (rng_.chance(10)) a.metric = 5;
    add(a);
    addresses_.push_back(a);
  }

  void add_link_local(const IfName& dev) {
    Address a;
    a.dev = dev;
    a.address = *parse_prefix(fmt::format("fe80::100:{}/64", ++link_locals_));
    a.nodad = true;
    add(a);
  }

  NextHop hop(Family family) {
    NextHop hop;
    hop.dev = rng_.pick(devices_);
    uint32_t net = rng_.below(4), host = 1 + rng_.below(9);
    if (rng_.chance(70))
      hop.via = *parse_ip(family == Family::ipv4 ? fmt::format("10.{}.2.{}", net, host + 20)
                          : rng_.chance(30)      ? fmt::format("fe80::{}", host)
                                                 : fmt::format("2001:db8:{}:2::{}", net, host + 20));
    hop.onlink = hop.via && rng_.chance(50);
    hop.weight = static_cast<uint16_t>(1 + rng_.below(3));
    return hop;
  }

  void add_route() {
    Route r;
    bool ipv4 = rng_.chance(55);
    r.to = *parse_prefix(ipv4 ? rng_.pick(kPrefixes4) : rng_.pick(kPrefixes6));
    r.table = rng_.pick(kTables);
    if (r.table == kTableLocal && rng_.chance(70)) r.table = kTableMain;
    r.metric = rng_.pick({0, 0, 1, 50, 100});
    if (!ipv4 && r.metric == 0) r.metric = kIpv6DefaultMetric;
    if (ipv4 && rng_.chance(10)) r.tos = rng_.pick<uint8_t>({0x10, 0x08, 0x04});
    if (!ipv4 && rng_.chance(20)) r.pref = rng_.pick<uint8_t>({0, 1, 3});
    if (rng_.chance(25)) {
      r.type = rng_.pick({RouteType::blackhole, RouteType::unreachable, RouteType::prohibit,
                          RouteType::throw_, RouteType::local});
      if (r.type == RouteType::local) r.hops.push_back({{}, rng_.pick(devices_), 1, false});
    } else {
      for (uint32_t i = 0, n = rng_.chance(15) ? 2 : 1; i < n; ++i) r.hops.push_back(hop(r.family()));
      if (ipv4 && r.hops.size() == 1 && !r.hops[0].via) r.scope = uint8_t{253};
    }
    if (!addresses_.empty() && rng_.chance(20)) {
      const Ip& ip = rng_.pick(addresses_).address.ip;
      if (ip.family == r.family()) r.src = ip;
    }
    add(r);
  }

  void add_rule() {
    Rule r;
    bool ipv4 = rng_.chance(55);
    r.family = ipv4 ? Family::ipv4 : Family::ipv6;
    r.priority = rng_.pick(kPriorities);
    if (rng_.chance(15)) r.invert = true;
    auto prefix = [&] { return *parse_prefix(ipv4 ? rng_.pick(kPrefixes4) : rng_.pick(kPrefixes6)); };
    if (rng_.chance(40)) r.from = prefix();
    if (rng_.chance(25)) r.to = prefix();
    if (rng_.chance(12)) r.iif = rng_.chance(40) ? IfName("lo") : rng_.pick(devices_);
    if (rng_.chance(12)) r.oif = rng_.pick(devices_);
    if (rng_.chance(15)) r.fwmark = Mark{rng_.below(4), rng_.pick({0xffffffffU, 1U, 3U})};
    if (rng_.chance(8)) r.tos = rng_.pick<uint8_t>({0x10, 0x08});
    if (rng_.chance(12)) r.ip_proto = rng_.pick<uint8_t>({6, 17, 1});
    if (rng_.chance(8)) r.dport = Span{80, 90};
    if (rng_.chance(6)) r.sport = Span{1000, 2000};
    if (rng_.chance(12)) r.uid_range = Span{rng_.pick({0U, 1000U}), rng_.pick({1000U, 2000U})};
    choose_action(r);
    if (mix_.vrfs && rng_.chance(20)) r.l3mdev = true, r.table.reset(), r.action = RuleAction::lookup;
    add(r);
  }

  void choose_action(Rule& r) {
    r.action = rng_.chance(75) ? RuleAction::lookup
                               : rng_.pick({RuleAction::goto_, RuleAction::nop, RuleAction::blackhole,
                                            RuleAction::unreachable, RuleAction::prohibit});
    if (r.action == RuleAction::goto_) r.goto_priority = rng_.pick({20U, 30U, 100U, 32766U, 7777U});
    if (r.action != RuleAction::lookup) return;
    r.table = rng_.pick(kTables);
    if (rng_.chance(15)) r.suppress_prefix_length = rng_.pick({0, 8, 16, 24});
    if (rng_.chance(10)) r.suppress_group = static_cast<int32_t>(rng_.below(3));
  }

  Rng& rng_;
  Kernel& kernel_;
  const FibMix& mix_;
  std::vector<IfName> devices_;
  std::vector<Address> addresses_;
  int link_locals_ = 0;
};

Ip random_ip(Rng& rng, Family family, const State& state) {
  if (!state.addresses.empty() && rng.chance(15)) {
    const Ip& ip = rng.pick(state.addresses).address.ip;
    if (ip.family == family) return ip;
  }
  uint32_t net = rng.below(5), host = rng.pick({1, 3, 5, 21, 25, 130, 255});
  if (family == Family::ipv4)
    return *parse_ip(
        rng.pick({fmt::format("10.{}.2.{}", net, host), fmt::format("10.1.{}.{}", net, host),
                  fmt::format("172.16.0.{}", host), fmt::format("192.0.2.{}", host),
                  fmt::format("198.51.100.{}", host), std::string("127.0.0.5"), std::string("224.0.0.9"),
                  std::string("239.1.2.3"), std::string("255.255.255.255")}));
  return *parse_ip(rng.pick({fmt::format("2001:db8:{}:2::{}", net, host),
                             fmt::format("2001:db8:1:{}::{}", net, host), fmt::format("fd00::{}", host),
                             fmt::format("2001:db9::{}", host), fmt::format("fe80::{}", host),
                             std::string("ff02::5"), std::string("ff0e::5"), std::string("::1")}));
}

}  // namespace

void random_network(Rng& rng, Kernel& kernel, const FibMix& mix) {
  Network(rng, kernel, mix).make();
}

Flow random_flow(Rng& rng, const State& state) {
  Flow flow;
  Family family = rng.chance(55) ? Family::ipv4 : Family::ipv6;
  flow.destination = random_ip(rng, family, state);
  if (rng.chance(50)) {
    flow.source = random_ip(rng, family, state);
    if (rng.chance(40)) flow.source = {};
    for (const Address& a : state.addresses)
      if (rng.chance(20) && a.address.ip.family == family) flow.source = a.address.ip;
  }
  auto link = [&] { return rng.pick(state.links).name; };
  if (rng.chance(25))
    flow.iif = link();
  else if (rng.chance(25))
    flow.oif = link();
  if (!flow.iif.empty() && !flow.source) flow.source = random_ip(rng, family, state);
  // Which link's ff00::/8 is the oldest is not known.
  if (family == Family::ipv6 && flow.destination.is_multicast()) {
    flow.iif = {};  // and what comes in is answered for multicast routers only
    if (flow.oif.empty()) flow.oif = link();
  }
  if (rng.chance(25)) flow.mark = rng.below(4);
  if (rng.chance(15)) flow.tos = rng.pick<uint8_t>({0x10, 0x08, 0x04});
  if (rng.chance(30)) {
    flow.ip_proto = rng.pick<uint8_t>({6, 17});
    if (rng.chance(50)) flow.dport = rng.pick<uint16_t>({80, 90, 91});
    if (rng.chance(30)) flow.sport = rng.pick<uint16_t>({1000, 2001});
  }
  if (rng.chance(20)) flow.uid = rng.pick({0U, 500U, 1500U});
  return flow;
}

}  // namespace netcfg::test
