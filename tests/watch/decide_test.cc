#include "netcfg/watch/decide.h"

#include <gmock/gmock.h>

#include "tests/support/random.h"
#include "tests/watch/simulated.h"

namespace netcfg::test {
namespace {

using namespace watch;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

struct Fixture {
  SimulatedTime time;
  Uplinks uplinks;
  std::vector<Standing> standings;
  std::optional<Decision> last;
  std::optional<Time> again;

  explicit Fixture(size_t count) : uplinks(some_uplinks(count)), standings(count, {true, time.now}) {}
  void set(size_t i, bool up) { standings[i] = {up, time.now}; }
  const std::vector<size_t>& active() {
    auto decided = decide(uplinks, standings, last, time.now);
    last = decided.decision, again = decided.again;
    return last->ipv4.active;
  }
};

TEST(Decide, FailoverTakesTheBestThatWorks) {
  Fixture f(3);
  EXPECT_THAT(f.active(), ElementsAre(0));
  f.set(0, false);
  EXPECT_THAT(f.active(), ElementsAre(1));
  f.set(1, false);
  EXPECT_THAT(f.active(), ElementsAre(2));
}

TEST(Decide, EqualPrioritiesShare) {
  Fixture f(3);
  f.uplinks.links[1].priority = 1;
  EXPECT_THAT(f.active(), ElementsAre(0, 1));
  f.set(0, false);
  EXPECT_THAT(f.active(), ElementsAre(1));
  f.set(0, true);
  EXPECT_THAT(f.active(), ElementsAre(0, 1));
}

TEST(Decide, BalanceTakesAllThatWork) {
  Fixture f(3);
  f.uplinks.policy = UplinkPolicy::balance;
  EXPECT_THAT(f.active(), ElementsAre(0, 1, 2));
  f.set(1, false);
  EXPECT_THAT(f.active(), ElementsAre(0, 2));
}

TEST(Decide, FailbackAfterAWhile) {
  Fixture f(2);
  f.uplinks.failback = 30'000;
  (void)f.active();
  f.set(0, false);
  EXPECT_THAT(f.active(), ElementsAre(1));
  f.time.pass(1000);
  f.set(0, true);
  EXPECT_THAT(f.active(), ElementsAre(1));
  ASSERT_TRUE(f.again);
  EXPECT_EQ(*f.again, f.time.now + milliseconds(30'000));
  f.time.pass(29'999);
  EXPECT_THAT(f.active(), ElementsAre(1));
  f.time.pass(1);
  EXPECT_THAT(f.active(), ElementsAre(0));
  EXPECT_FALSE(f.again);
}

TEST(Decide, TheBestOfThoseThatAreUpForLongEnough) {
  Fixture f(3);
  f.uplinks.failback = 30'000;
  f.set(0, false), f.set(1, false);
  EXPECT_THAT(f.active(), ElementsAre(2));
  f.set(1, true);
  f.time.pass(20'000);
  f.set(0, true);
  EXPECT_THAT(f.active(), ElementsAre(2));
  f.time.pass(10'000);
  EXPECT_THAT(f.active(), ElementsAre(1));
  ASSERT_TRUE(f.again);
  f.time.pass(20'000);
  EXPECT_THAT(f.active(), ElementsAre(0));
}

TEST(Decide, FailbackNeverAndAtOnce) {
  for (bool never : {true, false}) {
    Fixture f(2);
    f.uplinks.failback = never ? kFailbackNever : 0;
    f.set(0, false);
    (void)f.active();
    f.set(0, true);
    f.time.pass(1'000'000);
    EXPECT_THAT(f.active(), ElementsAre(never ? 1 : 0));
    EXPECT_FALSE(f.again);
    f.set(1, false);  // but what fails is left
    EXPECT_THAT(f.active(), ElementsAre(0));
  }
}

TEST(Decide, WithNoneUpTheLastIsKeptOrNobody) {
  Fixture f(2);
  (void)f.active();
  f.set(0, false);
  (void)f.active();
  f.set(1, false);
  EXPECT_THAT(f.active(), ElementsAre(1));
  EXPECT_TRUE(f.last->ipv4.all_down);
  EXPECT_FALSE(f.last->ipv6.all_down);  // none has an IPv6 gateway at all
  f.uplinks.on_all_down = AllDown::unreachable;
  EXPECT_THAT(f.active(), IsEmpty());
  auto groups = groups_of(f.uplinks, f.standings, *f.last);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].members, ElementsAre(Member{dead_end_nexthop(Family::ipv4), 1}));
}

TEST(Decide, KeepWithoutALastOneTakesWhatWasApplied) {
  Fixture f(2);
  f.set(0, false), f.set(1, false);
  EXPECT_THAT(f.active(), ElementsAre(0));
}

TEST(Decide, FamiliesAreDecidedEachByItself) {
  Fixture f(2);
  f.uplinks.links[1].gateway6 = *parse_ip("2001:db8::1");
  (void)f.active();
  EXPECT_THAT(f.last->ipv4.active, ElementsAre(0));
  EXPECT_THAT(f.last->ipv6.active, ElementsAre(1));
}

TEST(Decide, SteeredTrafficGoesLikeAllOtherWhileItsUplinkIsDown) {
  Fixture f(3);
  f.uplinks.steer.emplace_back().via = "c";
  (void)f.active();
  uint32_t a = gateway_nexthop(f.uplinks.links[0], Family::ipv4);
  uint32_t c = gateway_nexthop(f.uplinks.links[2], Family::ipv4);
  auto groups = groups_of(f.uplinks, f.standings, *f.last);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0], (Group{policy_nexthop(Family::ipv4), {{a, 1}}}));
  EXPECT_EQ(groups[1], (Group{steer_nexthop(f.uplinks.links[2], Family::ipv4), {{c, 1}}}));
  f.set(2, false);
  (void)f.active();
  EXPECT_EQ(groups_of(f.uplinks, f.standings, *f.last)[1].members, (std::vector<Member>{{a, 1}}));
}

// Ten thousand random failures and returns under every policy: at each moment what is active works, as long
// as anything does, and whatever is waited for comes about.
TEST(Decide, RandomFlapsNeverLeaveTrafficOnWhatIsDown) {
  Rng random(20);
  auto number = [&](int n) { return static_cast<int>(random.below(static_cast<size_t>(n))); };
  for (int variant = 0; variant < 12; ++variant) {
    size_t count = 2 + variant % 4;
    Fixture f(count);
    f.uplinks.policy = variant % 2 == 0 ? UplinkPolicy::failover : UplinkPolicy::balance;
    f.uplinks.failback = variant % 3 == 0 ? 0 : variant % 3 == 1 ? 3000 : kFailbackNever;
    f.uplinks.on_all_down = variant < 6 ? AllDown::keep : AllDown::unreachable;
    for (Uplink& uplink : f.uplinks.links) uplink.priority = static_cast<uint32_t>(number(3));
    std::vector<UplinkHealth> health;
    Health limits = f.uplinks.links[0].health;
    limits.down_after = 2, limits.up_after = 3;
    for (size_t i = 0; i < count; ++i)
      health.emplace_back(limits, milliseconds(number(2) * 1500), std::vector<std::string>{"t"},
                          Past{true, f.time.now});
    for (int event = 0; event < 10'000; ++event) {
      f.time.pass(1 + number(400));
      auto i = static_cast<size_t>(number(static_cast<int>(count)));
      if (number(10) == 0)
        health[i].set_link(number(2) == 0 ? "" : "no carrier");
      else
        health[i].take(0, {f.time.now, number(3) != 0, milliseconds(number(50))});
      bool any = false;
      for (size_t k = 0; k < count; ++k) {
        (void)health[k].judge(f.time.now);
        f.standings[k] = {health[k].up(), health[k].since()};
        any |= health[k].up();
      }
      const auto& active = f.active();
      for (size_t k : active) ASSERT_TRUE(!any || f.standings[k].up) << variant << " event " << event;
      ASSERT_EQ(active.empty(), !any && f.uplinks.on_all_down == AllDown::unreachable);
      ASSERT_EQ(f.last->ipv4.all_down, !any);
      for (const Group& group : groups_of(f.uplinks, f.standings, *f.last)) {
        ASSERT_FALSE(group.members.empty());
        ASSERT_LE(group.members.size(), count);
      }
      if (f.again) {
        ASSERT_GT(*f.again, f.time.now);
      }
    }
    // Once all answer, it ends where the policy says.
    for (int round = 0; round < 200; ++round) {
      f.time.pass(500);
      for (size_t k = 0; k < count; ++k) {
        health[k].set_link("");
        health[k].take(0, {f.time.now, true, milliseconds(5)});
        (void)health[k].judge(f.time.now);
        f.standings[k] = {health[k].up(), health[k].since()};
        ASSERT_LE(health[k].targets()[0].window().size(), 10'001U);
      }
      (void)f.active();
    }
    for (size_t k = 0; k < count; ++k) EXPECT_TRUE(health[k].up()) << variant;
    if (f.uplinks.policy == UplinkPolicy::balance) {
      EXPECT_EQ(f.active().size(), count);
    }
    if (f.uplinks.policy == UplinkPolicy::failover && f.uplinks.failback != kFailbackNever) {
      uint32_t best = UINT32_MAX;
      for (const Uplink& uplink : f.uplinks.links) best = std::min(best, *uplink.priority);
      for (size_t k : f.active()) EXPECT_EQ(*f.uplinks.links[k].priority, best) << variant;
    }
  }
}

}  // namespace
}  // namespace netcfg::test
