// Whatever write fails, the state before is restored: on this machine's kernel, at every step of a long plan.
#include <gmock/gmock.h>

#include "netcfg/kernel/kernel.h"
#include "tests/support/faulty_kernel.h"
#include "tests/support/managed.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

// A bridge without ports has no identifier of its own until its MAC address is set, and a carrier only until
// then (br_stp_change_bridge_id() in net/bridge/br_stp_if.c); so br1 is given one.
constexpr const char* kBefore = R"(netcfg: 1
interfaces:
  eth0: { mtu: 1500, addresses: [203.0.113.10/24, { address: 203.0.113.11/24, label: "eth0:1" }, 2001:db8:a::1/64] }
  eth1: { addresses: [198.51.100.1/24], neighbors: [{ address: 198.51.100.9, mac: "02:00:00:00:00:09" }] }
  ve0: { veth: { peer: ve1 }, mtu: 1400, mac: "02:aa:00:00:00:01", addresses: [192.0.2.10/24] }
  ve1: { veth: { peer: ve0 } }
  br0: { bridge: { members: { ve1: { cost: 10 } }, forward-delay: 4s }, addresses: [10.5.0.1/24] }
  br1: { bridge: {}, mac: "02:aa:00:00:00:11", addresses: [10.6.0.1/24, { address: "2001:db8:6::1/64", nodad: true }] }
  vx0: { vxlan: { id: 100, local: 203.0.113.10, port: 4789 }, addresses: [10.7.0.1/24] }
  mv0: { macvlan: { parent: eth1, mode: bridge }, addresses: [10.8.0.1/24] }
tables: { telecom: 101 }
nexthops:
  10: { via: 203.0.113.1, dev: eth0 }
  11: { via: 192.0.2.1, dev: ve0 }
  12: { via: 10.5.0.2, dev: br0 }
  20: { group: { 10: 2, 11: 1 } }
routes:
  - { to: 10.30.0.0/16, nexthop: 20 }
  - { to: 10.31.0.0/16, nexthop: 12 }
  - { to: default, via: 203.0.113.1 }
  - { to: default, table: telecom, via: 203.0.113.1, dev: eth0 }
  - { to: 10.50.0.0/16, via: 10.5.0.2, metric: 10 }
  - { to: 10.60.0.0/16, via: 10.6.0.2 }
  - { to: 10.70.0.0/16, via: 10.7.0.2 }
  - { to: 10.80.0.0/16, via: 10.8.0.2 }
  - { to: "2001:db8:60::/48", via: "2001:db8:6::2" }
rules:
  - { priority: 1000, from: 203.0.113.10, table: telecom }
  - { priority: 1100, fwmark: 7, table: telecom }
sysctl: { net.ipv4.ip_forward: 1 }
)";

// Cards renamed in a circle, a link changed, made anew and deleted, and all that stands on them.
constexpr const char* kAfter = R"(netcfg: 1
interfaces:
  eth0: { match: { permanent-mac: "02:00:00:00:00:02" }, mtu: 1450, addresses: [198.51.100.1/24, 198.51.100.2/24], neighbors: [{ address: 198.51.100.8, mac: "02:00:00:00:00:08" }] }
  eth1: { match: { permanent-mac: "02:00:00:00:00:01" }, addresses: [203.0.113.11/24, 203.0.113.10/24] }
  ve0: { veth: { peer: ve1 }, mtu: 1300, mac: "02:aa:00:00:00:02", addresses: [192.0.2.10/24, 192.0.2.11/24] }
  ve1: { veth: { peer: ve0 } }
  ve2: { veth: { peer: ve3 }, addresses: [10.9.0.1/24] }
  ve3: { veth: { peer: ve2 } }
  br0: { bridge: { members: { ve1: { cost: 20 }, ve3: {} }, forward-delay: 8s, ageing-time: 60s }, addresses: [10.5.0.1/16] }
  vx0: { vxlan: { id: 101, local: 203.0.113.10, port: 4790 }, addresses: [10.7.0.1/24, 10.7.0.2/24] }
tables: { telecom: 102 }
nexthops:
  10: { via: 203.0.113.2, dev: eth1 }
  11: { group: { 10: 1, 12: 3 } }
  12: { via: 10.5.0.3, dev: br0 }
  13: { blackhole: true }
routes:
  - { to: 10.30.0.0/16, nexthop: 11 }
  - { to: 10.32.0.0/16, nexthop: 13 }
  - { to: default, via: 203.0.113.2 }
  - { to: default, table: telecom, via: 198.51.100.9, dev: eth0 }
  - { to: 10.50.0.0/16, via: 10.5.0.3, metric: 10, mtu: 1200 }
  - { to: 10.70.0.0/16, via: 10.7.0.9 }
  - { to: 10.90.0.0/16, next-hops: [{ via: 10.9.0.2 }, { via: 10.5.0.9, weight: 3 }] }
  - { to: 10.91.0.0/16, type: blackhole }
  - { to: 10.92.0.0/16, via: 10.9.0.2, src: 10.9.0.1 }
  - { to: "2001:db8:92::/48", type: unreachable }
rules:
  - { priority: 1000, from: 203.0.113.10, table: telecom }
  - { priority: 1200, iif: br0, table: telecom }
  - { priority: 1300, family: ipv6, to: 2001:db8:77::/48, action: unreachable }
sysctl: { net.ipv4.ip_forward: 0, net.ipv4.conf.br0.rp_filter: 2 }
)";

class Faults : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    // Two cards, whose cables lead out of here; and what other programs have made.
    ASSERT_TRUE(
        succeeds("sysctl -qw net.ipv6.conf.all.dad_transmits=0 net.ipv6.conf.default.dad_transmits=0 && "
                 "mount -t tmpfs tmpfs /run && ip netns add far && "
                 "for i in 0 1; do ip link add name eth$i address 02:00:00:00:00:0$((i + 1)) type veth "
                 "peer name far$i netns far && ip -n far link set dev far$i up; done"));
    auto opened = open_kernel();
    ASSERT_TRUE(opened) << opened.error().message;
    real_ = std::move(*opened);
    kernel_ = std::make_unique<FaultyKernel>(*real_);
    kernel_->cards = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
    managed_ = std::make_unique<Managed>(*kernel_);
    ASSERT_TRUE(went_well(managed_->apply(kBefore)));
    ASSERT_TRUE(
        succeeds("ip addr add 203.0.113.200/32 dev eth0 && ip addr add 198.51.100.77/24 dev eth1 && "
                 "ip route add 172.16.0.0/12 via 203.0.113.1 proto bird && "
                 "ip route add 172.31.0.0/16 via 198.51.100.9 proto zebra metric 20 && "
                 "ip -6 route add 2001:db8:fff::/48 via 2001:db8:6::9 dev br1 proto bird && "
                 "ip nexthop add id 99 via 203.0.113.1 dev eth0 proto bird && ip route add 172.20.0.0/16 "
                 "nhid 99 proto bird && "
                 "ip rule add priority 50 from 172.16.0.0/12 table 50 && "
                 "ip neigh add 10.5.0.77 lladdr 02:00:00:00:00:77 nud permanent dev br0"));
  }
  void TearDown() override {
    managed_.reset();
    kernel_.reset();
    real_.reset();
    NetnsTest::TearDown();
  }

  // Each write of the plan in turn fails; afterwards all is as before.
  void fails_everywhere(Fault fault) {
    auto planned = managed_->plan(kAfter);
    ASSERT_TRUE(planned->plan) << planned->text();
    ASSERT_GE(planned->writes(), 40U) << planned->text();
    std::string before = dump_when_quiet();
    for (size_t k = 0; k < planned->writes(); ++k) {
      SCOPED_TRACE("write " + std::to_string(k) + " fails, " + kFaultNames[static_cast<int>(fault)]);
      auto again = managed_->plan(kAfter);
      ASSERT_EQ(again->text(), planned->text()) << "another plan than the first time";
      kernel_->fail_at(k, fault, EIO);
      Applied applied = managed_->apply(*again);
      EXPECT_TRUE(kernel_->failed());
      ASSERT_EQ(applied.outcome, Outcome::restored) << problems_of(applied) << "\n" << planned->text();
      ASSERT_TRUE(comes_to(before)) << kernel_->journal() << planned->text();
    }
  }

  std::unique_ptr<Kernel> real_;
  std::unique_ptr<FaultyKernel> kernel_;
  std::unique_ptr<Managed> managed_;
};

TEST_F(Faults, TheSpecIsReachedWithoutThem) {
  ASSERT_TRUE(went_well(managed_->apply(kAfter)));
  auto rest = managed_->plan(kAfter);
  EXPECT_TRUE(rest->plan && rest->plan->empty()) << rest->text();
  ASSERT_TRUE(went_well(managed_->apply(kBefore)));
  EXPECT_THAT(run("ip rule").output, testing::HasSubstr("from 172.16.0.0/12 lookup 50"));
  EXPECT_THAT(run("ip route").output, testing::HasSubstr("172.16.0.0/12"));
}

TEST_F(Faults, ARefusedWriteAnywhere) {
  fails_everywhere(Fault::before);
}
TEST_F(Faults, AnAnswerLostAnywhere) {
  fails_everywhere(Fault::after);
}
TEST_F(Faults, ARefusedWriteInABatchAnywhere) {
  fails_everywhere(Fault::batch);
}

}  // namespace
}  // namespace netcfg::test
