// Rates, sizes, and what the kernel makes of the numbers of queueing disciplines.
#include <gtest/gtest.h>

#include "netcfg/model/qdisc.h"

namespace netcfg {
namespace {

TEST(Rate, ReadsTheUnitsOfTc) {
  EXPECT_EQ(parse_rate("8bit"), 1);
  EXPECT_EQ(parse_rate("100mbit"), 12'500'000);
  EXPECT_EQ(parse_rate("1.5gbit"), 187'500'000);
  EXPECT_EQ(parse_rate("64kibit"), 8'192);
  EXPECT_EQ(parse_rate("10gbit"), 1'250'000'000);
  EXPECT_EQ(parse_rate("1tbit"), 125'000'000'000);
  EXPECT_EQ(parse_rate("1mbps"), 1'000'000);
  EXPECT_EQ(parse_rate("2kibps"), 2'048);
  EXPECT_EQ(parse_rate("0.008kbit"), 1);
}

TEST(Rate, RefusesWhatIsNone) {
  for (std::string_view text :
       {"", "100", "bit", "mbit", "100 mbit", "100mbits", "100Mbit", "-1mbit", "1e3bit", "1.bit", ".5mbit",
        "1.2.3mbit", "4bit", "1.0001kbit", "100mbyte", "99999999999999999999bit", "9999999tibit"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Rate, IsWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(rate_to_string(12'500'000), "100mbit");
  EXPECT_EQ(rate_to_string(187'500'000), "1500mbit");
  EXPECT_EQ(rate_to_string(1), "8bit");
  EXPECT_EQ(rate_to_string(8'192), "64kibit");
  for (int64_t rate :
       {int64_t{1}, int64_t{7}, int64_t{1000}, int64_t{123'456'789}, int64_t{1} << 33, INT64_MAX / 8})
    EXPECT_EQ(parse_rate(rate_to_string(rate)), rate);
}

TEST(Rate, SizesAreBytes) {
  EXPECT_EQ(parse_size("1500"), 1500);
  EXPECT_EQ(parse_size("64kb"), 65'536);
  EXPECT_EQ(parse_size("1.5k"), 1'536);
  EXPECT_EQ(parse_size("1mb"), 1 << 20);
  for (std::string_view text : {"", "kb", "64 kb", "64kbit", "1.1b"}) EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Rate, NominalTimesOfCodelReadBackAsThemselves) {
  EXPECT_EQ(codel_time(5'000), 4'999U);
  EXPECT_EQ(nominal_codel_time(4'999), 5'000U);
  EXPECT_EQ(nominal_codel_time(codel_time(100'000)), 100'000U);
  for (uint32_t us = 1; us < 300'000; ++us) {
    uint32_t settled = nominal_codel_time(codel_time(us));
    ASSERT_EQ(nominal_codel_time(codel_time(settled)), settled) << us;
    ASSERT_LE(us > settled ? us - settled : settled - us, 2U);
  }
}

TEST(Rate, BurstsReadBackAsThemselves) {
  for (uint64_t rate : {uint64_t{1}, uint64_t{1'000}, uint64_t{12'500'000}, uint64_t{15'625'001},
                        uint64_t{1'250'000'000}, uint64_t{12'500'000'000}, uint64_t{1} << 40}) {
    for (uint32_t bytes : {1U, 1'600U, 1'601U, 14'100U, 1'000'000U}) {
      uint32_t once = settled_burst(rate, bytes);
      EXPECT_EQ(settled_burst(rate, once), once) << rate << " " << bytes;
    }
    EXPECT_EQ(settled_burst(rate, usual_burst(rate)), usual_burst(rate)) << rate;
  }
  // Where a tick is less than a byte nothing is lost.
  EXPECT_EQ(settled_burst(1'000, 1'601), 1'601U);
  EXPECT_EQ(usual_burst(12'500'000), 14'100U);
}

TEST(Qdisc, WhatTheKernelCanChangeInPlace) {
  Qdisc before, after;
  before.kind = FqCodel{.limit = 100, .flows = 1024};
  after = before;
  std::get<FqCodel>(after.kind).limit = 200;
  EXPECT_TRUE(changes_in_place(before, after));
  std::get<FqCodel>(after.kind).flows = 512;
  EXPECT_FALSE(changes_in_place(before, after));
  after = before;
  after.handle = 1;
  EXPECT_FALSE(changes_in_place(before, after));
  after = before;
  after.kind = Pfifo{};
  EXPECT_FALSE(changes_in_place(before, after));
}

TEST(Qdisc, ClassesChangeInPlaceButNotTheDefault) {
  Qdisc before;
  before.default_class = 2;
  before.classes = {{.id = 1, .rate = 1000, .ceil = 1000},
                    {.id = 2, .parent = 1, .rate = 500, .leaf = Pfifo{}}};
  Qdisc after = before;
  after.classes[1].rate = 600;
  after.classes.push_back({.id = 3, .parent = 1, .rate = 100, .leaf = Pfifo{}});
  EXPECT_TRUE(changes_in_place(before, after));
  after.default_class = 3;
  EXPECT_FALSE(changes_in_place(before, after));
  after = before;
  after.classes[1].parent = 0;
  EXPECT_FALSE(changes_in_place(before, after));
  after = before;
  after.classes[0].leaf = Pfifo{};  // it had classes below
  EXPECT_FALSE(changes_in_place(before, after));
}

}  // namespace
}  // namespace netcfg
