// The guard on links that only Debian's own kernel has: bonds and VLANs on the way to the gateway.
#include <gmock/gmock.h>

#include <chrono>

#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/ssh_drill.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// host bond0 (m1 or m2) ──── p1, p2: ports of the gateway's switch, which speaks in VLAN 100
//           m3          ──── p3: a cable that leads nowhere
class LabGuard : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("mount -t tmpfs tmpfs /run && ip netns add gw"));
    for (const char* n : {"1", "2", "3"})
      ASSERT_TRUE(succeeds(std::string("ip link add m") + n + " type veth peer name p" + n +
                           " netns gw && ip -n gw link set p" + n + " up"));
    ASSERT_TRUE(
        succeeds("ip -n gw link add sw type bridge && ip -n gw link set p1 master sw"
                 " && ip -n gw link set p2 master sw && ip -n gw link set sw up"
                 " && ip -n gw link add link sw name sw.100 type vlan id 100"
                 " && ip -n gw addr add 192.0.2.254/24 dev sw.100 && ip -n gw link set sw.100 up"));
    box_.write("a.yaml", spec("m1, m2", 100));
    auto ended = box_.run(
        "$N --root $T apply -q a.yaml && timeout 20 bash -c '</dev/tcp/192.0.2.254/9' 2>&1 | grep -q "
        "refused");
    ASSERT_EQ(ended.status, 0) << ended.err;
  }
  static std::string spec(const std::string& members, int vlan) {
    return "netcfg: 1\nguard: { window: 12s, probes: [gateway] }\n"
           "interfaces:\n  bond0: { mac: '02:00:00:00:00:b0', bond: { mode: active-backup, members: [" +
           members +
           "], miimon: 100ms } }\n"
           "  bond0.100: { vlan: { parent: bond0, id: " +
           std::to_string(vlan) +
           " }, addresses: [192.0.2.1/24] }\n"
           "routes: [{ to: default, via: 192.0.2.254 }]\n";
  }
  void expect_taken_back(const std::string& other) {
    box_.write("b.yaml", other);
    auto ended = box_.run("$N --root $T apply -q b.yaml");
    EXPECT_EQ(ended.status, 3) << ended.out;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("was not kept: connectivity was lost: gateway 192.0.2.254"),
                                 HasSubstr("The earlier state is restored and verified.")));
    ended = box_.run(
        "$N --root $T drift a.yaml && timeout 20 bash -c '</dev/tcp/192.0.2.254/9' 2>&1 | grep -q refused");
    EXPECT_EQ(ended.status, 0) << "the way to the gateway is not back\n" << ended.out << ended.err;
    EXPECT_THAT(box_.run("$N --root $T history").out, HasSubstr("reverted: connectivity was lost"));
  }

  Sandbox box_;
};

TEST_F(LabGuard, ABondsMembersThatLeadNowhere) {
  expect_taken_back(spec("m3", 100));
}

TEST_F(LabGuard, AnotherVlan) {
  expect_taken_back(spec("m1, m2", 200));
}

TEST_F(LabGuard, AMemberLessIsKept) {
  box_.write("b.yaml", spec("m2", 100));
  auto ended = box_.run("$N --root $T apply -q b.yaml && $N --root $T drift b.yaml && $N --root $T history");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("*    2  "));
}

// An SSH session that comes by VLAN 100 on a bond.
class LabDrill : public SshDrillTest {
 protected:
  static constexpr std::chrono::seconds kPatience{120};

  void SetUp() override {
    SshDrillTest::SetUp();
    if (!drill_) return;
    ASSERT_TRUE(succeeds("ip link add m2 type veth peer name nowhere && ip link set nowhere up"));
    ASSERT_TRUE(drill_
                    ->admin("ip link add link eth0 name eth0.100 type vlan id 100 && ip addr flush dev eth0"
                            " && ip link set eth0.100 up && ip addr add 192.0.2.7/24 dev eth0.100")
                    .ok());
    box_.write("a.yaml", spec("eth0", 100));
    auto ended = box_.run("ip addr flush dev eth0 && $N --root $T apply -q --no-check a.yaml");
    ASSERT_EQ(ended.status, 0) << ended.err;
    auto answer = drill_->ask("echo still here", kPatience);
    ASSERT_THAT(answer.output, HasSubstr("still here"));
  }
  static std::string spec(const std::string& member, int vlan) {
    return "netcfg: 1\nguard: { window: 15s }\n"
           "interfaces:\n  bond0: { bond: { mode: active-backup, members: [" +
           member +
           "], miimon: 100ms } }\n  bond0.100: { vlan: { parent: bond0, id: " + std::to_string(vlan) +
           " }, addresses: [192.0.2.1/24] }\n";
  }
  // The session that made the change hears that it was taken back: it is the same connection.
  void expect_taken_back(const std::string& other) {
    box_.write("b.yaml", other);
    auto answer = drill_->ask("$N --root $T apply -q --yes b.yaml; echo status=$?", kPatience);
    EXPECT_THAT(answer.output,
                AllOf(HasSubstr("connectivity was lost: ssh 192.0.2.7 port "),
                      HasSubstr("The earlier state is restored and verified."), HasSubstr("status=3")));
    EXPECT_TRUE(drill_->connected());
    EXPECT_EQ(box_.run("$N --root $T drift a.yaml").status, 0);
  }
};

TEST_F(LabDrill, ABondsMembers) {
  expect_taken_back(spec("m2", 100));
}

TEST_F(LabDrill, AVlan) {
  expect_taken_back(spec("eth0", 200));
}

}  // namespace
}  // namespace netcfg::test
