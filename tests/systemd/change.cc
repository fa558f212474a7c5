#include "tests/systemd/change.h"

#include <unistd.h>

#include <chrono>

#include "tests/support/netns.h"
#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

constexpr const char* kBefore = R"(netcfg: 1
interfaces:
  br0: { bridge: {}, addresses: [192.0.2.1/24, "2001:db8::1/64"], ipv6: { accept-ra: false } }
  vx0: { vxlan: { id: 7, local: 192.0.2.1, remote: 192.0.2.9 } }
routes: [{ to: 10.0.0.0/8, via: 192.0.2.2 }, { to: 10.9.0.0/16, via: 192.0.2.3, table: 1000 }]
rules: [{ priority: 100, from: 10.0.0.0/8, table: 1000 }]
sysctl: { net.ipv4.ip_forward: 1 }
)";
// Links come and go, an address, a route and a rule go, a parameter changes.
constexpr const char* kAfter = R"(netcfg: 1
interfaces:
  br0: { bridge: {}, mtu: 1400, addresses: [192.0.2.7/24] }
  ve0: { veth: { peer: ve1 } }
  mv0: { macvlan: { parent: ve0 } }
routes: [{ to: 10.1.0.0/16, via: 192.0.2.2 }]
sysctl: { net.ipv4.ip_forward: 0 }
)";

constexpr auto kPatience = std::chrono::seconds(20);

// Until it holds; false when it does not in time.
template <class Condition>
bool comes_true(Condition condition) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition())
    if (std::chrono::steady_clock::now() > end) return false;
  return true;
}

}  // namespace

void ChangeTest::SetUp() {
  ASSERT_EQ(access("/netcfg-machine", F_OK), 0) << "this runs in tests/systemd/machine only";
  run("rm -rf /var/lib/netcfg /run/netcfg; for l in br0 vx0 ve0; do ip link del $l; done; "
      "ip rule del priority 100; sysctl -qw net.ipv4.ip_forward=0");
  box_.write("a.yaml", kBefore);
  box_.write("b.yaml", kAfter);
  auto ended = box_.run(netcfg_ + " apply -q a.yaml");
  ASSERT_EQ(ended.status, 0) << ended.err;
  ASSERT_TRUE(no_reverter_is_left());
  (void)dump_when_quiet(netns_);
  before_ = state();
}

void ChangeTest::TearDown() {
  run("systemctl unset-environment $(systemctl show-environment | grep -o '^NETCFG_AT_[a-z_]*')");
}

std::string ChangeTest::at(const std::string& moment, const std::string& command) {
  return "export NETCFG_AT_" + moment + "='" + command + "'\n";
}

void ChangeTest::in_reverter(const std::string& moment, const std::string& command) {
  auto ended = box_.run("systemctl set-environment NETCFG_AT_" + moment + "='" + command + "'");
  ASSERT_EQ(ended.status, 0) << ended.err;
}

void ChangeTest::begin(const std::string& words, bool hangs) {
  auto ended = box_.run("rm -f waits go status; mkfifo waits go\n" +
                        at("waiting", std::string("echo >waits") + (hangs ? "; read x <go" : "")) +
                        "export program=\"" + netcfg_ +
                        "\"\n(sh -c 'echo $$ >pid; exec $program apply -q --no-check " + words +
                        " b.yaml' 2>beginner; echo $? >status) &\nread x <waits");
  ASSERT_EQ(ended.status, 0) << ended.err << box_.read("beginner");
}

std::string ChangeTest::status_of_beginner() {
  EXPECT_TRUE(comes_true([&] { return !box_.read("status").empty(); })) << box_.read("beginner");
  return box_.read("status");
}

int ChangeTest::count_reverters() const {
  auto units = run("systemctl list-units --all --plain --no-legend 'netcfg-reverter*' | grep -c .");
  return std::stoi(units.output);
}

testing::AssertionResult ChangeTest::no_reverter_is_left() const {
  if (comes_true([&] { return count_reverters() == 0; })) return testing::AssertionSuccess();
  return testing::AssertionFailure() << run("systemctl status 'netcfg-reverter*'").output;
}

void ChangeTest::restart_reverter() {
  auto main_process = [] {
    return run("systemctl list-units --plain --no-legend --state=active 'netcfg-reverter*' | cut -d' ' -f1 | "
               "xargs -r -d '\\n' systemctl show --value -p MainPID")
        .output;
  };
  std::string first = main_process();
  ASSERT_NE(first, "");
  ASSERT_TRUE(succeeds("systemctl kill --kill-who=main --signal=KILL 'netcfg-reverter*'"));
  EXPECT_TRUE(comes_true([&] {
    std::string now = main_process();
    return !now.empty() && now != first && now != "0\n";
  })) << run("systemctl status 'netcfg-reverter*'").output;
}

nlohmann::json ChangeTest::last() const {
  auto ended = box_.run(netcfg_ + " history --format json");
  EXPECT_EQ(ended.status, 0) << ended.err;
  return nlohmann::json::parse(ended.out).at("generations").back();
}

std::string ChangeTest::state() const {
  std::string prefix = netns_.empty() ? "" : "ip netns exec '" + netns_ + "' ";
  return dump_at_rest(netns_.empty() ? "" : "'" + netns_ + "'") + "# sysctl\n" +
         run(prefix + "sysctl -a -r '^net.ipv[46].(conf|ip_forward)' 2>/dev/null").output;
}

testing::AssertionResult ChangeTest::comes_to_before() const {
  std::string found;
  if (comes_true([&] { return (found = state()) == before_; })) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "the state differs:\n" << line_difference(before_, found);
}

void ChangeTest::expect_before(const std::string& outcome) {
  EXPECT_TRUE(no_reverter_is_left());
  EXPECT_TRUE(comes_to_before());
  EXPECT_EQ(last().at("outcome"), outcome);
}

void ChangeTest::expect_kept() {
  EXPECT_TRUE(no_reverter_is_left());
  EXPECT_EQ(last().at("outcome"), "kept");
  auto ended = box_.run(netcfg_ + " drift b.yaml && " + netcfg_ + " diff");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
}

void ChangeTest::expect_tidy() {
  EXPECT_EQ(run("find /run/netcfg -name 'window.*'; find /run/netcfg /var/lib/netcfg -name '.*'").output, "");
  EXPECT_EQ(run("systemctl list-units --failed --plain --no-legend").output, "");
}

}  // namespace netcfg::test
