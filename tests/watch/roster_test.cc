// Random failures and returns, judged by the roster and, far more simply and slowly, by an oracle that keeps
// all that ever happened; what follows is written to a kernel that deletes what Linux deletes.
#include "netcfg/watch/roster.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "netcfg/watch/probing.h"
#include "tests/support/random.h"
#include "tests/watch/simulated.h"

namespace netcfg::test {
namespace {

using namespace watch;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

Ways some_ways(size_t count) {
  Ways ways{some_uplinks(count), {}, {}};
  for (Uplink& uplink : ways.uplinks.links) uplink.health.targets.emplace_back();
  return ways;
}

TEST(Roster, LeavesFailedUplinksOnceAndOnlyForAnother) {
  SimulatedTime time;
  Roster roster(some_ways(2), {}, {time.now, 0});
  auto link = [&](size_t i, const char* problem) {
    roster.health(i).set_link(problem);
    for (int n = 0; n < 10; ++n) roster.health(i).take(0, {time.pass(1), true, {}});
    (void)roster.judge(time.now);
  };
  EXPECT_THAT(roster.take_left(), IsEmpty());
  link(0, "no carrier");
  EXPECT_THAT(roster.take_left(), ElementsAre(0));
  EXPECT_THAT(roster.take_left(), IsEmpty()) << "once";
  link(1, "no carrier");
  EXPECT_THAT(roster.take_left(), IsEmpty()) << "there is no other";
  link(0, "");
  EXPECT_THAT(roster.take_left(), ElementsAre(1)) << "now there is";
  link(0, "no carrier");
  link(0, "");
  EXPECT_THAT(roster.take_left(), IsEmpty()) << "it has come back before any other";
}

TEST(Roster, KnowsFromTheLastWatcherWhatWasNotLeftYet) {
  for (bool other_up : {false, true}) {
    View before;
    before.uplinks.resize(2);
    before.uplinks[0].name = "a", before.uplinks[0].up = false;
    before.uplinks[1].name = "b", before.uplinks[1].up = other_up;
    SimulatedTime time;
    Roster roster(some_ways(2), before, {time.now, 0});
    for (int n = 0; n < 10; ++n) roster.health(1).take(0, {time.pass(1), true, {}});
    (void)roster.judge(time.now);
    EXPECT_EQ(roster.take_left().empty(), other_up) << "it was left by the last one where another worked";
  }
}

// What is known of one uplink, from everything that happened to it.
struct Slow {
  struct Heard {
    bool link = false;  // it is news of the link, not an answer
    bool ok = false;
  };
  std::vector<Heard> all;
  bool held = false, up = true;
  Time since;

  // The longest row of this kind that ends at each place is looked at; the last one that is long enough
  // counts.
  bool works(uint32_t down_after, uint32_t up_after) const {
    size_t begin = 0;
    bool link = true, answers = true;
    for (size_t i = 0; i < all.size(); ++i) {
      if (!all[i].link) continue;
      if (link && !all[i].ok) begin = i, answers = false;
      link = all[i].ok;
    }
    uint32_t good = 0, bad = 0;
    for (size_t i = begin; i < all.size(); ++i) {
      if (all[i].link) continue;
      good = all[i].ok ? good + 1 : 0, bad = all[i].ok ? 0 : bad + 1;
      if (good >= up_after) answers = true;
      if (bad >= down_after) answers = false;
    }
    return link && answers && !held;
  }
  bool has_link() const {
    auto last = std::find_if(all.rbegin(), all.rend(), [](const Heard& one) { return one.link; });
    return last == all.rend() || last->ok;
  }
};

// Which uplinks are active, said as the manual says it.
std::set<size_t> slow_choice(const Uplinks& uplinks, const std::vector<Slow>& all,
                             const std::set<size_t>& before, Time now) {
  std::set<size_t> up, stay, come;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i].up) continue;
    up.insert(i);
    if (before.contains(i)) stay.insert(i);
    if (*uplinks.failback != kFailbackNever && now - all[i].since >= milliseconds(*uplinks.failback))
      come.insert(i);
  }
  if (up.empty()) return *uplinks.on_all_down == AllDown::keep ? before : std::set<size_t>{};
  if (*uplinks.policy == UplinkPolicy::balance) return up;
  // Who carries traffic goes on, unless a better one may come; where nobody does the best takes over.
  std::set<size_t> among = stay.empty() ? up : stay;
  if (!stay.empty()) among.insert(come.begin(), come.end());
  auto priority = [&](size_t i) { return *uplinks.links[i].priority; };
  uint32_t best = priority(*std::ranges::min_element(among, {}, priority));
  std::erase_if(up, [&](size_t i) { return priority(i) != best; });
  return up;
}

// Next hops and the routes by them, as Linux keeps them.
struct SlowKernel {
  std::map<uint32_t, Nexthop> nexthops;
  std::set<uint32_t> routes;  // by which next hop

  void carrier_lost(const Uplink& uplink) {
    uint32_t id = gateway_nexthop(uplink, Family::ipv4);
    remove(id);
    for (auto it = nexthops.begin(); it != nexthops.end();) {
      auto& group = it->second.group;
      bool emptied =
          std::erase_if(group, [&](const NexthopMember& m) { return m.id == id; }) > 0 && group.empty();
      uint32_t gone = (it++)->first;
      if (emptied) remove(gone);
    }
  }
  void remove(uint32_t id) { nexthops.erase(id), routes.erase(id); }
  std::vector<Nexthop> live() const {
    std::vector<Nexthop> out;
    for (const auto& [id, one] : nexthops) out.push_back(one);
    return out;
  }
  void put(const Nexthop& one) {
    for (const NexthopMember& member : one.group)
      ASSERT_TRUE(nexthops.contains(member.id)) << "ENOENT: a member that is not there";
    nexthops[one.id] = one;
  }
  void take(const Steps& steps) {
    for (const Nexthop& one : steps.make) put(one);
    for (const Nexthop& one : steps.replace) {
      ASSERT_TRUE(nexthops.contains(one.id)) << "ENOENT: nothing to replace";
      put(one);
    }
    for (const Route& one : steps.restore) {
      ASSERT_TRUE(nexthops.contains(one.nexthop_id)) << "EINVAL: a route by what is not there";
      routes.insert(one.nexthop_id);
    }
  }
};

class RandomRoster : public testing::TestWithParam<int> {
 protected:
  RandomRoster() : random_(static_cast<uint64_t>(GetParam())), count_(2 + random_.below(3)) {
    ways_ = some_ways(count_);
    Uplinks& uplinks = ways_.uplinks;
    uplinks.policy = random_.chance(70) ? UplinkPolicy::failover : UplinkPolicy::balance;
    uplinks.failback = random_.pick<uint32_t>({0, 3000, kFailbackNever});
    uplinks.on_all_down = random_.chance(50) ? AllDown::keep : AllDown::unreachable;
    uplinks.hold_down = random_.pick<uint32_t>({0, 1500});
    if (random_.chance(50)) uplinks.steer.emplace_back().via = "b";
    for (Uplink& uplink : uplinks.links) {
      uplink.priority = random_.below(3);
      uplink.health.down_after = static_cast<uint16_t>(random_.between(1, 4));
      uplink.health.up_after = static_cast<uint16_t>(random_.between(1, 4));
      route_by(gateway_nexthop(uplink, Family::ipv4));
    }
    route_by(policy_nexthop(Family::ipv4));
    if (!uplinks.steer.empty()) route_by(steer_nexthop(uplinks.links[1], Family::ipv4));
    roster_.emplace(ways_, View{}, Now{time_.now, 0});
    slow_.resize(count_);
    for (Slow& one : slow_) one.since = time_.now;
    settle(Repair::all);
  }

  void route_by(uint32_t nexthop) {
    Route route;
    route.to = *parse_prefix("0.0.0.0/0"), route.nexthop_id = nexthop, route.table = nexthop;
    ways_.routes.push_back(route);
  }

  // One thing that happens; what the watcher would repair after it.
  Repair something() {
    size_t i = random_.below(count_);
    Repair repair = Repair::no;
    switch (random_.below(12)) {
      case 0:  // a carrier, which may come back before anybody has heard of its loss
        kernel_.carrier_lost(ways_.uplinks.links[i]);
        repair = Repair::lost;
        if (random_.chance(30)) break;
        [[fallthrough]];
      case 1: {
        bool ok = random_.chance(50);
        if (!ok) kernel_.carrier_lost(ways_.uplinks.links[i]);
        slow_[i].all.push_back({true, ok});
        roster_->health(i).set_link(ok ? "" : "no carrier");
        repair = Repair::lost;
        break;
      }
      case 2:
        slow_[i].held = !slow_[i].held;
        roster_->health(i).hold(slow_[i].held);
        break;
      default: {
        bool ok = random_.chance(70);
        slow_[i].all.push_back({false, ok});
        roster_->health(i).take(0, {time_.now, ok, milliseconds(5)});
      }
    }
    return repair;
  }

  void settle(Repair repair) {
    std::vector<Event> events = roster_->judge(time_.now);
    if (!events.empty() && repair == Repair::no) repair = Repair::lost;
    kernel_.take(steps_to(ways_, roster_->groups(), roster_->usable(), kernel_.live(), repair));
    for (size_t i : roster_->take_left()) ++forgotten_[i];
  }

  void judge_slowly() {
    std::set<size_t> left;
    for (size_t i = 0; i < count_; ++i) {
      Slow& one = slow_[i];
      const Health& health = ways_.uplinks.links[i].health;
      bool works = one.works(*health.down_after, *health.up_after);
      if (works == one.up) continue;
      if (works && time_.now - one.since < milliseconds(*ways_.uplinks.hold_down)) continue;
      one.up = works, one.since = time_.now;
      if (works) left_.erase(i);
      if (!works) left_.insert(i);
    }
    if (std::ranges::any_of(slow_, &Slow::up)) {
      for (size_t i : left_) ++expected_forgotten_[i];
      left_.clear();
    }
    active_ = slow_choice(ways_.uplinks, slow_, active_, time_.now);
  }

  void compare(int event) {
    View view = roster_->view({time_.now, 0});
    std::set<size_t> active;
    for (size_t i = 0; i < count_; ++i) {
      ASSERT_EQ(view.uplinks[i].up, slow_[i].up) << "uplink " << i << " event " << event;
      if (view.uplinks[i].active4) active.insert(i);
    }
    ASSERT_EQ(active, active_) << "event " << event;
    ASSERT_EQ(forgotten_, expected_forgotten_) << "event " << event;
    compare_group(policy_nexthop(Family::ipv4), active);
    if (!ways_.uplinks.steer.empty())
      compare_group(steer_nexthop(ways_.uplinks.links[1], Family::ipv4),
                    slow_[1].up ? std::set<size_t>{1} : active);
    for (const Route& route : ways_.routes)
      ASSERT_EQ(kernel_.nexthops.contains(route.nexthop_id), kernel_.routes.contains(route.nexthop_id))
          << "route by " << route.nexthop_id << " event " << event;
    for (size_t i = 0; i < count_; ++i)
      ASSERT_EQ(slow_[i].has_link(),
                kernel_.nexthops.contains(gateway_nexthop(ways_.uplinks.links[i], Family::ipv4)))
          << "gateway " << i << " event " << event;
  }

  // Of these, all whose link runs; where none does there is nothing that the kernel would take.
  void compare_group(uint32_t id, const std::set<size_t>& uplinks) {
    std::vector<NexthopMember> members;
    for (size_t i : uplinks)
      if (slow_[i].has_link()) members.push_back({gateway_nexthop(ways_.uplinks.links[i], Family::ipv4), 1});
    if (uplinks.empty()) members.push_back({dead_end_nexthop(Family::ipv4), 1});
    if (members.empty()) return;
    std::ranges::sort(members);
    auto group = kernel_.nexthops.find(id);
    ASSERT_TRUE(group != kernel_.nexthops.end()) << id;
    ASSERT_EQ(group->second.group, members) << id;
  }

  Rng random_;
  size_t count_;
  Ways ways_;
  SimulatedTime time_;
  std::optional<Roster> roster_;
  std::vector<Slow> slow_;
  SlowKernel kernel_;
  std::set<size_t> active_, left_;
  std::map<size_t, int> forgotten_, expected_forgotten_;
};

TEST_P(RandomRoster, IsWhatTheSlowOneIs) {
  judge_slowly();
  // As many as are active at first: those that would be if all worked.
  for (int event = 0; event < 1500 && !HasFatalFailure(); ++event) {
    time_.pass(static_cast<int>(random_.between(1, 600)));
    Repair repair = something();
    settle(repair);
    judge_slowly();
    compare(event);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRoster, testing::Range(1, 33));

}  // namespace
}  // namespace netcfg::test
