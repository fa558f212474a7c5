// What a failed uplink leaves behind: connections that would go on by it, and next hops that Linux deleted.
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <thread>

#include "netcfg/kernel/switcher.h"
#include "netcfg/watch/watcher.h"
#include "tests/netns/watch_fixture.h"
#include "tests/support/far_end.h"
#include "tests/support/new_netns.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The kernel's list of connections that carry a mark.
size_t connections(const std::string& mark) {
  std::string list = run("cat /proc/net/nf_conntrack").output;
  size_t count = 0;
  for (size_t at = 0; (at = list.find("mark=" + mark + " ", at)) != list.npos; ++at) ++count;
  return count;
}

class LeftUplink : public Watch {
 protected:
  // Connections get the mark of the uplink that they leave by.
  void SetUp() override {
    Watch::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(
        succeeds("nft 'table inet t { chain o { type filter hook output priority 0; oifname up1 ct mark set "
                 "0x10000; oifname up2 ct mark set 0x20000; }; }'"));
    keep();
  }
  static bool send_to(const char* address) {
    return run(std::string("bash -c 'echo >/dev/udp/") + address + "/9'").ok();
  }
};

TEST_F(LeftUplink, ItsConnectionsAloneAreForgotten) {
  start();
  ASSERT_TRUE(send_to("192.0.2.9") && send_to("198.51.100.1"));
  EXPECT_GE(connections("65536"), 1U);
  EXPECT_GE(connections("131072"), 1U);
  switches("ip -n is1 link set dev dn1 arp off", "uplink b is active");
  EXPECT_EQ(connections("65536"), 0U);
  EXPECT_GE(connections("131072"), 1U);
  // With no other way there is nothing that they could take instead.
  switches("ip -n is2 link set dev dn2 arp off", "uplink b is down");
  EXPECT_GE(connections("131072"), 1U);
}

TEST_F(LeftUplink, ItsConnectionsAreForgottenOnceThereIsAnother) {
  start();
  switches("ip -n is2 link set dev dn2 arp off", "uplink b is down");
  ASSERT_TRUE(send_to("192.0.2.9"));
  switches("ip -n is1 link set dev dn1 arp off", "uplink a is down");
  EXPECT_GE(connections("65536"), 1U);
  switches("ip -n is2 link set dev dn2 arp on", "uplink b is active");
  EXPECT_EQ(connections("65536"), 0U) << "they would go on by what is down";
}

// A watcher that was busy, or had no processor, while a carrier came and went: all it hears of is that it
// runs.
TEST_F(LeftUplink, WhatACarrierTookAlongIsMadeAgainEvenIfItIsBackBeforeAnybodyLooks) {
  start();
  FarEnd far(named_netns("is1"), "dn1");
  std::string before = objects();
  std::string its_pid = "pgrep -f '^" NETCFG_PROGRAM " --root " + box_.path() + " watch'";
  ASSERT_TRUE(succeeds("kill -STOP $(" + its_pid + ")"));
  far.set_up(false);
  ASSERT_TRUE(
      comes_to([] { return run("ip nexthop get id 7800004").output.find("via") == std::string::npos; }));
  far.set_up(true);
  ASSERT_TRUE(comes_to([] { return run("cat /sys/class/net/up1/operstate").output == "up\n"; }));
  ASSERT_TRUE(succeeds("kill -CONT $(" + its_pid + ")"));
  EXPECT_TRUE(comes_to([&] {
    return run("ip route get 192.0.2.9").output.find("via 203.0.113.1") != std::string::npos;
  })) << objects();
  EXPECT_EQ(objects(), before);
}

// The real one, and what was asked of it.
class Recorder : public Switcher {
 public:
  explicit Recorder(Switcher& real) : real_(real) {}
  Result<std::vector<Nexthop>> nexthops(uint32_t first, uint32_t last) override {
    return real_.nexthops(first, last);
  }
  Result<> put(const Nexthop& nexthop) override { return add("put"), real_.put(nexthop); }
  Result<> restore(const Route& route) override { return add("restore"), real_.restore(route); }
  Result<> forget_connections(const Mark& mark) override {
    add("forget");
    return real_.forget_connections(mark);
  }
  std::vector<std::string> take() {
    std::lock_guard guard(mutex_);
    return std::exchange(asked_, {});
  }

 private:
  void add(const char* what) {
    std::lock_guard guard(mutex_);
    if (asked_.empty() || asked_.back() != what) asked_.emplace_back(what);
  }

  Switcher& real_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
};

TEST_F(LeftUplink, ConnectionsAreForgottenAfterTheRoutesAreBack) {
  auto switcher = open_switcher();
  ASSERT_TRUE(switcher);
  Recorder recorder(**switcher);
  HostFiles files(box_.path());
  std::array<int, 2> stop{};
  ASSERT_EQ(pipe(stop.data()), 0);
  Uplinks uplinks = uplinks_;
  assign_numbers(uplinks), fill_defaults(uplinks);
  watch::Ways ways{uplinks, {}, {default_route(kTableMain, 7800000)}};
  class : public Log {
    void write(const LogEntry&) override {}
  } log;
  std::thread watcher([&] {
    (void)watch::run_watcher({.files = files,
                              .switcher = recorder,
                              .log = log,
                              .load = [&] { return std::optional(ways); },
                              .change_pending = [] { return false; },
                              .kernel = netns_identity(),
                              .view_path = "/view",
                              .metrics_path = {},
                              .socket_path = box_.path() + "/socket",
                              .ledger_path = box_.path() + "/ledger",
                              .stop_fd = stop[0]});
  });
  EXPECT_TRUE(comes_to([&] { return run("ls " + box_.path() + "/view").ok(); }));
  (void)recorder.take();
  FarEnd(named_netns("is1"), "dn1").set_up(false);
  std::vector<std::string> asked;
  EXPECT_TRUE(comes_to([&] {
    for (std::string& one : recorder.take()) asked.push_back(std::move(one));
    return !asked.empty() && asked.back() == "forget";
  }));
  EXPECT_THAT(asked, ElementsAre("put", "restore", "forget"));
  (void)!write(stop[1], "x", 1);
  watcher.join();
  close(stop[0]), close(stop[1]);
}

}  // namespace
}  // namespace netcfg::test
