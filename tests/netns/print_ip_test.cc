// iproute2 understands every word of the commands that a plan is printed as. It reads all its arguments
// before it talks to the kernel, so that this holds for kinds that this machine's kernel lacks as well.
#include "netcfg/plan/print_ip.h"

#include <gmock/gmock.h>

#include "tests/support/any_value.h"
#include "tests/support/netns.h"
#include "tests/support/sample_plan.h"

namespace netcfg::test {
namespace {

class PrintIpSyntax : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(
        succeeds("ip link add eth7 type veth peer name eth8 && ip link set eth7 up && ip link set eth8 up"
                 " && ip link add br0 type bridge && ip link set eth8 master br0"));
  }

  // Runs the commands; whatever the kernel says is fine, but iproute2 must have understood.
  void understood(const PlanMaker& make) {
    for (const Step& step : make.plan.steps)
      for (const std::string& command : ip_commands(step)) {
        if (!command.starts_with("ip ") && !command.starts_with("bridge ") && !command.starts_with("tc "))
          continue;
        Ran ran = run(command);
        EXPECT_TRUE(ran.ok() || was_understood(ran.output)) << command << "\n" << ran.output;
        ++commands_;
      }
  }

  static bool was_understood(const std::string& output) {
    if (output.find("Usage:") != output.npos) return false;
    for (std::string_view kernels : {"RTNETLINK answers", "Error: Specified qdisc kind is unknown",
                                     "Error: Unknown device type", "Operation not supported"})
      if (output.find(kernels) != output.npos) return true;
    // An extended error of the kernel ends with a full stop; iproute2's own about arguments do not count.
    for (std::string_view own :
         {"argument \"", "garbage", "Garbage", "duplicate", "is unknown", "expected", "argument of \""})
      if (output.find(own) != output.npos) return false;
    return output.starts_with("Error: ");
  }

  size_t commands_ = 0;
};

TEST_F(PrintIpSyntax, KnowsAMistakeWhenItSeesOne) {
  EXPECT_FALSE(was_understood(run("ip link add x type bond no_such_option 1").output));
  EXPECT_FALSE(was_understood(run("ip link add x type bond miimon fast").output));
  EXPECT_FALSE(was_understood(run("ip route add 10.0.0.0/8 dev eth7 colour red").output));
  EXPECT_FALSE(was_understood(run("ip rule add pref 5 uidrange 7").output));
  EXPECT_FALSE(was_understood(run("ip link set eth8 type bridge_slave hairpin perhaps").output));
}

TEST_F(PrintIpSyntax, EveryOptionOfEveryLinkKind) {
  Random random(1);
  for (const KindInfo& info : kKinds)
    for (const Field& field : info.fields)
      for (int i = 0; i < 3; ++i) {
        Link link = link_named("x" + std::to_string(commands_ % 1000));
        link.kind = info.make();
        for (const Field& other : info.fields)
          if (other.required || &other == &field)
            other.set(other, object_of(link.kind),
                      any_value(other, random, other.name == "peer" ? "peer7" : "eth7"));
        if (auto* macvlan = std::get_if<Macvlan>(&link.kind); macvlan && macvlan->nopromisc)
          macvlan->mode = 8;
        if (auto* macvtap = std::get_if<Macvtap>(&link.kind); macvtap && macvtap->nopromisc)
          macvtap->mode = 8;
        if (auto* vxlan = std::get_if<Vxlan>(&link.kind); vxlan && vxlan->external != true) vxlan->id = 100;
        PlanMaker make;
        make.create(link);
        understood(make);
        run("ip link del " + to_string(link.name));
      }
  EXPECT_GT(commands_, 300U);
}

TEST_F(PrintIpSyntax, EveryOptionOfEveryQueue) {
  Random random(4);
  for (const QueueInfo& info : kQueues)
    for (const Field& field : info.fields)
      for (int i = 0; i < 3; ++i) {
        Qdisc qdisc;
        qdisc.dev = "eth7";
        qdisc.kind = info.make();
        for (const Field& other : info.fields)
          if (other.required || &other == &field)
            other.set(other, object_of(qdisc.kind), any_value(other, random));
        // tc wants all three.
        if (auto* tbf = std::get_if<Tbf>(&qdisc.kind)) {
          tbf->burst = tbf->burst.value_or(2000);
          tbf->limit = tbf->limit.value_or(9000);
        }
        settle(qdisc.kind);
        PlanMaker make;
        make.create(qdisc);
        understood(make);
        run("tc qdisc del dev eth7 root");
      }
  EXPECT_GT(commands_, 100U);
}

TEST_F(PrintIpSyntax, EveryOptionOfEveryMember) {
  Random random(2);
  for (const PortKind& kind : {PortKind(BondPort{}), PortKind(BridgePort{})})
    for (const Field& field : fields_of(kind).fields)
      for (int i = 0; i < 3; ++i) {
        Link before = link_named("eth8"), after = before;
        before.port = after.port = kind;
        field.set(field, object_of(after.port), any_value(field, random));
        PlanMaker make;
        make.update(before, after);
        understood(make);
      }
}

TEST_F(PrintIpSyntax, EveryFieldOfLinks) {
  Random random(3);
  for (const Field& field : kLinkFields)
    for (int i = 0; i < 3; ++i) {
      Link before = link_named("eth7"), after = before;
      if (field.name != "altnames" && field.name != "master")
        field.set(field, &after, any_value(field, random));
      if (field.name == "altnames") after.altnames = {{"other-name"}};
      if (field.name == "master") after.master = "br0";
      // iproute2 reads these into an int.
      if (after.group) after.group = *after.group & INT32_MAX;
      if (after.txqueuelen) after.txqueuelen = *after.txqueuelen & INT32_MAX;
      PlanMaker make;
      make.update(before, after);
      understood(make);
    }
}

// What no kernel takes iproute2 refuses by itself.
Address possible(Address address) {
  address.dev = "eth7";
  address.autojoin.reset();  // for multicast addresses
  if (address.preferred.value_or(UINT32_MAX) > address.valid.value_or(UINT32_MAX))
    address.preferred = address.valid;
  bool v4 = address.address.ip.family == Family::ipv4;
  if (address.peer && address.peer->family != address.address.ip.family) address.peer.reset();
  if (v4) address.nodad.reset(), address.home.reset(), address.mngtmpaddr.reset();
  if (address.label) address.label = "eth7:1";
  if (!v4) address.label.reset(), address.broadcast.reset();
  return address;
}

TEST_F(PrintIpSyntax, TheOtherKinds) {
  Random random(4);
  for (int i = 0; i < 100; ++i) {
    PlanMaker make;
    Address address = possible(any_address(random, 0.3));
    make.create(address), make.update(address, address), make.remove(address);
    Neighbor neighbor = any_neighbor(random, 0.5);
    neighbor.dev = "eth7";
    if (neighbor.address.family == Family::ipv4) neighbor.router.reset();
    make.create(neighbor), make.remove(neighbor);
    Rule rule = any_rule(random, 0.3);
    rule.from.reset(), rule.to.reset();
    if (i % 2 == 0)
      rule.from = rule.to = parse_prefix(rule.family == Family::ipv4 ? "10.0.0.0/8" : "2001:db8::/32");
    if (rule.l3mdev == true) rule.table.reset(), rule.action = RuleAction::lookup;
    if (rule.action == RuleAction::goto_) rule.goto_priority = UINT32_MAX, rule.priority = 5;
    make.create(rule), make.remove(rule);
    understood(make);
  }
}

TEST_F(PrintIpSyntax, Routes) {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    Route route = any_route(random, 0.3);
    if (route.family() == Family::ipv6) route.scope.reset();
    if (route.family() == Family::ipv4) route.pref.reset();
    if (route.pref && *route.pref == 2) route.pref = 1;
    for (NextHop& hop : route.hops) {
      hop.dev = "eth7";
      if (hop.via.family == Family::ipv4 && route.family() == Family::ipv6) hop.via = {};
    }
    if (is_dead_end(route.type)) route.hops.clear();
    PlanMaker make;
    make.create(route), make.update(route, route), make.remove(route);
    understood(make);
  }
}

// What this kernel can make really comes to be.
TEST_F(PrintIpSyntax, CommandsDoWhatTheySay) {
  PlanMaker make;
  Link bridge = link_named("br7");
  Bridge options;
  options.stp = true, options.forward_delay = 400, options.ageing_time = 12300;
  bridge.kind = options, bridge.mtu = 1400, bridge.state = LinkState::up,
  bridge.description = "it's a \"bridge\"";
  make.create(bridge);
  Link before = link_named("eth7"), after = before;
  after.master = "br7", after.port = BridgePort{.cost = 55};
  make.update(before, after);
  make.create(address_on("br7", "192.0.2.1/24"));
  Route route = route_to("198.51.100.0/24", "192.0.2.2", "br7");
  route.metrics.make().rtt = 400;
  make.create(route);
  for (const Step& step : make.plan.steps)
    for (const std::string& command : ip_commands(step)) EXPECT_TRUE(succeeds(command));
  std::string bridge_text = run("ip -d link show br7").output;
  EXPECT_THAT(bridge_text, testing::HasSubstr("forward_delay 400"));
  EXPECT_THAT(bridge_text, testing::HasSubstr("alias it's a \"bridge\""));
  EXPECT_THAT(run("ip -d link show eth7").output, testing::HasSubstr("cost 55"));
  EXPECT_THAT(run("ip -d route").output,
              testing::ContainsRegex("198.51.100.0/24 via 192.0.2.2 .*proto 78.*rtt 50ms"));
}

}  // namespace
}  // namespace netcfg::test
