// How soon traffic leaves an uplink that fails: measured and printed, and judged by the order of what
// happens. NETCFG_FAILURES says how many of each kind there are.
#include <gmock/gmock.h>
#include <poll.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/netns/watch_fixture.h"
#include "tests/support/failover_meter.h"
#include "tests/support/far_end.h"
#include "tests/support/new_netns.h"
#include "tests/support/random.h"

namespace netcfg::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr uint32_t kPolicy = 7800000, kA = 7800004, kB = 7800008;

size_t failures() {
  const char* text = getenv("NETCFG_FAILURES");  // NOLINT: read before any thread starts
  return text != nullptr ? strtoul(text, nullptr, 10) : 10;
}

class Failover : public Watch {
 protected:
  void SetUp() override {
    Watch::SetUp();
    if (!netns_) return;
    // The stream goes where no probe goes.
    ASSERT_TRUE(succeeds("for n in 1 2; do ip -n is$n addr add 192.0.2.8/32 dev lo || exit; done"));
    provider_ = named_netns("is1");
    far_.emplace(provider_, "dn1");
  }

  // Fails again and again, each time at another moment of whatever goes round meanwhile, and comes back after
  // a random while: so that one failure may follow another shortly.
  void measure(const std::string& what, const std::function<void(bool works)>& set,
               const std::string& reason) {
    keep();
    start();
    FailoverMeter meter(*parse_ip("192.0.2.8"));
    Rng random(failures());
    Distribution switched, flows;
    meter.pass(milliseconds(300));
    for (size_t i = 0; i < failures(); ++i) {
      meter.pass(microseconds(random.below(700'000)));
      auto times = meter.measure([&] { set(false); }, kPolicy, kB, kPatience);
      ASSERT_TRUE(times.came) << i << " " << times.switched.count() << " µs, " << times.flows.count() << " µs"
                              << watcher_->rest() << objects();
      switched.add(times.switched), flows.add(times.flows);
      ASSERT_TRUE(hears("uplink a is down: " + reason)) << watcher_->rest();
      meter.pass(microseconds(random.below(300'000)));
      set(true);
      ASSERT_TRUE(meter.wait_for(kPolicy, kA, kPatience)) << i << watcher_->rest() << objects();
      ASSERT_TRUE(hears("uplink a is active"));
    }
    std::cout << "  " << what << ", " << failures() << " times:\n    the kernel's group is another after "
              << switched.text() << "\n    an echo request is answered again after " << flows.text() << "\n";
  }

  Fd provider_;
  std::optional<FarEnd> far_;
};

class FailoverOfCards : public Failover {
 protected:
  FailoverOfCards() { like_cards_ = true; }
};

TEST_F(Failover, OfALostCarrierThatTheKernelTellsAtOnce) {
  measure(
      "a lost carrier, told at once", [&](bool works) { far_->set_up(works); }, "up1 has no carrier");
}

TEST_F(FailoverOfCards, OfALostCarrierThatTheKernelMayTellLate) {
  measure(
      "a lost carrier, as of a card", [&](bool works) { far_->set_up(works); }, "up1 has no carrier");
}

TEST_F(Failover, OfAGatewayThatDoesNotAnswer) {
  measure(
      "ARP every 100 ms, 3 in a row", [&](bool works) { far_->set_arp(works); },
      "neighbour 203.0.113.1: no answer to 3 probes in a row");
}

TEST_F(Failover, OfAHostBeyondThatDoesNotAnswer) {
  for (Uplink& uplink : uplinks_.links) uplink.health.targets = {*parse_probe("ping:192.0.2.9")};
  measure(
      "ping every 100 ms, 3 in a row", [&](bool works) { far_->set_arp(works); },
      "ping:192.0.2.9: no answer to 3 probes in a row");
}

// The kernel holds back such news for up to a second after the last of its kind. What it keeps to itself of
// another link meanwhile shows that the watcher did not wait for it.
TEST_F(FailoverOfCards, ALostCarrierIsSeenBeforeTheKernelTells) {
  for (const char* n : {"3", "4"})
    ASSERT_TRUE(succeeds(std::string("ip link add x") + n + " index 20" + n + " type veth peer name y" + n +
                         " index 20" + n + " netns is1 && ip link set x" + n + " up && ip -n is1 link set y" +
                         n + " up"));
  for (Uplink& uplink : uplinks_.links) uplink.health.interval = 60'000, uplink.health.timeout = 50'000;
  keep();
  start();
  FarEnd first(provider_, "y3"), second(provider_, "y4");
  KernelEar ear;
  auto next = [&](auto&& wanted) {
    for (KernelNews one; true;) {
      if (ear.take(one)) {
        if (wanted(one)) return one;
        continue;
      }
      pollfd poll_fd{ear.fd(), POLLIN, 0};
      if (poll(&poll_fd, 1, static_cast<int>(kPatience.count())) != 1) throw std::runtime_error("no news");
    }
  };
  auto lost = [](const KernelNews& one, uint32_t index) {
    return one.link && one.id == index && !one.carrier;
  };
  first.set_up(false);
  (void)next([&](const KernelNews& one) { return lost(one, 203); });
  second.set_up(false);
  far_->set_up(false);
  auto came = next([&](const KernelNews& one) {
    return lost(one, 204) || (one.id == kPolicy && !one.link && one.members == std::vector{kB});
  });
  EXPECT_FALSE(came.link) << "the switch came after the news that was held back";
  EXPECT_TRUE(hears("uplink a is down: up1 has no carrier")) << watcher_->rest();
  EXPECT_THAT(way(), HasSubstr("dev up2"));
}

}  // namespace
}  // namespace netcfg::test
