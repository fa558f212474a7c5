// Two uplinks, a and b, to providers that are network namespaces, and the real watcher.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>

#include "netcfg/host/files.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"
#include "netcfg/watch/control.h"
#include "netcfg/watch/view.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/watcher.h"

namespace netcfg::test {

class Watch : public NetnsTest {
 protected:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPatience{20'000};

  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("mount -t tmpfs tmpfs /run"));
    provider(1, "203.0.113", like_cards_ ? 101 : 201), provider(2, "198.51.100", like_cards_ ? 102 : 202);
    ASSERT_TRUE(
        succeeds("ip nexthop add id 7800000 group 7800004 protocol 78 && ip route add default nhid 7800000 "
                 "proto 78 && "
                 "ip route add default nhid 7800004 table 78001 proto 78 && "
                 "ip route add default nhid 7800008 table 78002 proto 78"));
    uplinks_.links = {uplink("a", 1, "203.0.113"), uplink("b", 2, "198.51.100")};
    uplinks_.failback = 0;
  }

  // A network namespace that answers as a gateway, and as 192.0.2.9 behind it. The kernel tells at once of a
  // veth's lost carrier where the ends' indexes differ; where they are the same it is told as late as a
  // card's (linkwatch_urgent_event()).
  void provider(int n, const std::string& net, int far_index) {
    auto text = [&](std::string form) {
      for (auto [name, value] : {std::pair{"NET", net}, std::pair{"FAR", std::to_string(far_index)},
                                 std::pair{"N", std::to_string(n)}})
        for (size_t at; (at = form.find(name)) != form.npos;) form.replace(at, strlen(name), value);
      return form;
    };
    ASSERT_TRUE(succeeds(
        text("ip netns add isN && ip -n isN link set dev lo up && ip -n isN addr add 192.0.2.9/32 dev lo && "
             "ip link add name upN index 10N type veth peer name dnN index FAR netns isN && "
             "ip -n isN link set dev dnN up && ip link set dev upN up && ip addr add NET.10/24 dev upN && "
             "ip -n isN addr add NET.1/24 dev dnN && "
             "ip nexthop add id $((7800000 + N * 4)) via NET.1 dev upN protocol 78 && "
             "ip rule add priority 2001N fwmark 0x0N0000/0xff0000 lookup 7800N && "
             "ip rule add priority 2030N from NET.10 lookup 7800N")));
  }

  static Uplink uplink(const std::string& name, uint8_t n, const std::string& net) {
    Uplink out;
    out.name = name, out.id = n, out.priority = n;
    out.dev = IfName("up" + std::to_string(n));
    out.gateway4 = *parse_ip(net + ".1"), out.addresses = {*parse_ip(net + ".10")};
    out.health.interval = 100, out.health.down_after = 3, out.health.up_after = 2;
    out.health.targets.emplace_back();
    return out;
  }

  static Route default_route(uint32_t table, uint32_t nexthop) {
    Route out;
    out.to = *parse_prefix("0.0.0.0/0"), out.table = table, out.nexthop_id = nexthop;
    return out;
  }

  // As an apply that was kept leaves it.
  void keep() {
    Ledger ledger;
    ledger.uplinks = uplinks_;
    assign_numbers(*ledger.uplinks), fill_defaults(*ledger.uplinks);
    std::vector<Route> routes = {default_route(kTableMain, 7800000), default_route(78001, 7800004),
                                 default_route(78002, 7800008)};
    if (uplinks_.links[0].gateway6) {
      routes.push_back(default_route(kTableMain, 7800001));
      routes.back().to = *parse_prefix("::/0"), routes.back().metric = kIpv6DefaultMetric;
    }
    HostFiles files(box_.path());
    auto done = save_ledger(files, ledger_path(current_netns()), netns_identity(), std::move(ledger), routes);
    ASSERT_TRUE(done) << done.error().message;
  }

  void start() {
    watcher_ = start_watcher(box_, 2, {"--metrics", "/metrics.prom"});
    ASSERT_TRUE(watcher_);
  }
  bool hears(const std::string& text) { return watcher_->read_until(text, kPatience).has_value(); }
  // How long it took.
  std::chrono::milliseconds switches(const std::string& command, const std::string& text) {
    auto begin = Clock::now();
    EXPECT_TRUE(succeeds(command));
    EXPECT_TRUE(hears(text)) << text << "\n" << watcher_->rest();
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    std::cout << "  " << text << " after " << took.count() << " ms\n";
    return took;
  }

  static std::string way() { return run("ip route get 192.0.2.9").output; }
  // Without link-local addresses, which duplicate address detection delays.
  static std::string objects() {
    return run("(ip nexthop; ip -4 route show table all; ip -6 route show table all; ip rule) |"
               " grep -v '^local fe80'")
        .output;
  }
  std::string socket() const { return box_.path() + watch_socket_path(current_netns()); }
  watch::View view() {
    auto shown = box_.run("$N --root $T uplinks --format json");
    auto out = watch::view_from_json(shown.out);
    EXPECT_TRUE(out) << shown.out << shown.err;
    return out ? *out : watch::View{};
  }
  // What a program does that waits for something to be written.
  bool comes_to(const std::function<bool()>& what) {
    for (auto end = Clock::now() + kPatience; Clock::now() < end; (void)run("sleep 0.02"))
      if (what()) return true;
    return false;
  }

  bool like_cards_ = false;
  Sandbox box_;
  Uplinks uplinks_;
  std::unique_ptr<Child> watcher_;
};

}  // namespace netcfg::test
