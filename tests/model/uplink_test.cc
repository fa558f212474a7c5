#include "netcfg/model/uplink.h"

#include <gmock/gmock.h>

#include <set>

namespace netcfg {
namespace {

Uplinks named(const std::vector<std::string>& names) {
  Uplinks out;
  for (const std::string& name : names) out.links.emplace_back().name = name;
  assign_numbers(out);
  fill_defaults(out);
  return out;
}

TEST(Uplinks, NumbersFollowFromNamesAlone) {
  Uplinks one = named({"telecom", "unicom"}), two = named({"unicom", "telecom"});
  EXPECT_EQ(one, two);
  EXPECT_EQ(named({"telecom"}).links[0].id, one.find("telecom")->id) << "another one changes nothing";
  EXPECT_EQ(one.find("unicom")->table, kUplinkTables + *one.find("unicom")->id);
}

TEST(Uplinks, NumbersAreDistinctAndTheGivenOnesStay) {
  Uplinks out;
  for (int i = 0; i < kMostUplinks; ++i) out.links.emplace_back().name = "u" + std::to_string(i);
  out.links[5].id = 17;
  std::string fixed = out.links[5].name;
  assign_numbers(out);
  std::set<uint8_t> ids;
  std::set<uint32_t> nexthops;
  for (const Uplink& uplink : out.links) {
    ids.insert(*uplink.id);
    for (Family family : {Family::ipv4, Family::ipv6}) {
      nexthops.insert(gateway_nexthop(uplink, family));
      nexthops.insert(steer_nexthop(uplink, family));
    }
    EXPECT_GE(*uplink.id, 1);
    EXPECT_LE(*uplink.id, kMostUplinks);
  }
  for (Family family : {Family::ipv4, Family::ipv6}) {
    nexthops.insert(policy_nexthop(family));
    nexthops.insert(dead_end_nexthop(family));
  }
  EXPECT_EQ(ids.size(), kMostUplinks);
  EXPECT_EQ(nexthops.size(), kMostUplinks * 4U + 4);
  EXPECT_EQ(out.find(fixed)->id, 17);
}

TEST(Uplinks, MarksLieInTheMask) {
  Uplinks out = named({"a"});
  out.links[0].id = 3;
  EXPECT_EQ(mark_of(out, out.links[0]), (Mark{0x00030000, 0x00ff0000}));
  out.mark = 0xf0;
  EXPECT_EQ(mark_of(out, out.links[0]), (Mark{0x30, 0xf0}));
}

TEST(Uplinks, DefaultsFollowFromWhatIsGiven) {
  Uplinks out = named({"a"});
  const Health& health = out.links[0].health;
  EXPECT_EQ(health.interval, 500U);
  EXPECT_EQ(health.timeout, 400U);
  EXPECT_EQ(health.require, 1);
  EXPECT_EQ(health.loss_clear, std::nullopt) << "no limit, nothing to clear";
  EXPECT_EQ(out.failback, kUsualFailback);
  out = {};
  Health& given = out.links.emplace_back().health;
  given.interval = 100, given.loss_limit = 30, given.latency_limit = 200;
  fill_defaults(out);
  EXPECT_EQ(given.timeout, 80U);
  EXPECT_EQ(given.loss_clear, 15);
  EXPECT_EQ(given.latency_clear, 150U);
}

TEST(Uplinks, SnatIsReadAsItIsWritten) {
  for (const char* text : {"auto", "masquerade", "none", "192.0.2.1", "2001:db8::1"})
    EXPECT_EQ(to_string(parse_snat(text).value()), text);
  EXPECT_FALSE(parse_snat("yes"));
  EXPECT_FALSE(parse_snat("192.0.2.1/24"));
}

}  // namespace
}  // namespace netcfg
