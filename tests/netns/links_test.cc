// Links of the kinds that most kernels have: made, read back, changed and deleted on the kernel itself.
#include <gmock/gmock.h>

#include "tests/support/live_kernel.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Links : public LiveKernelTest {
 protected:
  // Not every kernel is built with it; the lab's is, and runs these tests as well.
  bool has_vlan_filtering() {
    bool has = run("ip link add probe type bridge vlan_filtering 1").ok();
    EXPECT_TRUE(succeeds("ip link show probe >/dev/null 2>&1 && ip link del probe; true"));
    return has;
  }
};

#define NEED_VLAN_FILTERING() \
  if (!has_vlan_filtering()) GTEST_SKIP() << "NOT TESTED: this kernel has no VLAN filtering in bridges"

template <class Kind>
Link link_of(const IfName& name, const Kind& kind) {
  Link link;
  link.name = name;
  link.kind = kind;
  return link;
}

VidSet vids(std::initializer_list<Span> ranges) {
  VidSet out;
  for (Span range : ranges) out.add(range);
  return out;
}

TEST_F(Links, FreshNamespace) {
  Query query;
  query.others = true;
  Snapshot now = snapshot(query);
  ASSERT_EQ(now.state.links.size(), 1U);
  const Link& lo = now.state.links[0];
  EXPECT_EQ(lo.name, IfName("lo"));
  EXPECT_EQ(lo.state, LinkState::up);
  EXPECT_EQ(lo.mtu, 65536U);
  EXPECT_EQ(lo.master, IfName());
  EXPECT_EQ(lo.altnames, std::vector<std::string>());
  EXPECT_EQ(lo.description, "");
  EXPECT_TRUE(now.nics.empty());
  EXPECT_THAT(now.others, ElementsAre());
  // 0: local, 32766: main, 32767: default; IPv6 has no default table.
  EXPECT_EQ(now.state.rules.size(), 5U);
  EXPECT_EQ(now.state.addresses.size(), 2U);
}

TEST_F(Links, VethWithEverythingThatALinkHas) {
  Link a = link_of("a", Veth{"b"});
  a.state = LinkState::up;
  a.mtu = 1400;
  a.mac = parse<Mac>("02:00:00:00:00:01");
  a.description = "the left end";
  a.altnames = {"a-much-longer-name-than-fifteen-bytes", "left"};
  a.txqueuelen = 500;
  a.group = 7;
  a.arp = false;
  a.multicast = false;
  a.allmulticast = true;
  Link b = link_of("b", Veth{"a"});
  b.state = LinkState::down;
  b.mtu = 1300;
  Op ops[] = {{Action::create, static_cast<Link*>(nullptr), &a},
              {Action::create, static_cast<Link*>(nullptr), &b}};
  ASSERT_TRUE(accepted(write(ops)));

  Link now = live("a");
  now.token.reset();
  a.master = IfName();
  EXPECT_EQ(now.mac, a.mac);
  EXPECT_EQ(now.altnames, a.altnames);
  EXPECT_TRUE(same(now, a));
  EXPECT_EQ(live("b").mtu, 1300U);
  EXPECT_EQ(live("b").state, LinkState::down);
  EXPECT_EQ(std::get<Veth>(live("b").kind).peer, IfName("a"));

  Op gone[] = {{Action::remove, &b, static_cast<Link*>(nullptr)},
               {Action::remove, &a, static_cast<Link*>(nullptr)}};
  EXPECT_TRUE(accepted(write(gone)));
  EXPECT_FALSE(exists("a"));
  // But twice is once too often.
  auto refusal = remove(a);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENODEV);
}

TEST_F(Links, EveryCommonFieldChanges) {
  make_pair("a", "b", LinkState::down);
  Link before = live("a");
  Link after = before;
  after.name = "c";
  after.state = LinkState::up;
  after.mtu = 9000;
  after.mac = parse<Mac>("02:00:00:00:00:09");
  after.description = "now another";
  after.altnames = {"a", "x"};  // the old name can be kept as an alternative one
  after.txqueuelen = 77;
  after.group = 5;
  after.arp = false;
  after.multicast = false;
  after.allmulticast = true;
  ASSERT_TRUE(accepted(update(before, after)));
  Link now = live("c");
  now.token = after.token;
  EXPECT_TRUE(same(now, after));
  // And back, by way of a name that is an alternative name of its own.
  Link down = now;
  down.state = LinkState::down;
  ASSERT_TRUE(accepted(update(now, down)));
  ASSERT_TRUE(accepted(update(down, before)));
  now = live("a");
  now.token = before.token;
  EXPECT_TRUE(same(now, before));
}

TEST_F(Links, Token) {
  make_pair("a", "b");
  Link before = live("a");
  EXPECT_EQ(before.token, parse_ip("::"));
  Link after = before;
  after.token = parse_ip("::10");
  ASSERT_TRUE(accepted(update(before, after)));
  EXPECT_EQ(live("a").token, parse_ip("::10"));
  ASSERT_TRUE(accepted(update(after, before)));
  EXPECT_EQ(live("a").token, parse_ip("::"));
}

TEST_F(Links, AnAlternativeNameIsNotTheLink) {
  make_pair("a", "b");
  ASSERT_TRUE(succeeds("ip link property add dev a altname alias"));
  Link alias = link_of("alias", Veth{"b"});
  auto refusal = remove(alias);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENODEV);
  EXPECT_TRUE(exists("a"));
}

TEST_F(Links, CreateRefusesWhatExists) {
  ASSERT_TRUE(accepted(create(link_of("br", Bridge{}))));
  auto refusal = create(link_of("br", Bridge{}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EEXIST);
  EXPECT_EQ(refusal->what, "RTM_NEWLINK");
}

TEST_F(Links, BridgeFields) {
  Link base = link_of("br", Bridge{});
  base.state = LinkState::up;
  std::set<std::string, std::less<>> skip{"untagged"};
  if (has_vlan_filtering())
    std::get<Bridge>(base.kind).vlan_filtering = true;  // which multicast snooping for each VLAN needs
  else
    skip.merge(std::set<std::string, std::less<>>{"vlans", "vlan-filtering", "vlan-protocol", "default-pvid",
                                                  "vlan-stats", "vlan-stats-per-port",
                                                  "mcast-vlan-snooping"});
  change_each_kind_field(base,
                         // Timers are kept in jiffies: with 250 of them a second, an odd number of
                         // hundredths reads back as one less.
                         {{"forward-delay", std::string("20s")},
                          {"hello-time", std::string("1500ms")},
                          {"max-age", std::string("12s")},
                          {"ageing-time", std::string("100s")},
                          {"mcast-last-member-interval", std::string("2s")},
                          {"mcast-membership-interval", std::string("200s")},
                          {"mcast-querier-interval", std::string("201s")},
                          {"mcast-query-interval", std::string("100s")},
                          {"mcast-query-response-interval", std::string("11s")},
                          {"mcast-startup-query-interval", std::string("30s")},
                          {"group-address", std::string("01:80:c2:00:00:0d")},
                          {"group-fwd-mask", int64_t{8}},
                          {"mcast-hash-max", int64_t{8192}},
                          {"priority", int64_t{4096}},
                          {"vlans", Texts{"1", "10-20"}},
                          {"untagged", Texts{"1", "10"}}},
                         skip);
}

TEST_F(Links, BridgeTakesAllAtOnce) {
  NEED_VLAN_FILTERING();
  Bridge wanted;
  wanted.stp = true;
  wanted.forward_delay = 400;
  wanted.vlan_filtering = true;
  wanted.vlan_protocol = 0x88a8;
  wanted.default_pvid = 5;
  wanted.no_linklocal_learn = true;
  wanted.mcast_snooping = false;
  wanted.mcast_membership_interval = 12346;
  wanted.vlans = vids({{5, 5}, {10, 30}});
  wanted.untagged = vids({{5, 5}});
  Link link = link_of("br", wanted);
  link.state = LinkState::up;
  link.mtu = 1400;
  ASSERT_TRUE(accepted(create(link)));
  Link now = live("br");
  const auto& bridge = std::get<Bridge>(now.kind);
  for (const Field& field : kBridgeFields) {
    if (!field.has(&wanted)) continue;
    EXPECT_TRUE(field.equal(&bridge, &wanted)) << field.name << " " << to_string(field.get(field, &bridge));
  }
  // An MTU that was asked for is not adjusted to the ports'.
  make_pair("p", "q");
  Link port = live("p");
  Link member = port;
  member.master = IfName("br");
  member.port = BridgePort{};
  ASSERT_TRUE(accepted(update(port, member)));
  EXPECT_EQ(live("br").mtu, 1400U);
}

TEST_F(Links, BridgePortFields) {
  Link bridge = link_of("br", Bridge{});
  bridge.state = LinkState::up;
  ASSERT_TRUE(accepted(create(bridge)));
  make_pair("p", "q");
  make_pair("r", "s");
  for (const char* name : {"p", "r"}) {
    Link before = live(name);
    Link after = before;
    after.master = IfName("br");
    BridgePort options;
    options.cost = 77;
    after.port = options;
    ASSERT_TRUE(accepted(update(before, after)));
    EXPECT_EQ(live(name).master, IfName("br"));
    EXPECT_EQ(std::get<BridgePort>(live(name).port).cost, 77U);
    EXPECT_EQ(live(name).state, LinkState::up);
  }
  std::set<std::string, std::less<>> skip{"untagged"};
  if (!has_vlan_filtering()) skip.merge(std::set<std::string, std::less<>>{"pvid", "vlans"});
  // Proxy ARP and neighbour suppression need nothing here; a backup port is another port.
  change_each_port_field("p",
                         {{"backup-port", std::string("r")},
                          {"group-fwd-mask", int64_t{8}},
                          {"pvid", int64_t{20}},
                          {"vlans", Texts{"1", "30-40"}},
                          {"untagged", Texts{"30"}}},
                         skip);
  Link before = live("p");
  Link after = before;
  after.master = IfName();
  after.port = std::monostate();
  ASSERT_TRUE(accepted(update(before, after)));
  EXPECT_EQ(live("p").master, IfName());
  EXPECT_EQ(live("p").port.index(), 0U);
}

TEST_F(Links, PortVlans) {
  NEED_VLAN_FILTERING();
  Bridge options;
  options.vlan_filtering = true;
  Link bridge = link_of("br", options);
  ASSERT_TRUE(accepted(create(bridge)));
  make_pair("p", "q");
  auto change = [&](uint16_t pvid, VidSet all, VidSet untagged) {
    Link before = live("p");
    Link after = before;
    after.master = IfName("br");
    BridgePort port;
    if (const auto* old = std::get_if<BridgePort>(&before.port)) port = *old;
    port.pvid = pvid;
    port.vlans = all;
    port.untagged = untagged;
    after.port = port;
    EXPECT_TRUE(accepted(update(before, after)));
    const auto now = std::get<BridgePort>(live("p").port);
    EXPECT_EQ(now.pvid, pvid);
    EXPECT_EQ(now.vlans, all);
    EXPECT_EQ(now.untagged, untagged);
  };
  change(10, vids({{10, 10}, {20, 30}}), vids({{25, 26}}));  // while it is enslaved; PVID 1 goes
  EXPECT_THAT(run("bridge vlan show dev p").output, HasSubstr("10 PVID Egress Untagged"));
  change(20, vids({{10, 10}, {20, 30}}), {});               // the PVID moves to another of its VLANs
  change(0, vids({{10, 10}, {20, 30}}), vids({{20, 20}}));  // no PVID, its VLAN stays
  change(4094, vids({{1, 4094}}), vids({{2, 4000}}));
  change(0, {}, {});
}

TEST_F(Links, BornAsABridgePort) {
  NEED_VLAN_FILTERING();
  Link bridge = link_of("br", Bridge{});
  bridge.state = LinkState::up;
  ASSERT_TRUE(accepted(create(bridge)));
  Link port = link_of("p", Veth{"q"});
  port.state = LinkState::up;
  port.master = IfName("br");
  BridgePort options;
  options.hairpin = true;
  options.pvid = 7;
  options.vlans = vids({{7, 9}});
  options.untagged = VidSet{};
  port.port = options;
  ASSERT_TRUE(accepted(create(port)));
  Link now = live("p");
  EXPECT_EQ(now.master, IfName("br"));
  EXPECT_EQ(now.state, LinkState::up);
  const auto& found = std::get<BridgePort>(now.port);
  EXPECT_EQ(found.hairpin, true);
  EXPECT_EQ(found.pvid, 7);
  EXPECT_EQ(found.vlans, options.vlans);
  EXPECT_EQ(found.backup_port, IfName());
}

TEST_F(Links, Vxlan) {
  make_pair("a", "b");
  Vxlan options;
  options.id = 100;
  options.local = parse_ip("192.0.2.1");
  options.remote = parse_ip("192.0.2.2");
  Link base = link_of("vx", options);
  change_each_kind_field(base,
                         {{"local", std::string("192.0.2.7")},
                          {"remote", std::string("192.0.2.8")},
                          {"source-port", std::string("1000-2000")},
                          {"id", int64_t{16777215}}},
                         {"external", "parent"});
  if (!exists("vx")) {
    ASSERT_TRUE(accepted(create(base)));
  }
  // A parent can be set and changed on a live link, not taken away: the kernel keeps it, and its bound on the
  // MTU.
  for (const char* parent : {"a", "b"}) {
    Link before = live("vx");
    Link after = before;
    std::get<Vxlan>(after.kind).parent = IfName(parent);
    EXPECT_TRUE(accepted(update(before, after)));
    EXPECT_EQ(std::get<Vxlan>(live("vx").kind).parent, IfName(parent));
  }
  ASSERT_TRUE(accepted(remove(live("vx"))));
  options.local = parse_ip("2001:db8::1");
  options.remote = parse_ip("ff05::100");
  options.parent = "a";
  base.kind = options;
  ASSERT_TRUE(accepted(create(base)));
  const auto now = std::get<Vxlan>(live("vx").kind);
  EXPECT_EQ(now.local, options.local);
  EXPECT_EQ(now.remote, options.remote);
  EXPECT_EQ(now.parent, options.parent);
  Vxlan external;
  external.external = true;
  ASSERT_TRUE(accepted(remove(live("vx"))));
  ASSERT_TRUE(accepted(create(link_of("vx2", external))));
  EXPECT_EQ(std::get<Vxlan>(live("vx2").kind).external, true);
}

TEST_F(Links, MacvlanAndMacvtap) {
  make_pair("a", "b");
  make_pair("c", "d");
  Macvlan options;
  options.parent = "a";
  options.mode = 4;
  change_each_kind_field(link_of("mv", options),
                         {{"parent", std::string("c")}, {"mode", std::string("private")}}, {"nopromisc"});
  ASSERT_TRUE(accepted(remove(live("mv"))));
  // Promiscuity concerns passthru mode only, which allows one macvlan on a link.
  options.mode = 8;
  options.nopromisc = true;
  ASSERT_TRUE(accepted(create(link_of("mp", options))));
  EXPECT_EQ(std::get<Macvlan>(live("mp").kind).nopromisc, true);
}

// What rolling back does with a link that is gone.
TEST_F(Links, MadeAgainFromWhatWasRead) {
  NEED_VLAN_FILTERING();
  ASSERT_TRUE(
      succeeds("ip link add left mtu 1400 type veth peer name right; ip link set left up;"
               " ip link set left alias 'a text'; ip link add name br type bridge stp_state 1 priority 5;"
               " ip link set br up; ip link set left master br; ip link set left type bridge_slave cost 9;"
               " ip link add mv link right type macvlan mode private;"
               " ip link add vx type vxlan id 7 local 192.0.2.1 remote 192.0.2.2 dstport 4789 ttl 9 proxy;"
               " ip link add vx6 type vxlan id 8 local 2001:db8::1 group ff05::1 dev right dstport 0"));
  std::vector<Link> links;
  for (const char* name : {"br", "left", "right", "mv", "vx", "vx6"}) links.push_back(live(name));
  ASSERT_TRUE(
      succeeds("ip link del vx6; ip link del vx; ip link del mv; ip link del left; ip link del dev br"));
  std::vector<Op> ops;
  for (const Link& link : links) ops.push_back({Action::create, static_cast<Link*>(nullptr), &link});
  ASSERT_TRUE(accepted(write(ops)));
  for (const Link& link : links) {
    Link now = live(link.name);
    EXPECT_TRUE(same(now, link)) << to_string(link.name) << "\n" << run("ip -d link").output;
  }
}

TEST_F(Links, ManyAreDeletedTogether) {
  std::vector<Link> links;
  for (int i = 0; i < 20; ++i) {
    Vxlan options;
    options.id = static_cast<uint32_t>(i + 1);
    options.port = static_cast<uint16_t>(5000 + i);
    links.push_back(link_of(("vx" + std::to_string(i)).c_str(), options));
    links.push_back(link_of(("l" + std::to_string(i)).c_str(), Veth{("r" + std::to_string(i)).c_str()}));
    links.push_back(link_of(("r" + std::to_string(i)).c_str(), Veth{("l" + std::to_string(i)).c_str()}));
  }
  Link stays = link_of("stays", Bridge{});
  ASSERT_TRUE(accepted(create(stays)));
  std::vector<Op> ops;
  for (const Link& link : links) ops.push_back({Action::create, static_cast<Link*>(nullptr), &link});
  ASSERT_TRUE(accepted(write(ops)));
  EXPECT_EQ(state().links.size(), 62U);
  for (Op& op : ops) op = {Action::remove, std::get<const Link*>(op.after), static_cast<Link*>(nullptr)};
  ASSERT_TRUE(accepted(write(ops)));
  EXPECT_EQ(state().links.size(), 2U);
  // One that is not there is refused under its number.
  for (Op& op : ops) op = {Action::create, static_cast<Link*>(nullptr), std::get<const Link*>(op.before)};
  ASSERT_TRUE(accepted(write(ops)));
  for (Op& op : ops) op = {Action::remove, std::get<const Link*>(op.after), static_cast<Link*>(nullptr)};
  ASSERT_TRUE(succeeds("ip link del vx5"));
  auto refusal = write(ops);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->op, 15U);
  EXPECT_EQ(refusal->code, ENODEV);
  EXPECT_EQ(live("l6").group, 0U);
}

TEST_F(Links, AForeignKindIsNotMade) {
  ASSERT_TRUE(succeeds("ip link add f type ifb"));
  Link foreign = live("f");
  EXPECT_EQ(foreign.foreign_kind, "ifb");
  EXPECT_THAT(snapshot().others, testing::Contains("ifb link f"));
  ASSERT_TRUE(accepted(remove(foreign)));
  auto refusal = create(foreign);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EOPNOTSUPP);
}

TEST_F(Links, PeerInAnotherNamespaceIsNotNamed) {
  ASSERT_TRUE(succeeds("ip link add left type veth peer name right netns 1"));
  EXPECT_EQ(std::get<Veth>(live("left").kind).peer, std::nullopt);
}

TEST_F(Links, ParentsAndMastersThatAreNotThere) {
  Macvlan options;
  options.parent = "nowhere";
  auto refusal = create(link_of("mv", options));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENODEV);
  EXPECT_THAT(refusal->extack, HasSubstr("nowhere"));
}

TEST_F(Links, TheFirstRefusalIsTheLastThingThatHappens) {
  Link good = link_of("br1", Bridge{});
  Link bad = link_of("br1", Bridge{});
  Link later = link_of("br2", Bridge{});
  Op ops[] = {{Action::create, static_cast<Link*>(nullptr), &good},
              {Action::create, static_cast<Link*>(nullptr), &bad},
              {Action::create, static_cast<Link*>(nullptr), &later}};
  auto refusal = write(ops);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->op, 1U);
  EXPECT_FALSE(exists("br2"));
}

}  // namespace
}  // namespace netcfg::test
