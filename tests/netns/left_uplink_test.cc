// What a failed uplink leaves behind: connections that would go on by it, and next hops that Linux deleted.
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <functional>
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

// The real one, what was asked of it, and what happens once the kernel was looked at.
class Recorder : public Switcher {
 public:
  explicit Recorder(Switcher& real) : real_(real) {}

  Result<std::vector<Nexthop>> nexthops(uint32_t first, uint32_t last) override {
    auto out = real_.nexthops(first, last);
    std::lock_guard guard(mutex_);
    if (meanwhile_) std::exchange(meanwhile_, {})();
    return out;
  }
  Result<> make(const Nexthop& nexthop) override { return add("make"), real_.make(nexthop); }
  Result<> replace(const Nexthop& nexthop) override { return add("replace"), real_.replace(nexthop); }
  Result<> restore(const Route& route) override { return add("restore"), real_.restore(route); }
  Result<> forget_connections(const Mark& mark) override {
    add("forget");
    return real_.forget_connections(mark);
  }

  std::vector<std::string> take() {
    std::lock_guard guard(mutex_);
    return std::exchange(asked_, {});
  }
  // Just after the next look, before anything is written that follows from it.
  void after_next_look(std::function<void()> what) {
    std::lock_guard guard(mutex_);
    meanwhile_ = std::move(what);
  }

 private:
  void add(const char* what) {
    std::lock_guard guard(mutex_);
    if (asked_.empty() || asked_.back() != what) asked_.emplace_back(what);
  }

  Switcher& real_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::function<void()> meanwhile_;
};

// The watcher as a thread of the test's.
class RecordedWatch : public LeftUplink {
 protected:
  void SetUp() override {
    LeftUplink::SetUp();
    if (!netns_) return;
    auto switcher = open_switcher();
    ASSERT_TRUE(switcher);
    switcher_ = std::move(*switcher);
    recorder_.emplace(*switcher_);
    ASSERT_EQ(pipe(stop_.data()), 0);
    Uplinks uplinks = uplinks_;
    assign_numbers(uplinks), fill_defaults(uplinks);
    ways_ = {uplinks, {}, {default_route(kTableMain, 7800000)}};
    watcher_thread_ = std::thread([this] {
      HostFiles files(box_.path());
      (void)watch::run_watcher({.files = files,
                                .switcher = *recorder_,
                                .log = log_,
                                .load = [&] { return std::optional(ways_); },
                                .change_pending = [] { return false; },
                                .kernel = netns_identity(),
                                .view_path = "/view",
                                .metrics_path = {},
                                .socket_path = box_.path() + "/socket",
                                .ledger_path = box_.path() + "/ledger",
                                .stop_fd = stop_[0]});
    });
    ASSERT_TRUE(comes_to([&] { return run("ls " + box_.path() + "/view").ok(); }));
    (void)recorder_->take();
  }
  void TearDown() override {
    if (watcher_thread_.joinable()) {
      (void)!write(stop_[1], "x", 1);
      watcher_thread_.join();
      close(stop_[0]), close(stop_[1]);
    }
    LeftUplink::TearDown();
  }

  class : public Log {
    void write(const LogEntry&) override {}
  } log_;
  std::unique_ptr<Switcher> switcher_;  // of the test's own namespace
  std::optional<Recorder> recorder_;
  watch::Ways ways_;
  std::array<int, 2> stop_{};
  std::thread watcher_thread_;
};

TEST_F(RecordedWatch, ConnectionsAreForgottenAfterTheRoutesAreBack) {
  FarEnd(named_netns("is1"), "dn1").set_up(false);
  std::vector<std::string> asked;
  EXPECT_TRUE(comes_to([&] {
    for (std::string& one : recorder_->take()) asked.push_back(std::move(one));
    return !asked.empty() && asked.back() == "forget";
  }));
  EXPECT_THAT(asked, ElementsAre("make", "restore", "forget"));
}

// A carrier that is lost at that moment: to replace a group that is gone would bring it back and leave its
// routes away.
TEST_F(RecordedWatch, RoutesOfAGroupThatGoesWhileItIsReplacedAreMadeAgain) {
  recorder_->after_next_look([] { EXPECT_TRUE(succeeds("ip nexthop del id 7800000")); });
  FarEnd(named_netns("is1"), "dn1").set_arp(false);
  EXPECT_TRUE(comes_to([] { return way().find("via 198.51.100.1") != std::string::npos; })) << objects();
}

}  // namespace
}  // namespace netcfg::test
