// The program against a real kernel: plan, apply, drift, repair, and what keeps it from starting.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/link_monitor.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* kSpec = R"(netcfg: 1
interfaces:
  ve0:
    veth: { peer: ve1 }
    mtu: 1400
    addresses:
      - 192.0.2.10/24
      - { address: 192.0.2.11/24, label: "ve0:1" }
  ve1: { veth: { peer: ve0 } }
  br0: { bridge: { members: [ve1] }, addresses: [198.51.100.1/24] }
tables: { telecom: 101 }
routes:
  - { to: 10.0.0.0/8, via: 192.0.2.1 }
  - { to: default, table: telecom, via: 192.0.2.1, dev: ve0 }
rules:
  - { priority: 1000, from: 192.0.2.10, table: telecom }
)";

class Apply : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    // Duplicate address detection and the like go on after an apply.
    ASSERT_TRUE(succeeds("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"));
    box_.write("spec.yaml", kSpec);
  }
  Sandbox::Ended netcfg(const std::string& arguments) { return box_.run("$N --root $T " + arguments); }
  void applied() {
    auto ended = netcfg("apply spec.yaml");
    ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
  }
  // The kernel works out a link's operational state some time later.
  std::string state() {
    std::string text = dump_state();
    for (size_t at = 0; (at = text.find("state UNKNOWN", at)) != text.npos;) text.replace(at, 13, "state UP");
    return text;
  }

  Sandbox box_;
};

TEST_F(Apply, BringsTheHostToTheSpecAndIsThenSilent) {
  auto planned = netcfg("plan --detailed-exitcode spec.yaml");
  EXPECT_EQ(planned.status, 2) << planned.err;
  EXPECT_THAT(planned.out, AllOf(HasSubstr("br0"), HasSubstr("192.0.2.11/24"), HasSubstr("Plan: ")));
  EXPECT_EQ(netcfg("plan spec.yaml").status, 0);
  EXPECT_EQ(netcfg("drift spec.yaml").status, 2);
  auto ended = netcfg("apply spec.yaml");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("Applied and verified: "));
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(run("ip addr show ve0").output, AllOf(HasSubstr("mtu 1400"), HasSubstr("ve0:1")));
  EXPECT_THAT(run("ip rule").output, HasSubstr("from 192.0.2.10 lookup 101"));
  EXPECT_THAT(run("ip route show table 101").output, HasSubstr("default via 192.0.2.1 dev ve0"));
  auto drift = netcfg("drift spec.yaml");
  EXPECT_EQ(drift.status, 0);
  EXPECT_THAT(drift.out + drift.err, IsEmpty());
  EXPECT_EQ(netcfg("plan --detailed-exitcode spec.yaml").status, 0);
  EXPECT_EQ(netcfg("diff").status, 0);
}

TEST_F(Apply, TheDefaultSpecIsTaken) {
  box_.write("etc/netcfg/netcfg.yaml", kSpec);
  EXPECT_EQ(netcfg("apply").status, 0);
  EXPECT_EQ(netcfg("drift").status, 0);
}

TEST_F(Apply, DriftNamesWhatDiffersAndApplyRepairsIt) {
  applied();
  std::string before = state();
  ASSERT_TRUE(
      succeeds("ip link set ve0 mtu 1300 && ip addr del 192.0.2.11/24 dev ve0 && ip rule del priority 1000"));
  auto drift = netcfg("drift spec.yaml");
  EXPECT_EQ(drift.status, 2);
  EXPECT_THAT(drift.out, AllOf(HasSubstr("ve0 mtu: is 1300, should be 1400\n"),
                               HasSubstr("address ve0 192.0.2.11/24: is missing\n"), HasSubstr("rule ")));
  auto diff = netcfg("diff");
  EXPECT_EQ(diff.status, 2);
  EXPECT_THAT(diff.out, AllOf(HasSubstr("--- last applied\n+++ live\n"),
                              HasSubstr("~ link ve0\n    mtu: 1400 → 1300\n"),
                              HasSubstr("- address ve0 192.0.2.11/24\n")));
  applied();
  EXPECT_EQ(state(), before);
  EXPECT_EQ(netcfg("drift spec.yaml").status, 0);
}

TEST_F(Apply, TheSecondTimeNothingIsWrittenAnywhere) {
  applied();
  ASSERT_TRUE(run("touch -d '2001-01-01' " + box_.path() + "/stamp").ok());
  ASSERT_TRUE(
      run("find " + box_.path() + " -newer " + box_.path() + "/stamp -exec touch -d 2000-01-01 {} +").ok());
  // That a link has its carrier the kernel tells up to a second later.
  ASSERT_TRUE(
      succeeds("timeout 20 sh -c 'for l in ve0 ve1 br0; do"
               " until grep -qx up /sys/class/net/$l/operstate; do :; done; done'"));
  LinkMonitor monitor;
  auto ended = netcfg("apply spec.yaml");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "Nothing to do: the host is as specified.\n");
  EXPECT_EQ(monitor.messages(), 0);
  // The test's own output files are new.
  EXPECT_THAT(run("find " + box_.path() + " -newer " + box_.path() + "/stamp ! -path '*/.io*'").output,
              IsEmpty());
  ASSERT_TRUE(succeeds("ip link set ve0 mtu 1300"));
  EXPECT_GT(monitor.messages(), 0) << "the monitor hears nothing at all";
}

TEST_F(Apply, OnlyWhatIsOursIsRemoved) {
  applied();
  ASSERT_TRUE(succeeds("ip addr add 203.0.113.9/24 dev ve0 && ip rule add priority 7 table 7"));
  box_.write("spec.yaml", "netcfg: 1\n");
  applied();
  EXPECT_EQ(run("ip link show br0").ok(), false);
  EXPECT_THAT(run("ip rule").output, AllOf(HasSubstr("lookup 7"), Not(HasSubstr("lookup 101"))));
}

TEST_F(Apply, ALinkWithoutAKindIsExpectedAndNotAdopted) {
  ASSERT_TRUE(succeeds("ip link add eth0 type veth peer name peer0"));
  box_.write("spec.yaml", "netcfg: 1\ninterfaces: { eth0: { addresses: [192.0.2.1/24] } }\n");
  applied();
  EXPECT_EQ(netcfg("apply spec.yaml").out, "Nothing to do: the host is as specified.\n");
  box_.write("spec.yaml", "netcfg: 1\n");
  applied();
  EXPECT_TRUE(run("ip link show eth0").ok());
  EXPECT_THAT(run("ip addr show eth0").output, Not(HasSubstr("192.0.2.1")));
}

TEST_F(Apply, ShowIsASpecThatChangesNothing) {
  applied();
  auto ended = box_.run("$N --root $T show | tee shown.yaml | $N --root $T plan --detailed-exitcode -");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err << box_.read("shown.yaml");
  EXPECT_EQ(nlohmann::json::parse(netcfg("show --format json").out).at("netcfg"), 1);
  EXPECT_THAT(netcfg("show --format table ve0").out, AllOf(HasSubstr("ve0"), Not(HasSubstr("br0"))));
  ended = netcfg("show ve00");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("there is no interface 've00'\n      hint: did you mean 've0'?"));
}

TEST_F(Apply, ASpecWithErrorsChangesNothing) {
  std::string before = state();
  box_.write("bad.yaml", std::string(kSpec) + "bogus: 1\n");
  auto ended = netcfg("apply bad.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("bad.yaml:"));
  EXPECT_EQ(state(), before);
  ended = netcfg("apply --format json bad.yaml");
  EXPECT_EQ(nlohmann::json::parse(ended.out).at("errors").size(), 1U);
}

TEST_F(Apply, WhatTheKernelRefusesIsTakenBackAndCited) {
  std::string before = state();
  std::string spec = kSpec;
  std::string route = "{ to: 10.0.0.0/8, via: 192.0.2.1 }";
  spec.replace(spec.find(route), route.size(), "{ to: 10.0.0.0/8, via: 192.0.2.1, congctl: nosuch }");
  box_.write("refused.yaml", spec);
  auto ended = netcfg("apply -q refused.yaml");
  EXPECT_EQ(ended.status, 3) << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("refused.yaml:13:5: error: cannot create route 10.0.0.0/8"),
                    HasSubstr("RTM_NEWROUTE"), HasSubstr("The earlier state is restored and verified.")));
  EXPECT_EQ(state(), before);
  ended = netcfg("apply -q --format json refused.yaml");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(nlohmann::json::parse(ended.out).at("errors").at(0).at("line"), 13);
}

TEST_F(Apply, DryRunIsThePlan) {
  std::string before = state();
  auto dry = netcfg("apply --dry-run spec.yaml");
  EXPECT_EQ(dry.status, 0);
  EXPECT_EQ(dry.out, netcfg("plan spec.yaml").out);
  EXPECT_EQ(state(), before);
  EXPECT_THAT(run("ls " + box_.path()).output, Not(HasSubstr("var")));
}

TEST_F(Apply, JsonIsOneDocument) {
  auto plan = nlohmann::json::parse(netcfg("plan --format json spec.yaml").out);
  EXPECT_EQ(plan.at("format"), 1);
  EXPECT_GT(plan.at("changes").size(), 5U);
  auto done = nlohmann::json::parse(netcfg("apply --format json spec.yaml").out);
  EXPECT_EQ(done.at("fingerprint"), plan.at("fingerprint"));
  auto drift = nlohmann::json::parse(netcfg("drift --format json spec.yaml").out);
  EXPECT_EQ(drift.at("clean"), true);
  EXPECT_EQ(nlohmann::json::parse(netcfg("diff --format json").out).at("changes").size(), 0U);
}

TEST_F(Apply, ASavedPlanIsCarriedOutAsShownOrNotAtAll) {
  ASSERT_EQ(netcfg("plan -o change.plan spec.yaml").status, 0);
  ASSERT_TRUE(succeeds("ip link add ve0 type bridge"));
  std::string before = state();
  auto ended = netcfg("apply change.plan");
  EXPECT_EQ(ended.status, 1) << ended.out;
  EXPECT_THAT(ended.err, HasSubstr("hint: "));
  EXPECT_EQ(state(), before);
  ASSERT_TRUE(succeeds("ip link del ve0"));
  ended = netcfg("apply change.plan");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(netcfg("drift spec.yaml").status, 0);
  // Now that it is done, the host is no longer as it was.
  EXPECT_EQ(netcfg("apply change.plan").status, 1);
  EXPECT_EQ(netcfg("apply change.plan spec.yaml").status, 1);
}

TEST_F(Apply, AFullDiskStopsItBeforeTheFirstChange) {
  std::string before = state();
  EXPECT_EQ(netcfg("apply spec.yaml >/dev/full").status, 1);
  EXPECT_EQ(state(), before);
}

TEST_F(Apply, WhatCannotBeRememberedIsNotDone) {
  std::string before = state();
  box_.write("var", "a file where a directory should be");
  auto ended = netcfg("apply spec.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("error: the state before the change could not be written down: "),
                               HasSubstr("hint: ")));
  EXPECT_EQ(state(), before);
}

TEST_F(Apply, ADamagedLedgerIsAWarningAndIsMended) {
  applied();
  ASSERT_TRUE(succeeds("f=$(find " + box_.path() + " -name ledger.json); echo x >> $f"));
  auto ended = netcfg("plan spec.yaml");
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("warning: "), HasSubstr("ledger.json is damaged: its checksum is wrong"),
                    HasSubstr("hint: ")));
  ASSERT_TRUE(succeeds("ip link set ve0 mtu 1300"));
  EXPECT_EQ(netcfg("apply spec.yaml").status, 0);
  EXPECT_THAT(netcfg("plan spec.yaml").err, IsEmpty());
}

TEST_F(Apply, MetricsAreReplacedAsAWhole) {
  applied();
  EXPECT_EQ(netcfg("drift --format prometheus --output m.prom spec.yaml").status, 0);
  EXPECT_THAT(box_.read("m.prom"),
              AllOf(HasSubstr("netcfg_drift_clean 1"), HasSubstr("netcfg_drift_check_failed 0")));
  ASSERT_TRUE(succeeds("ip link set ve0 mtu 1300"));
  EXPECT_EQ(netcfg("drift --format prometheus --output m.prom spec.yaml").status, 2);
  EXPECT_THAT(box_.read("m.prom"), HasSubstr("netcfg_drift_clean 0"));
  EXPECT_EQ(netcfg("drift --format prometheus --output m.prom missing.yaml").status, 1);
  EXPECT_THAT(box_.read("m.prom"),
              AllOf(Not(HasSubstr("netcfg_drift_clean")), HasSubstr("netcfg_drift_check_failed 1")));
  EXPECT_THAT(run("ls -A " + box_.path()).output, Not(HasSubstr(".m.prom")));
}

TEST_F(Apply, DiffOfTwoSpecsNeedsNoHost) {
  std::string other = kSpec;
  other.replace(other.find("mtu: 1400"), 9, "mtu: 1401");
  box_.write("other.yaml", other);
  auto ended = netcfg("diff spec.yaml other.yaml");
  EXPECT_EQ(ended.status, 2) << ended.err;
  EXPECT_EQ(ended.out, "--- spec.yaml\n+++ other.yaml\n~ link ve0\n    mtu: 1400 → 1401\n");
  EXPECT_EQ(netcfg("diff spec.yaml spec.yaml").status, 0);
  EXPECT_EQ(netcfg("diff live spec.yaml").status, 2);
  EXPECT_EQ(netcfg("diff live live").status, 0);
  ended = netcfg("diff");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("nothing has been applied on this host yet"));
  ended = netcfg("diff gen:3");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("there is no generation 3"));
}

TEST_F(Apply, ANamedNamespaceIsEnteredAndRememberedApart) {
  ASSERT_TRUE(succeeds("mount -t tmpfs tmpfs /run && ip netns add blue"));
  std::string before = state();
  EXPECT_EQ(netcfg("--netns blue apply spec.yaml").status, 0);
  EXPECT_EQ(state(), before);
  EXPECT_TRUE(succeeds("ip netns exec blue ip link show br0"));
  EXPECT_THAT(box_.read("var/lib/netcfg/netns/blue/ledger.json"), HasSubstr("br0"));
  EXPECT_EQ(netcfg("--netns blue drift spec.yaml").status, 0);
  EXPECT_EQ(box_.run("ip netns exec blue $N --root $T diff").status, 0);
  auto ended = netcfg("--netns bluee drift spec.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'blue'?"));
  EXPECT_TRUE(succeeds("ip netns del blue"));
}

}  // namespace
}  // namespace netcfg::test
