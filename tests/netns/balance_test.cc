// Uplinks that share the traffic, on a real kernel: which flows stay where they are when one goes and comes.
#include <gmock/gmock.h>

#include <chrono>
#include <map>

#include "netcfg/kernel/resilient_trial.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/watcher.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPatience{20'000};
constexpr int kFlows = 120;

// Three lines whose far ends nobody answers at: by their carriers alone they are up.
class Balance : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("mount -t tmpfs tmpfs /run && ip netns add far"));
    for (std::string n : {"0", "1", "2"})
      ASSERT_TRUE(succeeds("ip link add name pad" + n + " type veth peer name pbd" + n +
                           " && ip link add name up" + n + " type veth peer name dn" + n +
                           " netns far && ip -n far link set dev dn" + n + " up"));
  }

  static std::string spec(const std::string& how) {
    std::string interfaces = "netcfg: 1\ninterfaces:\n", links = "  links:\n";
    for (std::string n : {"0", "1", "2"}) {
      interfaces += "  up" + n + ": { addresses: [203.0." + n + ".10/24] }\n";
      links += "    line" + n + ": { interface: up" + n + ", gateway: 203.0." + n + ".1, id: 1" + n +
               ", weight: " + (n == "0" ? "2" : "1") + ", health: { method: carrier } }\n";
    }
    return interfaces + "uplinks:\n  policy: balance\n" + how + links;
  }
  void apply(const std::string& how) {
    box_.write("spec.yaml", spec(how));
    auto ended = box_.run("$N --root $T apply --yes --no-check spec.yaml");
    ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
    expect_no_drift();
  }
  void expect_no_drift() {
    auto drift = box_.run("$N --root $T drift spec.yaml");
    EXPECT_EQ(drift.status, 0) << drift.out << drift.err;
  }
  void watch() {
    watcher_ = start_watcher(box_, 3);
    ASSERT_TRUE(watcher_);
  }
  bool hears(const std::string& text) { return watcher_->read_until(text, kPatience).has_value(); }
  // The watcher has told of it once it was written.
  void fails(const std::string& n) {
    ASSERT_TRUE(succeeds("ip -n far link set dev dn" + n + " down"));
    ASSERT_TRUE(hears("uplink line" + n + " is down"));
    ASSERT_TRUE(hears("uplink line" + n + " is idle"));
  }
  void returns(const std::string& n) {
    ASSERT_TRUE(succeeds("ip -n far link set dev dn" + n + " up"));
    ASSERT_TRUE(hears("uplink line" + n + " is active"));
  }

  // The interface that each flow leaves by, by its source port.
  static std::map<int, std::string> flows(int first) {
    std::string command;
    for (int port = first; port < first + kFlows; ++port)
      command += "ip route get 192.0.2.9 ipproto tcp sport " + std::to_string(port) + " dport 80; ";
    std::string told = run(command).output;
    std::map<int, std::string> out;
    int port = first;
    for (size_t at = 0; (at = told.find(" dev ", at)) != told.npos; ++port) {
      at += 5;
      out[port] = told.substr(at, told.find(' ', at) - at);
    }
    return out;
  }
  static int count(const std::map<int, std::string>& flows, const std::string& dev) {
    int out = 0;
    for (const auto& [port, way] : flows) out += way == dev ? 1 : 0;
    return out;
  }
  // Those that left by another one than `gone` and leave by something else now.
  static int moved(const std::map<int, std::string>& before, const std::map<int, std::string>& after,
                   const std::string& gone = {}) {
    int out = 0;
    for (const auto& [port, way] : before) out += way != gone && after.at(port) != way ? 1 : 0;
    return out;
  }
  static std::string group() { return run("ip nexthop show id 7800000").output; }
  static int buckets(const std::string& id) {
    return std::stoi(run("ip nexthop bucket show id 7800000 | grep -c 'nhid " + id + " '").output);
  }

  Sandbox box_;
  std::unique_ptr<Child> watcher_;
};

TEST_F(Balance, TheGroupIsResilientAndSharesByWeight) {
  apply("");
  EXPECT_THAT(group(), HasSubstr("7800040,2/7800044/7800048 type resilient buckets 128 idle_timer 120 "));
  EXPECT_EQ(buckets("7800040"), 64);
  EXPECT_EQ(buckets("7800044"), 32);
  auto ways = flows(10'000);
  ASSERT_EQ(ways.size(), size_t{kFlows});
  for (const char* dev : {"up0", "up1", "up2"}) EXPECT_GT(count(ways, dev), 0) << dev;
}

TEST_F(Balance, LivingFlowsStayWhenAnotherGoesAndComes) {
  apply("  failback: immediately\n");
  watch();
  auto before = flows(10'000);
  fails("0");
  auto without = flows(10'000);
  EXPECT_EQ(count(without, "up0"), 0);
  EXPECT_EQ(moved(before, without, "up0"), 0) << "of those that had nothing to do with it";
  auto late = flows(20'000);
  returns("0");
  EXPECT_EQ(moved(without, flows(10'000)), 0);
  EXPECT_EQ(moved(late, flows(20'000)), 0) << "of those that began meanwhile";
  EXPECT_THAT(group(), HasSubstr("7800040,2/7800044/7800048 type resilient buckets 128 idle_timer 120 "));
  expect_no_drift();
}

// What nobody uses goes to the one that is back, by weight.
TEST_F(Balance, IdleBucketsGoToTheOneThatIsBack) {
  apply("  resilient: { buckets: 64, idle-timer: 0s }\n");
  watch();
  fails("2");
  EXPECT_THAT(group(), HasSubstr("7800040,2/7800044 type resilient buckets 64 "));
  returns("2");
  EXPECT_EQ(buckets("7800040"), 32);
  EXPECT_EQ(buckets("7800048"), 16);
}

TEST_F(Balance, OfPlainGroupsSomeMove) {
  apply("  resilient: false\n");
  EXPECT_THAT(group(), Not(HasSubstr("resilient")));
  watch();
  auto before = flows(10'000);
  fails("0");
  auto without = flows(10'000);
  EXPECT_GT(moved(before, without, "up0"), 0);
  returns("0");
  EXPECT_GT(moved(without, flows(10'000)), 0);
  EXPECT_EQ(moved(before, flows(10'000)), 0);
}

// The kernel changes no group's type: it goes and comes, with the routes that use it.
TEST_F(Balance, AnotherTypeIsAnotherGroupWithAllThatUsesIt) {
  apply("  resilient: false\n");
  std::string plain = dump_state();
  box_.write("then.yaml", spec(""));
  auto plan = box_.run("$N --root $T plan then.yaml");
  EXPECT_THAT(plan.out, HasSubstr("disruptive"));
  apply("");
  EXPECT_THAT(group(), HasSubstr("type resilient"));
  EXPECT_THAT(run("ip route get 192.0.2.9").output, HasSubstr("dev up"));
  apply("  resilient: false\n");
  EXPECT_EQ(dump_state(), plain);
}

TEST_F(Balance, WhetherTheKernelHasThemIsTriedElsewhere) {
  std::string before = dump_state();
  EXPECT_EQ(nl::try_resilient_group(), std::optional(true));
  EXPECT_EQ(dump_state(), before);
}

}  // namespace
}  // namespace netcfg::test
