// Drills that set the link of an uplink down: what is measured, and that all is as before, whoever dies.
#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/netns/uplinks_fixture.h"
#include "tests/support/settled.h"
#include "tests/support/watcher.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPatience{20'000};

const std::string kWatched = R"(uplinks:
  failback: immediately
  links:
    telecom: { interface: eth0, gateway: [203.0.113.1, "2001:db8:a::1"], priority: 1,
               health: { interval: 50ms, down-after: 3, up-after: 2 } }
    unicom: { interface: eth1, gateway: [198.51.100.1, "2001:db8:b::1"], priority: 2,
              health: { interval: 50ms, down-after: 3, up-after: 2 } }
)";

class LinkDrillTest : public UplinksTest {
 protected:
  void SetUp() override {
    UplinksTest::SetUp();
    if (!netns_) return;
    apply(kWatched);
    watcher_ = start_watcher(box_, 2);
    ASSERT_TRUE(watcher_);
    before_ = dump_when_quiet();
  }
  void TearDown() override {
    watcher_.reset();
    UplinksTest::TearDown();
  }
  bool hears(const std::string& text) { return watcher_->read_until(text, kPatience).has_value(); }
  // A drill that lasts, in the background of `rest`: $p is its process, $h the one that holds the link down.
  Sandbox::Ended during_a_drill(const std::string& rest) {
    auto ended = box_.run(
        "$N --root $T drill telecom --by link --target 192.0.2.7 --for 1h >out 2>err & p=$!\n"
        "until grep -q 'traffic goes by unicom' err; do kill -0 $p || { cat err >&2; exit 9; }; done\n"
        "h=$(tr ' ' '\\n' </proc/$p/task/$p/children | head -1)\n"
        "ip -br link show eth0 | grep -q DOWN || exit 8\n" +
        rest);
    return ended;
  }

  std::unique_ptr<Child> watcher_;
  std::string before_;
};

TEST_F(LinkDrillTest, MeasuresAndLeavesAllAsItWas) {
  auto ended = box_.run("$N --root $T drill telecom --by link --target 192.0.2.7 --for 300ms --format json");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  auto report = nlohmann::json::parse(ended.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << ended.out;
  EXPECT_EQ(report["by"], "link");
  EXPECT_EQ(report["takes-over"], "unicom");
  for (const char* key : {"detected-ms", "switched-ms", "up-again-ms", "failback-ms"})
    EXPECT_TRUE(report[key].is_number()) << key << ended.out;
  // A lost carrier is seen at once, and nothing holds the watcher back while the link is taken down.
  EXPECT_LT(report["switched-ms"], 900) << ended.out;
  EXPECT_GT(report["away"]["sent"], 0);
  EXPECT_EQ(report["before"]["lost"], 0);
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(box_.run("$N --root $T drift spec.yaml").status, 0);
  EXPECT_THAT(box_.run("$N --root $T history").out, Not(HasSubstr("drill")));
  std::cout << "  " << ended.out;
}

TEST_F(LinkDrillTest, KilledItIsTakenBack) {
  auto ended = during_a_drill("kill -KILL $p; wait $p; exit 0");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(hears("uplink telecom is active"));
  EXPECT_TRUE(comes_to(before_));
}

TEST_F(LinkDrillTest, KilledWithTheProcessThatHoldsTheLinkItIsTakenBack) {
  auto ended = during_a_drill("kill -KILL $p $h; wait $p; exit 0");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(hears("uplink telecom is active"));
  EXPECT_TRUE(comes_to(before_));
}

TEST_F(LinkDrillTest, TheHoldersDeathEndsItToo) {
  auto ended = during_a_drill(
      "kill -KILL $h; until ip -br link show eth0 | grep -q UP; do kill -0 $p || exit 9; done\n"
      "kill -TERM $p; wait $p; exit $?");
  EXPECT_EQ(ended.status, 3) << ended.err;
  EXPECT_TRUE(hears("uplink telecom is active"));
  EXPECT_TRUE(comes_to(before_));
}

TEST_F(LinkDrillTest, NobodyKeepsItAndNobodyElseChangesMeanwhile) {
  auto ended = during_a_drill(
      "$N --root $T confirm >confirm 2>&1; echo $? >>confirm\n"
      "$N --root $T apply --yes spec.yaml >apply 2>&1; echo $? >>apply\n"
      "$N --root $T rollback >rollback 2>&1; echo $? >>rollback\n"
      "kill -TERM $p; wait $p; exit $?");
  EXPECT_EQ(ended.status, 3) << box_.read("err");
  EXPECT_THAT(box_.read("confirm"), AllOf(HasSubstr("a drill is under way"), HasSubstr("\n1\n")));
  EXPECT_THAT(box_.read("apply"), AllOf(HasSubstr("a drill is under way"), HasSubstr("\n5\n")));
  EXPECT_THAT(box_.read("rollback"), AllOf(HasSubstr("is taken back"), HasSubstr("\n0\n")));
  EXPECT_TRUE(comes_to(before_));
}

TEST_F(LinkDrillTest, RefusedWhereItCutsTheSession) {
  auto ended = box_.run(
      "SSH_CONNECTION='192.0.2.7 40000 203.0.113.10 22' $N --root $T drill telecom --by link --for 0s");
  EXPECT_EQ(ended.status, 1) << ended.out;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("this cuts the SSH session from 192.0.2.7"),
                               HasSubstr("nothing was changed"), HasSubstr("--by=watcher")));
  EXPECT_TRUE(comes_to(before_));
  ended = box_.run("$N --root $T drill telecom --by rope");
  EXPECT_EQ(ended.status, 64);
  EXPECT_THAT(ended.err, HasSubstr("link, watcher or probes"));
}

}  // namespace
}  // namespace netcfg::test
