// The watcher between two providers that are network namespaces: what fails is left, what comes back is used
// again, and neither its death nor its return changes anything.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <iostream>

#include "tests/netns/watch_fixture.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

TEST_F(Watch, ALostCarrierSwitchesAtOnceAndItsReturnSwitchesBack) {
  keep();
  start();
  EXPECT_THAT(way(), HasSubstr("dev up1"));
  switches("ip -n is1 link set dev dn1 down", "uplink b is active");
  EXPECT_THAT(way(), HasSubstr("via 198.51.100.1 dev up2"));
  switches("ip -n is1 link set dev dn1 up", "uplink a is active");
  EXPECT_THAT(way(), HasSubstr("via 203.0.113.1 dev up1"));
  // Its own table as well, which the kernel emptied.
  EXPECT_THAT(run("ip route show table 78001").output, HasSubstr("default nhid 7800004"));
}

TEST_F(Watch, WhatDoesNotAnswerIsLeft) {
  keep();
  start();
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  EXPECT_THAT(way(), HasSubstr("dev up2"));
  EXPECT_THAT(view().find("a")->reason, HasSubstr("neighbour 203.0.113.1: no answer to 3 probes in a row"));
  switches("ip -n is1 link set dev dn1 arp on", "uplink a is active");
  EXPECT_THAT(way(), HasSubstr("dev up1"));
}

TEST_F(Watch, ProbesLeaveByTheirOwnUplink) {
  for (Uplink& uplink : uplinks_.links) uplink.health.targets = {*parse_probe("ping:192.0.2.9")};
  keep();
  start();
  ASSERT_TRUE(comes_to([&] { return view().find("b")->rtt.has_value(); }));
  // The standby's target does not answer: traffic would have gone by the other one, and does not notice.
  switches("ip -n is2 addr del 192.0.2.9/32 dev lo", "uplink b is down");
  EXPECT_TRUE(view().find("a")->up);
  EXPECT_EQ(view().find("a")->loss, 0U);
  EXPECT_THAT(way(), HasSubstr("dev up1"));
}

TEST_F(Watch, BothFamiliesSwitchAndComeBackWithTheCarrier) {
  for (int n : {1, 2}) {
    std::string net = "fd00:" + std::to_string(n) + "::";
    std::string up = "up" + std::to_string(n), id = std::to_string(7800001 + n * 4);
    ASSERT_TRUE(succeeds("ip addr add " + net + "10/64 dev " + up + " nodad && ip -n is" + std::to_string(n) +
                         " addr add " + net + "1/64 dev dn" + std::to_string(n) +
                         " nodad && ip nexthop add id " + id + " via " + net + "1 dev " + up +
                         " protocol 78"));
    uplinks_.links[n - 1].gateway6 = *parse_ip(net + "1");
    uplinks_.links[n - 1].addresses.push_back(*parse_ip(net + "10"));
    uplinks_.links[n - 1].health.require = kRequireAll;
  }
  ASSERT_TRUE(
      succeeds("ip nexthop add id 7800001 group 7800005 && ip -6 route add default nhid 7800001 proto 78"));
  keep();
  start();
  auto way6 = [] { return run("ip route get fd00:9::9").output; };
  EXPECT_THAT(way6(), HasSubstr("via fd00:1::1"));
  switches("ip -n is1 addr del fd00:1::1/64 dev dn1", "uplink b is active");
  EXPECT_THAT(view().find("a")->reason,
              HasSubstr("1 of 2 targets up, 2 needed; neighbour fd00:1::1: no answer"));
  EXPECT_THAT(way6(), HasSubstr("via fd00:2::1"));
  switches("ip -n is1 addr add fd00:1::1/64 dev dn1 nodad", "uplink a is active");
  switches("ip -n is1 link set dev dn1 down", "uplink b is active");
  EXPECT_THAT(way6(), HasSubstr("via fd00:2::1"));
  EXPECT_THAT(way(), HasSubstr("dev up2"));
}

TEST_F(Watch, ACommandIsToldWhichUplinkItIsFor) {
  box_.write("check", "#!/bin/sh\necho $NETCFG_UPLINK $NETCFG_INTERFACE $NETCFG_MARK >>" + box_.path() +
                          "/asked\n[ $NETCFG_UPLINK != a ] || ! [ -e " + box_.path() + "/broken ]\n");
  ASSERT_TRUE(succeeds("chmod +x " + box_.path() + "/check"));
  for (Uplink& uplink : uplinks_.links) {
    uplink.health.targets = {*parse_probe("command:" + box_.path() + "/check")};
    uplink.health.timeout = 5000, uplink.health.interval = 200, uplink.health.down_after = 1;
  }
  keep();
  start();
  ASSERT_TRUE(comes_to([&] { return box_.read("asked").find("b up2 0x20000") != std::string::npos; }));
  switches("touch " + box_.path() + "/broken", "uplink b is active");
  EXPECT_THAT(box_.read("asked"), HasSubstr("a up1 0x10000"));
}

TEST_F(Watch, AnAddressThatIsGoneIsADown) {
  keep();
  start();
  switches("ip addr del 203.0.113.10/24 dev up1", "uplink b is active");
  EXPECT_THAT(view().find("a")->reason, HasSubstr("203.0.113.10 is no address of this host"));
}

TEST_F(Watch, BothDownKeepsTheLastAndBothComeBack) {
  keep();
  start();
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  switches("ip -n is2 link set dev dn2 arp off", "uplink b is down");
  EXPECT_THAT(way(), HasSubstr("dev up2"));
  switches("ip -n is1 link set dev dn1 arp on", "uplink a is active");
  EXPECT_THAT(way(), HasSubstr("dev up1"));
}

TEST_F(Watch, BothCarriersLostAndFoundAgain) {
  keep();
  start();
  switches("ip -n is1 link set dev dn1 down && ip -n is2 link set dev dn2 down", "uplink b is down");
  EXPECT_THAT(way(), Not(HasSubstr("via")));
  switches("ip -n is2 link set dev dn2 up", "uplink b is up");
  EXPECT_THAT(way(), HasSubstr("dev up2")) << objects() << watcher_->rest();
}

TEST_F(Watch, BothDownCanMeanUnreachable) {
  uplinks_.on_all_down = AllDown::unreachable;
  keep();
  start();
  ASSERT_TRUE(succeeds("ip -n is1 link set dev dn1 arp off && ip -n is2 link set dev dn2 arp off"));
  EXPECT_TRUE(comes_to([] { return !run("ip route get 192.0.2.9").ok(); }));
  EXPECT_THAT(run("ip nexthop get id 7800000").output, HasSubstr("group 7800002"));
}

TEST_F(Watch, ItsDeathAndItsReturnChangeNothing) {
  keep();
  start();
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  ASSERT_TRUE(comes_to(
      [&] { return box_.read(uplinks_path(current_netns())).find(R"("up":false)") != std::string::npos; }));
  std::string before = objects();
  watch::View seen = view();
  watcher_->kill();
  EXPECT_EQ(objects(), before);
  EXPECT_THAT(box_.run("$N --root $T uplinks").err, HasSubstr("no watcher runs"));
  start();
  EXPECT_EQ(objects(), before);
  EXPECT_FALSE(view().find("a")->up);
  EXPECT_NEAR(static_cast<double>(view().find("a")->since), static_cast<double>(seen.find("a")->since), 1000);
  EXPECT_TRUE(view().find("b")->active4);
  switches("ip -n is1 link set dev dn1 arp on", "uplink a is active");
}

TEST_F(Watch, SigtermLeavesTheTrafficWhereItIs) {
  keep();
  start();
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  std::string before = objects();
  EXPECT_TRUE(succeeds("pkill -TERM -f '^" NETCFG_PROGRAM " --root " + box_.path() + " watch'"));
  EXPECT_TRUE(comes_to([&] { return !watcher_->running(); }));
  EXPECT_EQ(objects(), before);
  EXPECT_TRUE(watch::ask_watcher(socket(), "status").error().code != 0);
}

TEST_F(Watch, HoldsAnUplinkDownUntilTheConnectionCloses) {
  keep();
  start();
  {
    auto held = watch::ask_watcher(socket(), "hold a");
    ASSERT_TRUE(held) << held.error().message;
    EXPECT_EQ(*watch::read_answer(*held, false), "ok\n");
    EXPECT_TRUE(hears("uplink a is down: it is held down"));
    EXPECT_TRUE(hears("uplink b is active"));
    EXPECT_TRUE(view().find("a")->held);
    EXPECT_THAT(way(), HasSubstr("dev up2"));
    EXPECT_THAT(box_.run("$N --root $T uplinks").out, HasSubstr("held"));
  }
  EXPECT_TRUE(hears("uplink a is active"));
  EXPECT_THAT(way(), HasSubstr("dev up1"));
  auto unknown = watch::ask_watcher(socket(), "hold c");
  ASSERT_TRUE(unknown);
  EXPECT_THAT(watch::read_answer(*unknown, false).error().message, HasSubstr("there is no uplink 'c'"));
}

nlohmann::json parsed(const Sandbox::Ended& ended) {
  auto out = nlohmann::json::parse(ended.out, nullptr, false);
  EXPECT_FALSE(out.is_discarded()) << ended.out << ended.err;
  return out;
}

TEST_F(Watch, ADrillMeasuresTheSwitchAndGivesTheUplinkBack) {
  keep();
  start();
  auto ended = box_.run("$N --root $T drill a --target 192.0.2.9 --for 300ms --format json");
  EXPECT_EQ(ended.status, 0) << ended.err;
  auto report = parsed(ended);
  EXPECT_EQ(report["takes-over"], "b");
  for (const char* key : {"detected-ms", "switched-ms", "up-again-ms", "failback-ms"})
    EXPECT_TRUE(report[key].is_number()) << key << ended.out;
  EXPECT_GT(report["before"]["sent"], 0);
  EXPECT_EQ(report["before"]["lost"], 0);
  EXPECT_GT(report["away"]["sent"], 0);
  EXPECT_THAT(way(), HasSubstr("dev up1"));
  EXPECT_TRUE(view().find("a")->up);
  std::cout << "  " << ended.out;
}

TEST_F(Watch, ADrillByProbesTakesAsLongAsTheyNeed) {
  keep();
  start();
  auto ended = box_.run("$N --root $T drill a --by probes --target 192.0.2.9 --for 0s --format json");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_GE(parsed(ended)["detected-ms"], 200) << "three probes, one every 100 ms";
  auto text = box_.run("$N --root $T drill a --target 192.0.2.9 --for 300ms");
  EXPECT_THAT(text.out, AllOf(HasSubstr("traffic moved after"), HasSubstr("carried meanwhile by"),
                              HasSubstr("given back"), HasSubstr("echo requests")));
}

TEST_F(Watch, AKilledDrillGivesTheUplinkBack) {
  keep();
  start();
  auto ended = box_.run(
      "$N --root $T drill a --target 192.0.2.9 --for 1h >out 2>err & p=$!\n"
      "until grep -q 'traffic goes by b' err; do kill -0 $p || exit 9; done\n"
      "kill -KILL $p; wait $p; exit 0");
  EXPECT_EQ(ended.status, 0) << box_.read("err");
  EXPECT_TRUE(hears("uplink b is active"));
  EXPECT_TRUE(hears("uplink a is active"));
  EXPECT_THAT(way(), HasSubstr("dev up1"));
  auto stopped = box_.run(
      "$N --root $T drill a --target 192.0.2.9 --for 1h >out 2>err & p=$!\n"
      "until grep -q 'traffic goes by b' err; do kill -0 $p || exit 9; done\n"
      "kill -TERM $p; wait $p");
  EXPECT_EQ(stopped.status, 3);
  EXPECT_THAT(box_.read("err"), HasSubstr("interrupted: uplink a is given back"));
}

TEST_F(Watch, ADrillIsRefusedWhereNothingWouldMove) {
  auto ended = box_.run("$N --root $T drill a");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("the host has no uplinks"));
  keep();
  ended = box_.run("$N --root $T drill a");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("the watcher cannot be reached"));
  start();
  EXPECT_EQ(box_.run("$N --root $T drill").status, 64);
  EXPECT_EQ(box_.run("$N --root $T drill a --for soon").status, 64);
  EXPECT_EQ(box_.run("$N --root $T drill a --target example.net").status, 64);
  EXPECT_THAT(box_.run("$N --root $T drill c").err, HasSubstr("there is no uplink 'c'"));
  EXPECT_THAT(box_.run("$N --root $T drill b").err, HasSubstr("uplink b carries no traffic"));
  switches("ip -n is2 link set dev dn2 arp off", "uplink b is down");
  ended = box_.run("$N --root $T drill a");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("no uplink but a works"));
}

TEST_F(Watch, TellsHooksAndDoesNotWaitForThem) {
  box_.write("hook", "#!/bin/sh\necho $NETCFG_UPLINK $NETCFG_INTERFACE $NETCFG_EVENT $NETCFG_REASON >>" +
                         box_.path() + "/told\n[ $NETCFG_EVENT != down ] || exec sleep 60\n");
  ASSERT_TRUE(succeeds("chmod +x " + box_.path() + "/hook"));
  uplinks_.hooks.command = {box_.path() + "/hook"};
  uplinks_.hooks.timeout = 3000;
  keep();
  start();
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  EXPECT_TRUE(hears("hook: down of uplink a was not told within 3s: the command was killed"));
  EXPECT_TRUE(
      comes_to([&] { return box_.read("told").find("b up2 active active: b") != std::string::npos; }));
  EXPECT_THAT(box_.read("told"), HasSubstr("a up1 down neighbour 203.0.113.1: no answer"));
}

TEST_F(Watch, WritesMetrics) {
  keep();
  start();
  auto metric = [&](const std::string& line) {
    return comes_to([&] { return box_.read("metrics.prom").find(line + "\n") != std::string::npos; });
  };
  EXPECT_TRUE(metric(R"(netcfg_uplink_up{uplink="a",interface="up1"} 1)"));
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  EXPECT_TRUE(metric(R"(netcfg_uplink_up{uplink="a",interface="up1"} 0)"));
  EXPECT_TRUE(metric(R"(netcfg_uplink_active_ipv4{uplink="b",interface="up2"} 1)"));
  EXPECT_TRUE(metric("netcfg_uplinks_switches_total 1"));
}

TEST_F(Watch, TakesOverWhatIsKept) {
  keep();
  start();
  uplinks_.links[0].priority = 3;  // b is the better one now
  keep();
  EXPECT_TRUE(hears("uplink b is active"));
  EXPECT_THAT(way(), HasSubstr("dev up2"));
  uplinks_.policy = UplinkPolicy::balance;
  keep();
  EXPECT_TRUE(hears("uplink a is active"));
  EXPECT_THAT(run("ip nexthop get id 7800000").output, HasSubstr("group 7800004/7800008"));
}

TEST_F(Watch, AnApplyThatChangesOnlyHowUplinksAreWatchedRenewsThat) {
  auto spec = [&](const std::string& health) {
    box_.write("s.yaml",
               "netcfg: 1\ninterfaces:\n  up1: { addresses: [203.0.113.10/24] }\n"
               "  up2: { addresses: [198.51.100.10/24] }\nuplinks:\n  links:\n"
               "    a: { interface: up1, gateway: 203.0.113.1, health: { " +
                   health + " } }\n    b: { interface: up2, gateway: 198.51.100.1 }\n");
    return box_.run("$N --root $T apply --yes --no-check /s.yaml");
  };
  auto first = spec("interval: 200ms");
  ASSERT_EQ(first.status, 0) << first.err;
  start();
  EXPECT_EQ(view().find("a")->targets.size(), 1U);
  auto second = spec("interval: 200ms, targets: [gateway, ping:192.0.2.9]");
  EXPECT_THAT(second.out, HasSubstr("How uplinks are watched was renewed")) << second.err;
  EXPECT_TRUE(hears("watching 2 uplinks"));
  EXPECT_EQ(view().find("a")->targets.size(), 2U);
  auto third = box_.run("$N --root $T apply --yes --no-check /s.yaml");
  EXPECT_THAT(third.out, Not(HasSubstr("renewed"))) << "it was read from the cache of specs";
  EXPECT_THAT(box_.run("cat $T/var/lib/netcfg/generations/1.spec").out, HasSubstr("\"uplinks\":"));
}

TEST_F(Watch, ASecondWatcherIsRefused) {
  keep();
  start();
  auto second = box_.run("$N --root $T watch");
  EXPECT_EQ(second.status, 5);
  EXPECT_THAT(second.err, HasSubstr("another watcher runs"));
}

TEST_F(Watch, ATableForPeople) {
  keep();
  start();
  EXPECT_THAT(box_.run("$N --root $T uplinks").out,
              AllOf(HasSubstr("uplink  interface  state  active"),
                    HasSubstr("a       up1        up     IPv4"), HasSubstr("b       up2        up     -")));
}

}  // namespace
}  // namespace netcfg::test
