// Uplinks on links that only Debian's own kernel has, a bond and a VLAN, and its carriers: the watcher leaves
// what fails.
#include <gmock/gmock.h>
#include <poll.h>

#include <iostream>
#include <stdexcept>

#include "tests/support/far_end.h"
#include "tests/support/kernel_news.h"
#include "tests/support/netns.h"
#include "tests/support/new_netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/watcher.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPatience{60'000};

// host bond0 (m1 or m2) ──── p1, p2: ports of provider a's switch sw, 203.0.113.1
//      v1, VLAN 100     ──── w1, VLAN 100 of provider b, 198.51.100.1
// The ends of v1 have the same index, so that its carrier counts as a card's (linkwatch_urgent_event()).
class LabUplinks : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds(
        "mount -t tmpfs tmpfs /run && ip netns add a && ip netns add b && "
        "ip -n a link add sw type bridge && for n in 1 2; do "
        "ip link add m$n type veth peer name p$n netns a && ip -n a link set p$n master sw up; done && "
        "ip -n a link set sw up && ip -n a addr add 203.0.113.1/24 dev sw && "
        "ip link add v1 index 91 type veth peer name w1 index 91 netns b && ip -n b link set w1 up && "
        "ip -n b link add link w1 name w1.100 type vlan id 100 && ip -n b link set w1.100 up && "
        "ip -n b addr add 198.51.100.1/24 dev w1.100"));
    for (const char* ns : {"a", "b"})
      ASSERT_TRUE(succeeds(std::string("ip -n ") + ns + " link set lo up && ip -n " + ns +
                           " addr add 192.0.2.9/32 dev lo"));
  }

  void start(int priority_of_bond, int priority_of_vlan) {
    box_.write("spec.yaml",
               "netcfg: 1\ninterfaces:\n  m1: {}\n  m2: {}\n  v1: {}\n"
               "  bond0: { bond: { mode: active-backup, members: [m1, m2], miimon: 50ms }, addresses: "
               "[203.0.113.10/24] }\n"
               "  v1.100: { vlan: { parent: v1, id: 100 }, addresses: [198.51.100.10/24] }\n"
               "uplinks:\n  failback: immediately\n  links:\n"
               "    a: { interface: bond0, id: 1, gateway: 203.0.113.1, priority: " +
                   std::to_string(priority_of_bond) +
                   ", health: &h { interval: 1s, up-after: 1 } }\n"
                   "    b: { interface: v1.100, id: 2, gateway: 198.51.100.1, priority: " +
                   std::to_string(priority_of_vlan) + ", health: *h }\n");
    auto ended = box_.run("$N --root $T apply --yes --no-check spec.yaml");
    ASSERT_EQ(ended.status, 0) << ended.err;
    watcher_ = start_watcher(box_, 2);
    ASSERT_TRUE(watcher_);
  }
  testing::AssertionResult hears(const std::string& text) {
    if (watcher_->read_until(text, kPatience)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not heard: " << text << "\n" << watcher_->rest();
  }
  static std::string way() { return run("ip route get 192.0.2.9").output; }
  void expect_no_drift() {
    auto ended = box_.run("$N --root $T drift spec.yaml");
    EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  }

  Sandbox box_;
  std::unique_ptr<Child> watcher_;
};

TEST_F(LabUplinks, ABondIsLeftWhenItsLastMemberHasNoCarrier) {
  start(1, 2);
  EXPECT_THAT(way(), HasSubstr("dev bond0"));
  FarEnd first(named_netns("a"), "p1"), second(named_netns("a"), "p2");
  first.set_up(false);
  ASSERT_TRUE(succeeds("until grep -q 'Currently Active Slave: m2' /proc/net/bonding/bond0; do :; done"));
  EXPECT_THAT(way(), HasSubstr("dev bond0")) << "the other member carries it";
  second.set_up(false);
  ASSERT_TRUE(hears("uplink a is down: bond0 has no carrier"));
  ASSERT_TRUE(hears("uplink b is active"));
  EXPECT_THAT(way(), HasSubstr("dev v1.100"));
  expect_no_drift();
  first.set_up(true);
  ASSERT_TRUE(hears("uplink a is active"));
  EXPECT_THAT(way(), HasSubstr("dev bond0"));
  expect_no_drift();
}

// What the kernel has to tell of another card at the same time it holds back for up to a second: the watcher
// does not wait for it, nor until the VLAN is told of its parent's carrier.
TEST_F(LabUplinks, AVlanIsLeftWhenItsParentHasNoCarrier) {
  for (const char* n : {"3", "4"})
    ASSERT_TRUE(succeeds(std::string("ip link add x") + n + " index 20" + n + " type veth peer name y" + n +
                         " index 20" + n + " netns b && ip link set x" + n + " up && ip -n b link set y" + n +
                         " up"));
  start(2, 1);
  EXPECT_THAT(way(), HasSubstr("dev v1.100"));
  FarEnd first(named_netns("b"), "y3"), second(named_netns("b"), "y4"), far(named_netns("b"), "w1");
  KernelEar ear;
  auto next = [&](auto&& wanted) {
    for (KernelNews one; true;) {
      pollfd news{ear.fd(), POLLIN, 0};
      if (ear.take(one)) {
        if (wanted(one)) return one;
      } else if (poll(&news, 1, static_cast<int>(kPatience.count())) != 1) {
        throw std::runtime_error("no news");
      }
    }
  };
  auto lost = [](const KernelNews& one, uint32_t index) {
    return one.link && one.id == index && !one.carrier;
  };
  first.set_up(false);
  (void)next([&](const KernelNews& one) { return lost(one, 203); });
  second.set_up(false);
  auto begin = Clock::now();
  far.set_up(false);
  auto came = next([&](const KernelNews& one) {
    return lost(one, 204) ||
           (!one.link && one.id == 7800000 && one.members == std::vector<uint32_t>{7800004});
  });
  EXPECT_FALSE(came.link) << "the switch came after the news that was held back";
  std::cout << "  a VLAN's parent lost its carrier: switched after "
            << std::chrono::duration_cast<milliseconds>(came.at - begin).count() << " ms, in an emulator\n";
  ASSERT_TRUE(hears("uplink b is down: v1 has no carrier"));
  EXPECT_THAT(way(), HasSubstr("dev bond0"));
  far.set_up(true);
  ASSERT_TRUE(hears("uplink b is active"));
  EXPECT_THAT(way(), HasSubstr("dev v1.100"));
  expect_no_drift();
}

TEST_F(LabUplinks, ABondIsLeftWhenItsGatewayDoesNotAnswer) {
  start(1, 2);
  FarEnd far(named_netns("a"), "sw");
  far.set_arp(false);
  ASSERT_TRUE(hears("uplink a is down: neighbour 203.0.113.1: no answer to 3 probes in a row"));
  ASSERT_TRUE(hears("uplink b is active"));
  EXPECT_THAT(way(), HasSubstr("dev v1.100"));
  far.set_arp(true);
  ASSERT_TRUE(hears("uplink a is active"));
  EXPECT_THAT(way(), HasSubstr("dev bond0"));
  expect_no_drift();
}

}  // namespace
}  // namespace netcfg::test
