// Bonds changed by way of the planner on Debian's kernel: each mode to each other, each option in use.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "tests/support/link_monitor.h"
#include "tests/support/managed_kernel.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

constexpr const char* kModes[] = {"balance-rr", "active-backup", "balance-xor", "broadcast",
                                  "802.3ad",    "balance-tlb",   "balance-alb"};

// A bond of two members with an address, a VLAN on top with one of its own, and routes by both.
std::string spec(std::string_view mode, std::string_view options = {}) {
  return fmt::format(R"(netcfg: 1
interfaces:
  m1: {{}}
  m2: {{}}
  bond7: {{ bond: {{ mode: {}, members: [m1, m2], miimon: 100ms{} }}, addresses: [192.0.2.1/24, "2001:db8::1/64"] }}
  bond7.5: {{ vlan: {{ parent: bond7, id: 5 }}, addresses: [10.5.0.1/24] }}
routes: [{{ to: 10.0.0.0/8, via: 192.0.2.9 }}, {{ to: 10.50.0.0/16, via: 10.5.0.9 }}]
)",
                     mode, options);
}

class BondPlans : public ManagedTest {
 protected:
  void SetUp() override {
    ManagedTest::SetUp();
    if (!is_ready()) return;
    ASSERT_TRUE(
        succeeds("sysctl -qw net.ipv6.conf.all.dad_transmits=0 net.ipv6.conf.default.dad_transmits=0; "
                 "ip link add name m1 type dummy; ip link add name m2 type dummy"));
  }

  // In one pass: what was planned is all that was written.
  void becomes(const std::string& wanted) {
    auto planned = managed_->plan(wanted);
    Applied applied = managed_->apply(*planned);
    ASSERT_TRUE(went_well(applied)) << planned->text();
    EXPECT_EQ(applied.writes, planned->writes()) << planned->text();
    auto rest = managed_->plan(wanted);
    EXPECT_TRUE(rest->plan && rest->plan->empty()) << rest->text();
  }
  State state() {
    auto read = kernel_->read({});
    EXPECT_TRUE(read);
    return read ? read->state : State();
  }
  void expect_complete() {
    State now = state();
    for (const char* member : {"m1", "m2"}) {
      const Link* link = now.link(member);
      ASSERT_TRUE(link);
      EXPECT_EQ(link->master, IfName("bond7")) << member;
      EXPECT_TRUE(link->is_up()) << member;
    }
    EXPECT_TRUE(now.link("bond7.5") && now.link("bond7.5")->is_up());
    std::string addresses, routes;
    for (const Address& a : now.addresses) addresses += id_of(a) + "\n";
    for (const Route& r : now.routes) routes += id_of(r) + "\n";
    for (const char* one : {"bond7 192.0.2.1/24", "bond7 2001:db8::1/64", "bond7.5 10.5.0.1/24"})
      EXPECT_THAT(addresses, HasSubstr(one));
    for (const char* one : {"10.0.0.0/8", "10.50.0.0/16"}) EXPECT_THAT(routes, HasSubstr(one));
  }
  void nothing_is_written(const std::string& wanted) {
    // Carriers and addresses' detection come some time later, by the kernel's own hand. What netcfg wrote it
    // would write each time.
    int messages = 1;
    for (int i = 0; i < 100 && messages != 0; ++i) {
      LinkMonitor monitor;
      Applied again = managed_->apply(wanted);
      ASSERT_EQ(again.outcome, Outcome::nothing) << problems_of(again);
      messages = monitor.messages();
    }
    EXPECT_EQ(messages, 0);
  }
};

// A walk that takes each of the 42 ways once: a to b and back for each b behind a, and on to the next.
std::vector<const char*> all_changes() {
  std::vector<const char*> walk;
  for (size_t a = 0; a < std::size(kModes); ++a)
    for (size_t b = a + 1; b < std::size(kModes); ++b) walk.push_back(kModes[a]), walk.push_back(kModes[b]);
  walk.push_back(kModes[0]);
  return walk;
}

TEST_F(BondPlans, EachModeToEachOther) {
  std::set<std::pair<std::string, std::string>> done;
  std::string from;
  for (const char* to : all_changes()) {
    SCOPED_TRACE(fmt::format("{} to {}", from, to));
    ASSERT_NO_FATAL_FAILURE(becomes(spec(to)));
    EXPECT_THAT(run("cat /sys/class/net/bond7/bonding/mode").output, HasSubstr(to));
    ASSERT_NO_FATAL_FAILURE(expect_complete());
    if (!from.empty()) done.emplace(from, to);
    from = to;
  }
  EXPECT_EQ(done.size(), 42U);
}

struct Option {
  const char* mode;
  const char* one;
  const char* other;
};
constexpr Option kOptions[] = {
    {"balance-rr", ", packets-per-slave: 4", ", packets-per-slave: 9"},
    {"balance-rr", ", resend-igmp: 3", ", resend-igmp: 0"},
    {"balance-rr", ", all-slaves-active: true", ", all-slaves-active: false"},
    {"balance-rr", ", updelay: 200ms, downdelay: 100ms", ", updelay: 0, downdelay: 300ms"},
    {"balance-rr", ", use-carrier: false", ", use-carrier: true"},
    {"active-backup", ", primary: m1", ", primary: m2"},
    {"active-backup", ", primary: m1, primary-reselect: failure", ", primary: m1, primary-reselect: better"},
    {"active-backup", ", fail-over-mac: active", ", fail-over-mac: none"},
    {"active-backup", ", fail-over-mac: follow", ", fail-over-mac: active"},
    {"active-backup", ", num-peer-notif: 3, peer-notify-delay: 200ms", ", num-peer-notif: 1"},
    {"balance-xor", ", xmit-hash-policy: layer3+4", ", xmit-hash-policy: layer2+3"},
    {"802.3ad", ", lacp-rate: fast", ", lacp-rate: slow"},
    {"802.3ad", ", ad-select: bandwidth", ", ad-select: count"},
    {"802.3ad", ", ad-actor-system: \"02:00:00:00:00:09\"", ", ad-actor-system: \"02:00:00:00:00:0a\""},
    {"802.3ad", ", ad-actor-sys-prio: 7", ", ad-actor-sys-prio: 65535"},
    {"802.3ad", ", ad-user-port-key: 5", ", ad-user-port-key: 0"},
    {"802.3ad", ", lacp-active: false", ", lacp-active: true"},
    {"802.3ad", ", min-links: 2", ", min-links: 0"},
    {"802.3ad", ", xmit-hash-policy: vlan+srcmac", ", xmit-hash-policy: encap2+3"},
    {"balance-tlb", ", tlb-dynamic-lb: false", ", tlb-dynamic-lb: true"},
    {"balance-tlb", ", lp-interval: 2s", ", lp-interval: 1s"},
    {"balance-alb", ", primary: m2, lp-interval: 5s", ", primary: m1"},
};

TEST_F(BondPlans, EachOptionOfABondInUse) {
  for (const Option& option : kOptions) {
    SCOPED_TRACE(std::string(option.mode) + option.one + option.other);
    std::string one = spec(option.mode, option.one), other = spec(option.mode, option.other);
    for (const std::string& wanted : {one, other, one, spec(option.mode)}) {
      ASSERT_NO_FATAL_FAILURE(becomes(wanted)) << wanted;
      ASSERT_NO_FATAL_FAILURE(expect_complete());
    }
  }
}

TEST_F(BondPlans, MonitoringByArpAndBack) {
  std::string by_mii = spec("active-backup"), by_arp = by_mii;
  by_arp.replace(by_arp.find("miimon: 100ms"), 13,
                 "arp-interval: 500ms, arp-ip-target: [192.0.2.9, 192.0.2.8], arp-validate: all");
  std::string fewer = by_arp;
  fewer.replace(fewer.find("192.0.2.9, 192.0.2.8"), 20, "192.0.2.7");
  for (const std::string& wanted : {by_mii, by_arp, fewer, by_arp, by_mii, spec("802.3ad"), by_arp}) {
    SCOPED_TRACE(wanted);
    ASSERT_NO_FATAL_FAILURE(becomes(wanted));
    ASSERT_NO_FATAL_FAILURE(expect_complete());
  }
}

TEST_F(BondPlans, AppliedTwiceNothingIsWritten) {
  for (const char* mode : kModes) {
    SCOPED_TRACE(mode);
    ASSERT_NO_FATAL_FAILURE(becomes(spec(mode)));
    nothing_is_written(spec(mode));
  }
}

TEST_F(BondPlans, MembersComeAndGo) {
  ASSERT_TRUE(
      succeeds("ip link add name m3 type dummy && ip link set dev m3 up && ip addr add 10.77.0.1/24 dev m3"));
  std::string two = spec("active-backup"), three = two, other = two;
  three.replace(three.find("[m1, m2]"), 8, "[m1, m2, m3]");
  other.replace(other.find("[m1, m2]"), 8, "[m3, m2]");
  for (const std::string& wanted : {two, three, two, three, other, two})
    ASSERT_NO_FATAL_FAILURE(becomes(wanted)) << wanted;
  expect_complete();
  EXPECT_EQ(run("cat /sys/class/net/bond7/bonding/slaves").output, "m2 m1\n");
}

}  // namespace
}  // namespace netcfg::test
