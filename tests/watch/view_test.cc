#include "netcfg/watch/view.h"

#include <gmock/gmock.h>

#include "netcfg/watch/roster.h"
#include "tests/watch/simulated.h"

namespace netcfg::test {
namespace {

using namespace watch;
using std::chrono::milliseconds;
using testing::HasSubstr;

View some_view() {
  View out;
  out.written = 1'700'000'000'123, out.kernel = "net:[7]", out.switches = 3;
  UplinkView a{.name = "a", .interface = "eth0", .up = false, .held = true, .since = 1'700'000'000'000};
  a.reason = "it is held \"down\"", a.loss = 12, a.changes = 4;
  a.targets = {{"neighbour 192.0.2.1", false, std::nullopt, 100}, {"ping:1.1.1.1", true, 900, 0}};
  UplinkView b{.name = "b", .interface = "eth1", .active4 = true, .active6 = true};
  b.rtt = 1234;
  out.uplinks = {a, b};
  return out;
}

TEST(View, IsReadAsItWasWritten) {
  auto back = view_from_json(to_json(some_view()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, some_view());
  EXPECT_FALSE(view_from_json("{\"format\":2}"));
  std::string text = to_json(some_view());
  for (size_t n = 0; n + 1 < text.size(); ++n) EXPECT_FALSE(view_from_json(text.substr(0, n))) << n;
}

TEST(View, MetricsAreThoseOfPrometheus) {
  std::string text = to_metrics(some_view());
  EXPECT_THAT(text, HasSubstr("# TYPE netcfg_uplink_up gauge\n"
                              "netcfg_uplink_up{uplink=\"a\",interface=\"eth0\"} 0\n"
                              "netcfg_uplink_up{uplink=\"b\",interface=\"eth1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("netcfg_uplink_rtt_seconds{uplink=\"b\",interface=\"eth1\"} 0.001234\n"));
  EXPECT_THAT(text, HasSubstr("netcfg_uplink_loss_ratio{uplink=\"a\",interface=\"eth0\"} 0.12\n"));
  EXPECT_THAT(text, HasSubstr("netcfg_uplinks_switches_total 3\n"));
}

// What one watcher saw is where the next one begins.
TEST(Roster, GoesOnWhereTheLastOneEnded) {
  SimulatedTime time;
  Ways ways{some_uplinks(2), {}, {}};
  for (Uplink& uplink : ways.uplinks.links) uplink.health.targets.emplace_back();
  Roster first(ways, {}, {time.now, 1'000'000});
  EXPECT_TRUE(first.judge(time.now).empty());
  time.pass(5000);
  first.health(0).set_link("eth0 has no carrier");
  std::vector<Event> events = first.judge(time.now);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].kind + events[1].kind + events[2].kind, "downidleactive");
  EXPECT_EQ(events[2].reason, "active: b");
  View seen = first.view({time.now, 1'005'000});
  EXPECT_EQ(seen.find("a")->since, 1'005'000);
  EXPECT_EQ(seen.switches, 1U);

  SimulatedTime later;  // a clock that began anew
  later.pass(123'456);
  Roster second(ways, seen, {later.now, 1'006'000});
  EXPECT_TRUE(second.judge(later.now).empty()) << "it waits for answers";
  EXPECT_EQ(second.groups(), first.groups());
  View again = second.view({later.now, 1'006'000});
  EXPECT_EQ(again.find("a")->since, 1'005'000);
  EXPECT_THAT(again.find("a")->reason, HasSubstr("no answer yet"));
  EXPECT_FALSE(again.find("a")->up);
  EXPECT_TRUE(again.find("b")->active4);
}

}  // namespace
}  // namespace netcfg::test
