// What `show` writes, and that it means what is there: read again and planned, there is nothing to do.
#include "netcfg/probe/show.h"

#include <gmock/gmock.h>

#include <sstream>

#include "netcfg/json/tree.h"
#include "netcfg/plan/change.h"
#include "netcfg/spec/spec.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace netcfg {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A link as the kernel reports one: every field set.
Link live_link(std::string_view name, LinkKind kind = {}) {
  Link link = link_named(name);
  link.kind = std::move(kind);
  for (const Field& field : kLinkFields) reset(field, &link);
  link.mac = Mac{{2, 0, 0, 0, 0, 1}};
  if (const KindInfo* info = kind_info(link.kind)) {
    LinkKind given = link.kind;
    for (const Field& field : info->fields) {
      reset(field, object_of(link.kind));
      if (field.has(object_of(given))) field.copy(object_of(link.kind), object_of(given));
    }
  }
  return link;
}

void join(Link& link, std::string_view master, PortKind port) {
  link.master = master;
  link.port = std::move(port);
  for (const Field& field : fields_of(link.port).fields) reset(field, object_of(link.port));
}

Address live_address(std::string_view dev, std::string_view text) {
  Address a = address_on(dev, text);
  for (const Field& field : kAddressFields) reset(field, &a);
  bool v4 = a.address.ip.family == Family::ipv4;
  a.scope = 0;
  if (v4) a.label = std::string(dev);
  if (v4) a.nodad.reset(), a.home.reset(), a.mngtmpaddr.reset();
  return a;
}

Route live_route(std::string_view to, std::string_view via, std::string_view dev) {
  Route route = route_to(to, via, dev);
  bool v4 = route.family() == Family::ipv4;
  if (v4) route.scope = via.empty() ? 253 : 0;
  if (!v4) route.pref = 0, route.metric = kIpv6DefaultMetric;
  route.protocol = 3;
  return route;
}

// A host with a bit of everything that a spec can say.
Snapshot sample_host() {
  Snapshot host;
  State& s = host.state;
  s.links.push_back(live_link("lo"));
  Link eth0 = live_link("eth0");
  eth0.mtu = 9000, eth0.description = "uplink: \"left\"", eth0.altnames = {{"enp0s3"}};
  s.links.push_back(eth0);
  for (std::string_view name : {"eth1", "eth2"}) {
    Link member = live_link(name);
    join(member, "bond0", BondPort{});
    if (name == "eth2") std::get<BondPort>(member.port).queue_id = 2;
    s.links.push_back(member);
  }
  Bond bond;
  bond.mode = BondMode::active_backup, bond.miimon = 100, bond.primary = IfName("eth1"),
  bond.active_slave = IfName("eth1");
  bond.lacp_rate = 1;  // kept from another mode
  s.links.push_back(live_link("bond0", bond));
  Vlan vlan;
  vlan.parent = "bond0", vlan.id = 100;
  Link tagged = live_link("bond0.100", vlan);
  join(tagged, "br0", BridgePort{});
  std::get<BridgePort>(tagged.port).cost = 2;
  std::get<BridgePort>(tagged.port).pvid = 10;
  std::get<BridgePort>(tagged.port).vlans = VidSet{{{10, 10}, {20, 30}}};
  s.links.push_back(tagged);
  Bridge bridge;
  bridge.vlan_filtering = true, bridge.forward_delay = 400;
  bridge.vlans = bridge.untagged = VidSet{{{1, 1}}};
  s.links.push_back(live_link("br0", bridge));
  Vrf vrf{.table = 1000};
  Link blue = live_link("vrf-blue", vrf);
  blue.mtu = 65575, blue.arp = blue.multicast = false;
  s.links.push_back(blue);
  Link eth7 = live_link("eth7");
  eth7.master = "vrf-blue", eth7.state = LinkState::down;
  s.links.push_back(eth7);
  s.links.push_back(live_link("ve1", Veth{IfName("ve0")}));
  s.links.push_back(live_link("ve0", Veth{IfName("ve1")}));
  Link dummy = live_link("dm0", Dummy{});
  dummy.arp = dummy.multicast = false;
  s.links.push_back(dummy);
  Vxlan vxlan;
  vxlan.id = 100, vxlan.local = parse_ip("192.0.2.10"), vxlan.learning = false,
  vxlan.source_port = Span{0, 0};
  Link tunnel = live_link("vx100", vxlan);
  tunnel.mtu = 1450;
  s.links.push_back(tunnel);
  Macvlan macvlan;
  macvlan.parent = "eth0", macvlan.mode = 4;
  Link mv = live_link("mv0", macvlan);
  mv.mtu = 9000;
  s.links.push_back(mv);

  s.addresses = {live_address("lo", "127.0.0.1/8"),       live_address("lo", "192.0.2.53/32"),
                 live_address("eth0", "203.0.113.10/24"), live_address("eth0", "203.0.113.11/24"),
                 live_address("eth0", "2001:db8::10/64"), live_address("eth0", "fe80::1/64"),
                 live_address("bond0", "192.0.2.10/24")};
  s.addresses[0].scope = 254;
  s.addresses[2].order = 5, s.addresses[3].order = 6, s.addresses[3].label = "eth0:1";
  s.addresses[4].preferred = 0;
  Neighbor neighbor;
  neighbor.dev = "eth0", neighbor.address = *parse_ip("203.0.113.1"), neighbor.mac = Mac{{2, 0, 0, 0, 0, 9}};
  neighbor.router = false;
  s.neighbors = {neighbor};
  s.routes = {
      live_route("0.0.0.0/0", "203.0.113.1", "eth0"),   live_route("10.0.0.0/8", "192.0.2.1", "bond0"),
      live_route("198.51.100.0/24", "", "bond0"),       live_route("::/0", "fe80::1", "eth0"),
      live_route("2001:db8:f::/48", "fe80::1", "eth0"), live_route("10.66.0.0/16", "", "eth0")};
  s.routes[1].metric = 100, s.routes[1].metrics.make().mtu = 1400, s.routes[1].src = *parse_ip("192.0.2.10");
  s.routes[4].hops = {{*parse_ip("fe80::1"), "bond0", 1}, {*parse_ip("fe80::1"), "eth0", 2}};
  s.routes[5].type = RouteType::blackhole, s.routes[5].hops.clear(), s.routes[5].table = 101,
  s.routes[5].scope = 0;
  Route connected = live_route("203.0.113.0/24", "", "eth0");
  connected.protocol = 2;
  s.routes.push_back(connected);
  Rule rule;
  rule.priority = 1000, rule.from = parse_prefix("203.0.113.10/32"), rule.table = 101,
  rule.action = RuleAction::lookup;
  rule.protocol = 3;
  Rule drop;
  drop.family = Family::ipv6, drop.priority = 1200, drop.fwmark = Mark{0x100, 0xff00},
  drop.dport = Span{873, 873};
  drop.ip_proto = 6, drop.action = RuleAction::prohibit, drop.protocol = 3;
  Rule kernels;
  kernels.priority = 32766, kernels.table = 254, kernels.action = RuleAction::lookup, kernels.protocol = 2;
  s.rules = {rule, drop, kernels};
  s.sysctls = {{"net/ipv4/conf/bond0.100/rp_filter", "2", {}},
               {"net/ipv4/ip_forward", "1", {}},
               {"net/ipv4/tcp_rmem", "4096 131072 6291456", {}}};
  s.sort();
  for (const Link& link : s.links)
    if (link.kind.index() == 0 && link.name != IfName("lo"))
      host.nics.push_back({link.name, *link.mac, *link.mac, "", "", ""});
  return host;
}

// `desired` is what the plan points into.
std::optional<Plan> plan_of(const std::string& yaml, const Snapshot& live, std::optional<Desired>& desired,
                            std::string& problems) {
  Sources sources;
  Diagnostics diagnostics;
  SpecFile file{"shown.yaml", yaml};
  desired = read_spec({&file, 1}, sources, diagnostics);
  std::optional<Plan> plan;
  if (desired) plan = make_plan({live, *desired, Ledger{}}, diagnostics);
  problems = format(diagnostics, sources, false);
  return plan;
}

void expect_nothing_to_do(const Snapshot& host, const std::vector<IfName>& names = {}) {
  std::string yaml = show_yaml(host, names), problems;
  std::optional<Desired> desired;
  auto plan = plan_of(yaml, host, desired, problems);
  ASSERT_TRUE(plan) << problems << yaml;
  for (const Step& step : plan->steps)
    if (effect_of(step) != Effect::adopt)
      ADD_FAILURE() << kEffectNames[static_cast<size_t>(effect_of(step))] << ' '
                    << kind_name(subject_of(step.op)) << ' ' << id_of(subject_of(step.op)) << ' '
                    << testing::PrintToString(field_changes(step.op.before, step.op.after).size()) << "\n"
                    << yaml;
}

TEST(Show, SampleHost) {
  expect_golden(show_yaml(sample_host(), {}), "print/show.yaml");
}

TEST(Show, PlannedAgainThereIsNothingToDo) {
  expect_nothing_to_do(sample_host());
}

TEST(Show, AlsoForSingleInterfaces) {
  Snapshot host = sample_host();
  for (const Link& link : host.state.links) {
    SCOPED_TRACE(link.name.view());
    expect_nothing_to_do(host, {link.name});
  }
}

// A field that was forgotten would make the plan above empty as well: what differs from a fresh host is told.
TEST(Show, OnAFreshHostItAllHasToBeMade) {
  Snapshot host = sample_host(), fresh;
  for (const Link& link : host.state.links)
    if (link.kind.index() == 0) fresh.state.links.push_back(live_link(link.name.view()));
  fresh.nics = host.nics;
  std::string problems;
  std::optional<Desired> desired;
  auto plan = plan_of(show_yaml(host, {}), fresh, desired, problems);
  ASSERT_TRUE(plan) << problems;
  Summary sum = summarize(*plan);
  size_t virtual_links = 8 + 1;  // the ends of the veth pair are two
  EXPECT_EQ(sum.create, virtual_links + 5 + 1 + 6 + 2 + 3) << testing::PrintToString(sum.update);
}

TEST(Show, WhatCannotBeSaidIsNamed) {
  Snapshot host;
  Link tun = live_link("tun0");
  tun.foreign_kind = "tun";
  Link far = live_link("veth9", Veth{});
  Link member = live_link("eth1");
  join(member, "bond0", BondPort{});
  host.state.links = {live_link("bond0", Bond{}), live_link("eth0"), member, tun, far};
  host.others = {"qdisc htb on eth0", "tun link tun0"};
  host.state.addresses = {live_address("eth1", "192.0.2.1/24"), live_address("tun0", "10.8.0.1/24")};
  host.state.routes = {live_route("10.1.0.0/16", "192.0.2.77", "eth0"), live_route("10.2.0.0/16", "", "tun0"),
                       live_route("10.3.0.0/16", "", "eth0")};
  host.state.routes[2].nexthop_id = 5;
  host.state.sort();
  std::string text = show_yaml(host, {});
  for (std::string_view note :
       {"# not expressed: qdisc htb on eth0\n", "# not expressed: tun link tun0\n",
        "# not expressed: veth veth9: its peer is in another network namespace\n",
        "# not expressed: address 192.0.2.1/24 on eth1, which is a member of bond0\n",
        "# not expressed: route 10.1.0.0/16: its gateway 192.0.2.77 is in no network that is shown\n",
        "# not expressed: route 10.2.0.0/16: leaves by tun0, which is not shown\n",
        "# not expressed: route 10.3.0.0/16: uses next hop 5, which is not shown\n"})
    EXPECT_THAT(text, HasSubstr(note));
  EXPECT_THAT(text.substr(text.find("netcfg: 1")), Not(HasSubstr("tun0")));
  expect_nothing_to_do(host);
}

TEST(Show, OtherProgramsObjectsAreCounted) {
  Snapshot host;
  host.state.links = {live_link("eth0")};
  host.state.routes = {live_route("10.1.0.0/16", "", "eth0"), live_route("10.2.0.0/16", "", "eth0")};
  for (Route& route : host.state.routes) route.protocol = 12;
  host.state.addresses = {live_address("eth0", "192.0.2.100/32"), live_address("eth0", "192.0.2.7/24")};
  host.state.addresses[0].protocol = 18;
  host.state.addresses[1].valid = 600;  // DHCP
  EXPECT_EQ(show_yaml(host, {}),
            "# left out: 1 address of keepalived\n# left out: 2 routes of bird\n"
            "netcfg: 1\ninterfaces:\n  eth0: {}\n");
}

TEST(Show, AnInterfaceBringsWhatItStandsOn) {
  std::string text = show_yaml(sample_host(), {"bond0.100"});
  EXPECT_THAT(text, HasSubstr("  bond0: {}\n"));
  EXPECT_THAT(text, HasSubstr("  bond0.100:\n"));
  EXPECT_THAT(text, Not(HasSubstr("eth0")));
  EXPECT_THAT(text, Not(HasSubstr("rules")));
}

TEST(Show, EmptyHost) {
  EXPECT_EQ(show_yaml({}, {}), "netcfg: 1\n");
}

TEST(Show, AsJson) {
  std::vector<std::string> notes;
  Json spec = Json::parse(show_json(sample_host(), {}, notes));
  EXPECT_EQ(spec["netcfg"], 1);
  EXPECT_EQ(spec["interfaces"]["bond0"]["bond"]["members"]["eth2"]["queue-id"], 2);
  EXPECT_TRUE(notes.empty()) << notes[0];
}

TEST(Show, AsATable) {
  std::ostringstream out;
  show_table(out, sample_host(), {}, false);
  expect_golden(out.str(), "print/show-table.txt");
  std::ostringstream one;
  show_table(one, sample_host(), {"eth0"}, true);
  EXPECT_THAT(one.str(), HasSubstr("\x1b[32mup\x1b[0m"));
  EXPECT_THAT(one.str(), Not(HasSubstr("bond0")));
}

}  // namespace
}  // namespace netcfg
