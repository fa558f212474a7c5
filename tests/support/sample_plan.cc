#include "tests/support/sample_plan.h"

namespace netcfg::test {
namespace {

void add_links(PlanMaker& make) {
  Link nic = link_named("eth0"), faster = link_named("eth0", 5);
  nic.state = faster.state = LinkState::up;
  nic.mtu = 1500, faster.mtu = 9000;
  faster.description = "uplink to the left switch";
  make.update(nic, faster).disruptive = "the driver resets the card";

  Link bond = link_named("bond0", 12);
  Bond options;
  options.mode = BondMode::lacp, options.miimon = 100, options.lacp_rate = 1, options.xmit_hash_policy = 1;
  bond.kind = options, bond.mtu = 9000, bond.state = LinkState::up;
  make.create(bond);

  Link port = link_named("eth1", 14), down = port, member = port;
  port.state = LinkState::up, down.state = LinkState::down, port.master = down.master = IfName{};
  Step& offline = make.update(port, down);
  offline.why = Why::offline, offline.cause = "eth1", offline.disruptive = "eth1 goes down";
  member.state = LinkState::up, member.master = "bond0", member.port = BondPort{.prio = 10, .queue_id = {}};
  make.update(down, member);

  Link old = link_named("br-old");
  old.kind = Bridge{};
  make.remove(old).disruptive = "br-old goes away, and what goes through it";
  Step& implied = make.remove(address_on("br-old", "192.0.2.254/24"));
  implied.why = Why::implied, implied.cause = "br-old", implied.writes = false;
}

void add_addresses(PlanMaker& make) {
  Address alias = address_on("eth0", "203.0.113.11/24", 8);
  alias.label = "eth0:1", alias.nodad = true;
  make.create(alias);
  Address v6 = address_on("bond0", "2001:db8:1234:5678:9abc:def0:1234:5678/64", 16);
  make.create(v6);
  Address lost = address_on("eth1", "198.51.100.7/32");
  Step& back = make.create(lost);
  back.why = Why::lost, back.cause = "eth1";
  Neighbor gateway;
  gateway.dev = "eth0", gateway.address = *parse_ip("203.0.113.1"), gateway.mac = Mac{{2, 0, 0, 0, 0, 1}};
  gateway.origin = {20, 5, 0};
  make.create(gateway);
}

void add_routes(PlanMaker& make) {
  Route blue = route_to("0.0.0.0/0", "203.0.113.1", "eth0", 3);
  blue.table = 101, blue.origin.file = 1;
  make.create(blue);
  Route before = route_to("10.0.0.0/8", "192.0.2.1", "eth0"),
        after = route_to("10.0.0.0/8", "192.0.2.1", "eth0", 4);
  before.metric = after.metric = 100;
  after.hops.push_back({*parse_ip("192.0.2.2"), "bond0", 5});
  after.metrics.make().mtu = 1400, after.origin.file = 1;
  make.update(before, after);
  Route adopted = route_to("172.16.0.0/12", "192.0.2.1", "eth0");
  adopted.protocol = 3;
  Route ours = route_to("172.16.0.0/12", "192.0.2.1", "eth0", 5);
  Step& adopt = make.update(adopted, ours);
  adopt.verdict = Verdict::adopt, adopt.why = Why::untagged;
  make.remove(route_to("10.99.0.0/16", "192.0.2.1", "eth0"));
  Rule rule;
  rule.priority = 1000, rule.from = *parse_prefix("203.0.113.10/32"), rule.table = 101;
  rule.action = RuleAction::lookup, rule.origin = {9, 5, 1};
  make.create(rule);
  Sysctl off{"net/ipv4/ip_forward", "0", {}}, on{"net/ipv4/ip_forward", "1", {30, 3, 0}};
  make.update(off, on);
}

}  // namespace

Link link_named(std::string_view name, uint32_t line) {
  Link link;
  link.name = name;
  if (line > 0) link.origin = {line, 3, 0};
  return link;
}

Address address_on(std::string_view dev, std::string_view text, uint32_t line) {
  Address address;
  address.dev = dev, address.address = *parse_prefix(text);
  if (line > 0) address.origin = {line, 9, 0};
  return address;
}

Route route_to(std::string_view to, std::string_view via, std::string_view dev, uint32_t line) {
  Route route;
  route.to = *parse_prefix(to);
  route.hops = {{via.empty() ? Ip{} : *parse_ip(via), dev}};
  if (line > 0) route.origin = {line, 5, 0};
  return route;
}

Sources sample_sources() {
  Sources sources;
  sources.add("/etc/netcfg/netcfg.yaml", "");
  sources.add("/etc/netcfg/conf.d/20-routes.yaml", "");
  return sources;
}

Plan sample_plan() {
  PlanMaker make;
  make.plan.tables = {{"telecom", 101}};
  add_links(make);
  add_addresses(make);
  add_routes(make);
  return std::move(make.plan);
}

}  // namespace netcfg::test
