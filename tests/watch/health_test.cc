#include "netcfg/watch/health.h"

#include <gmock/gmock.h>

#include "tests/watch/simulated.h"

namespace netcfg::test {
namespace {

using namespace watch;
using std::chrono::milliseconds;
using testing::HasSubstr;

// One uplink that is asked every 100 ms.
struct Fixture {
  SimulatedTime time;
  Health health = [] {
    Health h = some_uplinks(1).links[0].health;
    h.interval = 100, h.timeout = 80, h.down_after = 3, h.up_after = 2;
    return h;
  }();
  int hold_down = 0;
  size_t targets = 1;
  std::optional<UplinkHealth> uplink;

  UplinkHealth& make(bool up = true) {
    std::vector<std::string> names;
    for (size_t i = 0; i < targets; ++i) names.push_back("t" + std::to_string(i));
    return uplink.emplace(health, milliseconds(hold_down), names, Past{up, time.now});
  }
  // One round of answers; what follows from it.
  std::optional<Transition> round(bool ok, int rtt = 5) { return round(std::vector<bool>(targets, ok), rtt); }
  std::optional<Transition> round(const std::vector<bool>& ok, int rtt = 5) {
    time.pass(100);
    for (size_t i = 0; i < ok.size(); ++i) uplink->take(i, {time.now, ok[i], milliseconds(rtt)});
    return uplink->judge(time.now);
  }
};

TEST(Health, GoesDownAfterSoManyMissesInARow) {
  Fixture f;
  f.make();
  EXPECT_FALSE(f.round(false));
  EXPECT_FALSE(f.round(false));
  EXPECT_FALSE(f.round(true));  // the row is broken
  EXPECT_FALSE(f.round(false));
  EXPECT_FALSE(f.round(false));
  auto down = f.round(false);
  ASSERT_TRUE(down);
  EXPECT_FALSE(down->up);
  EXPECT_EQ(down->reason, "t0: no answer to 3 probes in a row");
  EXPECT_EQ(f.uplink->since(), f.time.now);
}

TEST(Health, ComesBackAfterSoManyAnswersInARow) {
  Fixture f;
  f.make(false);
  EXPECT_FALSE(f.round(true));
  EXPECT_FALSE(f.round(false));
  EXPECT_FALSE(f.round(true));
  auto up = f.round(true);
  ASSERT_TRUE(up);
  EXPECT_TRUE(up->up);
}

TEST(Health, AnyAllOrSoManyTargetsAreRequired) {
  struct Case {
    uint16_t require;
    std::vector<bool> answers;
    bool up;
  };
  const Case cases[] = {{1, {true, false, false}, true},
                        {1, {false, false, false}, false},
                        {2, {true, true, false}, true},
                        {2, {true, false, false}, false},
                        {kRequireAll, {true, true, false}, false},
                        {kRequireAll, {true, true, true}, true}};
  for (const Case& c : cases) {
    Fixture f;
    f.targets = 3, f.health.require = c.require;
    f.make();
    for (int i = 0; i < 5; ++i) (void)f.round(c.answers);
    EXPECT_EQ(f.uplink->up(), c.up) << c.require;
  }
}

TEST(Health, ALostCarrierIsADownAtOnceAndAnswersCountAnew) {
  Fixture f;
  f.make();
  f.uplink->set_link("eth0 has no carrier");
  auto down = f.uplink->judge(f.time.now);
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "eth0 has no carrier");
  f.uplink->set_link("");
  EXPECT_FALSE(f.uplink->judge(f.time.now));  // nothing has answered yet
  EXPECT_FALSE(f.round(true));
  EXPECT_TRUE(f.round(true));
}

TEST(Health, WithoutTargetsTheLinkDecides) {
  Fixture f;
  f.targets = 0, f.health.method = HealthMethod::carrier;
  f.make();
  f.uplink->set_link("eth0 has no carrier");
  EXPECT_TRUE(f.uplink->judge(f.time.now));
  f.uplink->set_link("");
  auto up = f.uplink->judge(f.time.now);
  ASSERT_TRUE(up);
  EXPECT_TRUE(up->up);
}

TEST(Health, LossHasTwoLimits) {
  Fixture f;
  f.health.loss_limit = 30, f.health.loss_clear = 10, f.health.window = 2000;
  f.make();
  // Every third is lost: 33 %, never three in a row.
  for (int i = 0; i < 60; ++i) (void)f.round(i % 3 != 0);
  EXPECT_FALSE(f.uplink->up());
  EXPECT_THAT(f.uplink->reason(), HasSubstr("of the probes are lost, the limit is 30%"));
  for (int i = 0; i < 60; ++i) (void)f.round(i % 5 != 0);  // 20 %: between the limits
  EXPECT_FALSE(f.uplink->up());
  for (int i = 0; i < 60; ++i) (void)f.round(true);
  EXPECT_TRUE(f.uplink->up());
  for (int i = 0; i < 60; ++i) (void)f.round(i % 5 != 0);  // and between them it stays up as well
  EXPECT_TRUE(f.uplink->up());
}

TEST(Health, AFewProbesAreNoShare) {
  Fixture f;
  f.health.loss_limit = 20, f.health.loss_clear = 10, f.health.window = 2000;
  f.make();
  EXPECT_FALSE(f.round(false));
  EXPECT_TRUE(f.uplink->up());
}

TEST(Health, LatencyHasTwoLimits) {
  Fixture f;
  f.health.latency_limit = 50, f.health.latency_clear = 30, f.health.window = 1000;
  f.make();
  for (int i = 0; i < 20; ++i) (void)f.round(true, 60);
  EXPECT_FALSE(f.uplink->up());
  for (int i = 0; i < 20; ++i) (void)f.round(true, 40);
  EXPECT_FALSE(f.uplink->up());
  for (int i = 0; i < 20; ++i) (void)f.round(true, 20);
  EXPECT_TRUE(f.uplink->up());
}

TEST(Health, HoldDownKeepsItDown) {
  Fixture f;
  f.hold_down = 5000;
  f.make();
  for (int i = 0; i < 3; ++i) (void)f.round(false);
  Time down = f.time.now;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(f.round(true));
  ASSERT_TRUE(f.uplink->again(f.time.now));
  EXPECT_EQ(*f.uplink->again(f.time.now), down + milliseconds(5000));
  f.time.now = down + milliseconds(5000);
  EXPECT_TRUE(f.uplink->judge(f.time.now));
  EXPECT_FALSE(f.uplink->again(f.time.now));
}

TEST(Health, HeldDownUntilLetGo) {
  Fixture f;
  f.make();
  f.uplink->hold(true);
  EXPECT_TRUE(f.uplink->judge(f.time.now));
  EXPECT_FALSE(f.round(true));
  f.uplink->hold(false);
  auto up = f.uplink->judge(f.time.now);
  ASSERT_TRUE(up);
  EXPECT_TRUE(up->up);
}

TEST(Health, TheWindowDoesNotGrow) {
  Fixture f;
  f.health.window = 1000;
  f.make();
  for (int i = 0; i < 10'000; ++i) (void)f.round(i % 7 != 0);
  EXPECT_LE(f.uplink->targets()[0].window().size(), 11U);
  EXPECT_LE(f.uplink->loss(), 30U);
}

}  // namespace
}  // namespace netcfg::test
