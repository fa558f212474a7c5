// The simulated kernel by itself. Whether it is like the real one is for tests/netns and tests/lab to say.
#include <gmock/gmock.h>

#include <cerrno>

#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Sim : public testing::Test {
 protected:
  Sim() {
    nic("eth0", 1);
    nic("eth1", 2);
    nic("eth2", 3);
  }
  void nic(const char* name, uint8_t number) { kernel_.host().add_nic(name, Mac{{2, 0, 0, 0, 0, number}}); }

  template <class T>
  int add(const T& resource) {
    return write({Action::create, static_cast<const T*>(nullptr), &resource});
  }
  template <class T>
  int del(const T& resource) {
    return write({Action::remove, &resource, static_cast<const T*>(nullptr)});
  }
  template <class T>
  int put(const T& before, const T& after) {
    return write({Action::update, &before, &after});
  }
  int write(const Op& op) {
    auto refusal = kernel_.write({&op, 1}, {});
    return refusal ? refusal->code : 0;
  }
  // Changes a live link.
  template <class F>
  int link(const char* name, F&& change) {
    const Link before = live(name);
    Link after = before;
    change(after);
    return put(before, after);
  }
  int up(const char* name) {
    return link(name, [](Link& l) { l.state = LinkState::up; });
  }
  int down(const char* name) {
    return link(name, [](Link& l) { l.state = LinkState::down; });
  }
  int join(const char* name, const char* master) {
    return link(name, [&](Link& l) {
      l.master = IfName(master);
      l.port = {};
      l.state.reset();
    });
  }
  Link live(const char* name) {
    const SimLink* found = kernel_.host().find(name);
    EXPECT_TRUE(found) << name;
    return found ? found->link : Link{};
  }
  bool exists(const char* name) { return kernel_.host().find(name) != nullptr; }

  template <class Kind>
  int create(const char* name, Kind kind) {
    Link l;
    l.name = name;
    l.kind = std::move(kind);
    return add(l);
  }
  static Address address(const char* dev, const char* text) {
    Address a;
    a.dev = dev;
    a.address = *parse_prefix(text);
    a.protocol = kOwnProtocol;
    return a;
  }
  static Route route(const char* to, const char* via, const char* dev = "") {
    Route r;
    r.to = *parse_prefix(to);
    if (r.family() == Family::ipv4) r.scope = *via ? 0 : 253;
    r.hops.push_back({parse_ip(via).value_or(Ip{}), dev, 1, false});
    return r;
  }
  // "10.0.0.0/24 eth0", in the tables' order, without lo's and link-local ones.
  std::vector<std::string> routes() {
    std::vector<std::string> out;
    for (const Route& r : kernel_.state().routes) {
      if (r.to.ip.is_link_local()) continue;
      out.push_back(id_of(r));
      for (const NextHop& hop : r.hops) out.back() += " " + std::string(hop.dev.view());
    }
    return out;
  }
  std::vector<std::string> addresses() {
    std::vector<std::string> out;
    for (const Address& a : kernel_.host().addresses())
      if (a.dev != IfName("lo") && !a.address.ip.is_link_local())
        out.push_back(id_of(a) + (a.secondary ? " secondary" : ""));
    return out;
  }

  SimKernel kernel_;
};

TEST_F(Sim, StartsAsANewNamespace) {
  SimKernel fresh;
  State state = fresh.state();
  ASSERT_EQ(state.links.size(), 1U);
  EXPECT_TRUE(state.links[0].is_up());
  EXPECT_EQ(state.rules.size(), 5U);
  EXPECT_EQ(state.addresses.size(), 2U);
  EXPECT_THAT(state.routes, IsEmpty());
}

TEST_F(Sim, ConnectedRoutesComeAndGoWithTheLink) {
  EXPECT_EQ(add(address("eth0", "10.0.0.1/24")), 0);
  EXPECT_EQ(add(address("eth0", "2001:db8::1/64")), 0);
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_EQ(up("eth0"), 0);
  EXPECT_THAT(routes(), ElementsAre("10.0.0.0/24 eth0", "2001:db8::/64 metric 256 eth0"));
  EXPECT_EQ(add(route("10.1.0.0/16", "10.0.0.9")), 0);
  EXPECT_EQ(down("eth0"), 0);
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_EQ(up("eth0"), 0);
  EXPECT_THAT(routes(), ElementsAre("10.0.0.0/24 eth0"));
  EXPECT_THAT(addresses(), ElementsAre("eth0 10.0.0.1/24"));
}

TEST_F(Sim, SecondariesGoWithTheirPrimary) {
  add(address("eth0", "10.0.0.1/24"));
  add(address("eth0", "10.0.0.2/24"));
  add(address("eth0", "10.9.0.1/24"));
  EXPECT_THAT(addresses(), ElementsAre("eth0 10.0.0.1/24", "eth0 10.9.0.1/24", "eth0 10.0.0.2/24 secondary"));
  EXPECT_EQ(del(address("eth0", "10.0.0.1/24")), 0);
  EXPECT_THAT(addresses(), ElementsAre("eth0 10.9.0.1/24"));
  EXPECT_EQ(del(address("eth0", "10.0.0.1/24")), EADDRNOTAVAIL);
}

TEST_F(Sim, SecondariesArePromoted) {
  up("eth0");
  EXPECT_EQ(add(Sysctl{"net/ipv4/conf/eth0/promote_secondaries", "1", {}}), 0);
  add(address("eth0", "10.0.0.1/24"));
  add(address("eth0", "10.0.0.2/24"));
  EXPECT_EQ(del(address("eth0", "10.0.0.1/24")), 0);
  EXPECT_THAT(addresses(), ElementsAre("eth0 10.0.0.2/24"));
  EXPECT_THAT(routes(), ElementsAre("10.0.0.0/24 eth0"));
}

TEST_F(Sim, RoutesOfALostSourceGoFromTheMainTableOnly) {
  up("eth0");
  add(address("eth0", "10.0.0.1/24"));
  add(address("eth0", "10.0.0.2/24"));
  Route r = route("10.1.0.0/16", "10.0.0.9");
  r.src = *parse_ip("10.0.0.2");
  EXPECT_EQ(add(r), 0);
  r.table = 100;
  EXPECT_EQ(add(r), 0);
  EXPECT_EQ(del(address("eth0", "10.0.0.2/24")), 0);
  EXPECT_THAT(routes(), ElementsAre("10.1.0.0/16 table 100 eth0", "10.0.0.0/24 eth0"));
  r.table = 101;
  EXPECT_EQ(add(r), EINVAL);
}

TEST_F(Sim, LastAddressTakesEveryIPv4Route) {
  up("eth0");
  EXPECT_EQ(add(route("10.7.0.0/16", "", "eth0")), 0);
  add(address("eth0", "10.0.0.1/24"));
  EXPECT_EQ(del(address("eth0", "10.0.0.1/24")), 0);
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Sim, MultipathStaysUntilItsLastHopIsDead) {
  for (const char* dev : {"eth0", "eth1"}) up(dev);
  add(address("eth0", "10.0.0.1/24"));
  add(address("eth1", "10.0.1.1/24"));
  Route r = route("10.9.0.0/16", "10.0.0.9");
  r.hops.push_back({*parse_ip("10.0.1.9"), {}, 1, false});
  EXPECT_EQ(add(r), 0);
  down("eth0");
  EXPECT_THAT(routes(), ElementsAre("10.0.1.0/24 eth1", "10.9.0.0/16 eth0 eth1"));
  down("eth1");
  EXPECT_THAT(routes(), IsEmpty());
}

TEST_F(Sim, GatewayMustBeReachable) {
  EXPECT_EQ(add(route("0.0.0.0/0", "10.0.0.9")), ENETUNREACH);
  EXPECT_EQ(add(route("0.0.0.0/0", "", "eth0")), ENETDOWN);
  up("eth0");
  add(address("eth0", "10.0.0.1/24"));
  EXPECT_EQ(add(route("0.0.0.0/0", "10.0.1.9", "eth0")), ENETUNREACH);
  EXPECT_EQ(add(route("0.0.0.0/0", "10.0.0.9")), 0);
  EXPECT_EQ(add(route("0.0.0.0/0", "10.0.0.8")), EEXIST);
  // A gatewayed route makes nothing reachable.
  EXPECT_EQ(add(route("10.5.0.0/16", "10.0.7.9")), ENETUNREACH);
  EXPECT_EQ(add(route("2001:db8:9::/48", "2001:db8::9")), EHOSTUNREACH);
  EXPECT_EQ(add(route("2001:db8:9::/48", "fe80::9", "eth0")), 0);
}

TEST_F(Sim, BondTakesMembersThatAreDown) {
  EXPECT_EQ(create("bond0", Bond{}), 0);
  up("eth0");
  EXPECT_EQ(join("eth0", "bond0"), EPERM);
  down("eth0");
  EXPECT_EQ(join("eth0", "bond0"), 0);
  EXPECT_TRUE(live("eth0").is_up());
  EXPECT_EQ(live("bond0").mac, live("eth0").mac);
  Mac own = *live("eth1").mac;
  EXPECT_EQ(join("eth1", "bond0"), 0);
  EXPECT_EQ(live("eth1").mac, live("bond0").mac);
  EXPECT_EQ(link("bond0", [](Link& l) { l.mtu = 9000; }), 0);
  EXPECT_EQ(live("eth1").mtu, 9000U);
  EXPECT_EQ(join("eth1", ""), 0);
  EXPECT_EQ(live("eth1").mac, own);
  EXPECT_EQ(live("eth1").mtu, 1500U);
  EXPECT_FALSE(live("eth1").is_up());
}

TEST_F(Sim, BondOptionsKnowTheirTimes) {
  create("bond0", Bond{});
  auto bond = [&](auto change) { return link("bond0", [&](Link& l) { change(std::get<Bond>(l.kind)); }); };
  EXPECT_EQ(bond([](Bond& b) { b.lacp_rate = uint8_t{1}; }), 0) << "left out: neither mode has it";
  EXPECT_EQ(bond([](Bond& b) { b.updelay = 200; }), EPERM);
  EXPECT_EQ(bond([](Bond& b) { b.mode = BondMode::lacp; }), 0);
  EXPECT_EQ(std::get<Bond>(live("bond0").kind).miimon, 100U);
  EXPECT_EQ(bond([](Bond& b) { b.updelay = 250; }), 0);
  EXPECT_EQ(std::get<Bond>(live("bond0").kind).updelay, 200U) << "rounded down";
  join("eth0", "bond0");
  EXPECT_EQ(bond([](Bond& b) { b.mode = BondMode::active_backup; }), ENOTEMPTY);
  up("bond0");
  EXPECT_EQ(bond([](Bond& b) { b.lacp_rate = uint8_t{1}; }), EBUSY);
  EXPECT_EQ(bond([](Bond& b) { b.fail_over_mac = uint8_t{1}; }), ENOTEMPTY);
}

TEST_F(Sim, PrimaryIsRememberedUntilItJoins) {
  Bond bond;
  bond.mode = BondMode::active_backup;
  bond.primary = IfName("eth1");
  EXPECT_EQ(create("bond0", bond), 0);
  EXPECT_EQ(std::get<Bond>(live("bond0").kind).primary, IfName());
  join("eth0", "bond0");
  join("eth1", "bond0");
  EXPECT_EQ(std::get<Bond>(live("bond0").kind).primary, IfName("eth1"));
}

TEST_F(Sim, VlansFollowTheirParent) {
  Vlan vlan;
  vlan.parent = IfName("eth0");
  vlan.id = 10;
  EXPECT_EQ(create("eth0.10", vlan), 0);
  EXPECT_EQ(create("again", vlan), EEXIST);
  EXPECT_EQ(up("eth0.10"), ENETDOWN);
  up("eth0");
  EXPECT_TRUE(live("eth0.10").is_up());
  EXPECT_EQ(link("eth0.10", [](Link& l) { l.mtu = 9000; }), ERANGE);
  EXPECT_EQ(link("eth0", [](Link& l) { l.mtu = 1400; }), 0);
  EXPECT_EQ(live("eth0.10").mtu, 1400U);
  EXPECT_EQ(link("eth0.10", [](Link& l) { std::get<Vlan>(l.kind).id = 11; }), EOPNOTSUPP);
  down("eth0");
  EXPECT_FALSE(live("eth0.10").is_up());
  vlan.parent = IfName("nobody");
  EXPECT_EQ(create("v", vlan), ENODEV);
}

TEST_F(Sim, DeletingTakesWhatStandsOnIt) {
  create("bond0", Bond{});
  join("eth0", "bond0");
  Vlan vlan;
  vlan.parent = IfName("bond0");
  vlan.id = 10;
  create("bond0.10", vlan);
  up("bond0");
  add(address("bond0.10", "10.0.0.1/24"));
  EXPECT_EQ(del(live("eth0")), EOPNOTSUPP);
  EXPECT_EQ(del(live("bond0")), 0);
  EXPECT_FALSE(exists("bond0.10"));
  EXPECT_THAT(addresses(), IsEmpty());
  EXPECT_THAT(routes(), IsEmpty());
  EXPECT_EQ(live("eth0").master, IfName());
}

TEST_F(Sim, VethEndsAreMadeAndDeletedTogether) {
  Veth a{IfName("b")}, b{IfName("a")};
  EXPECT_EQ(create("a", a), 0);
  EXPECT_EQ(create("b", b), 0) << "its other end has just been made";
  EXPECT_EQ(create("b", b), EEXIST);
  EXPECT_EQ(del(live("b")), 0);
  EXPECT_FALSE(exists("a"));
}

TEST_F(Sim, BridgeFollowsItsPorts) {
  create("br0", Bridge{});
  EXPECT_EQ(join("eth1", "br0"), 0);
  EXPECT_EQ(live("br0").mac, live("eth1").mac);
  EXPECT_EQ(join("eth0", "br0"), 0);
  EXPECT_EQ(live("br0").mac, live("eth0").mac);
  EXPECT_EQ(link("eth0", [](Link& l) { l.mtu = 1400; }), 0);
  EXPECT_EQ(live("br0").mtu, 1400U);
  join("eth0", "");
  join("eth1", "");
  EXPECT_EQ(live("br0").mac, Mac{});
}

TEST_F(Sim, VrfMovesConnectedRoutes) {
  Vrf vrf{1000};
  EXPECT_EQ(create("red", vrf), 0);
  EXPECT_EQ(kernel_.state().rules.size(), 7U);
  up("eth0");
  add(address("eth0", "10.0.0.1/24"));
  add(address("eth0", "2001:db8::1/64"));
  EXPECT_EQ(join("eth0", "red"), 0);
  EXPECT_TRUE(live("eth0").is_up());
  EXPECT_THAT(addresses(), ElementsAre("eth0 10.0.0.1/24"));
  EXPECT_THAT(routes(), ElementsAre("10.0.0.0/24 table 1000 eth0"));
}

TEST_F(Sim, RenamingChangesLabels) {
  for (const char* text : {"10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"}) {
    Address a = address("eth0", text);
    if (text[7] == '3') a.label = "eth0:x";
    add(a);
  }
  EXPECT_EQ(link("eth0", [](Link& l) { l.name = "wan"; }), 0);
  std::vector<std::string> labels;
  for (const Address& a : kernel_.host().addresses())
    if (a.dev == IfName("wan")) labels.push_back(*a.label);
  EXPECT_THAT(labels, ElementsAre("wan", "wan:2", "wan:x"));
  up("wan");
  EXPECT_EQ(link("wan", [](Link& l) { l.name = "eth0"; }), EBUSY);
}

TEST_F(Sim, IPv6GoesBelowItsLeastMtu) {
  up("eth0");
  add(address("eth0", "2001:db8::1/64"));
  EXPECT_EQ(link("eth0", [](Link& l) { l.mtu = 1279; }), 0);
  EXPECT_THAT(addresses(), IsEmpty());
  EXPECT_EQ(add(address("eth0", "2001:db8::1/64")), EINVAL);
  EXPECT_EQ(add(Sysctl{"net/ipv6/conf/eth0/accept_ra", "0", {}}), ENOENT);
}

TEST_F(Sim, NeighboursGoWithTheLinkOrItsMac) {
  Neighbor n;
  n.dev = "eth0";
  n.address = *parse_ip("10.0.0.9");
  n.mac = Mac{{2, 0, 0, 0, 0, 9}};
  EXPECT_EQ(add(n), 0);
  EXPECT_EQ(link("eth0", [](Link& l) { l.mac = Mac{{2, 0, 0, 0, 9, 9}}; }), 0);
  EXPECT_EQ(del(n), ENOENT);
}

TEST_F(Sim, RulesAreKnownByAllOfThem) {
  Rule rule;
  rule.priority = 100;
  rule.from = *parse_prefix("10.0.0.0/8");
  rule.table = 100;
  rule.action = RuleAction::lookup;
  EXPECT_EQ(add(rule), 0);
  EXPECT_EQ(add(rule), EEXIST);
  Rule other = rule;
  other.table = 101;
  EXPECT_EQ(del(other), ENOENT);
  EXPECT_EQ(del(rule), 0);
}

TEST_F(Sim, FaultsAndCopies) {
  SimKernel copy = kernel_;
  kernel_.fail_at(1, EIO);
  EXPECT_EQ(create("br0", Bridge{}), 0);
  EXPECT_EQ(create("br1", Bridge{}), EIO);
  EXPECT_EQ(create("br1", Bridge{}), 0);
  EXPECT_EQ(copy.host().find("br0"), nullptr);
  EXPECT_EQ(kernel_.writes(), 2U);
}

Qdisc pfifo_on(const char* dev, uint32_t limit) {
  Qdisc out;
  out.dev = dev;
  out.kind = Pfifo{limit};
  return out;
}

TEST_F(Sim, QueuesGoWithTheirLinksAndNotWhenThoseGoDown) {
  Link bridge;
  bridge.name = "br0";
  bridge.kind = Bridge{};
  EXPECT_EQ(add(pfifo_on("br0", 5)), ENODEV);
  EXPECT_EQ(add(bridge), 0);
  EXPECT_EQ(add(pfifo_on("br0", 5)), 0);
  EXPECT_EQ(add(pfifo_on("br0", 5)), EEXIST);
  up("br0");
  down("br0");
  EXPECT_EQ(kernel_.host().qdiscs().size(), 1U);
  link("br0", [](Link& l) { l.name = "br1"; });
  EXPECT_EQ(kernel_.host().qdiscs().front().dev, IfName("br1"));
  EXPECT_EQ(del(live("br1")), 0);
  EXPECT_THAT(kernel_.host().qdiscs(), IsEmpty());
}

TEST_F(Sim, QueuesAreChangedAndDeletedByTheirHandle) {
  Qdisc qdisc = pfifo_on("eth0", 5);
  EXPECT_EQ(put(qdisc, pfifo_on("eth0", 6)), ENOENT);
  EXPECT_EQ(add(qdisc), 0);
  EXPECT_EQ(put(qdisc, pfifo_on("eth0", 6)), 0);
  qdisc.handle = 9;
  EXPECT_EQ(del(qdisc), EINVAL);
  EXPECT_EQ(del(pfifo_on("eth0", 6)), 0);
  EXPECT_EQ(del(pfifo_on("eth0", 6)), EINVAL);
}

}  // namespace
}  // namespace netcfg::test
