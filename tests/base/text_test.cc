#include "netcfg/base/text.h"

#include <gmock/gmock.h>

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::Optional;

TEST(ParseUnsigned, TakesDecimalAndHexadecimalOnly) {
  EXPECT_THAT(parse_unsigned("0"), Optional(Eq(0U)));
  EXPECT_THAT(parse_unsigned("0x1F"), Optional(Eq(31U)));
  EXPECT_THAT(parse_unsigned("18446744073709551615"), Optional(Eq(UINT64_MAX)));
  for (const char* bad : {"", "010", "-1", "+1", " 1", "1 ", "0x", "1e3", "18446744073709551616", "0x1_0"})
    EXPECT_EQ(parse_unsigned(bad), std::nullopt) << bad;
}

TEST(ParseSigned, ReachesBothEnds) {
  EXPECT_THAT(parse_signed("-9223372036854775808"), Optional(Eq(INT64_MIN)));
  EXPECT_THAT(parse_signed("9223372036854775807"), Optional(Eq(INT64_MAX)));
  EXPECT_EQ(parse_signed("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_signed("--1"), std::nullopt);
}

TEST(Nearest, FindsTheSlipButNotAnyWord) {
  std::string_view keys[] = {"address", "addresses", "mtu", "mac", "miimon"};
  EXPECT_THAT(nearest("adresses", keys), Optional(Eq("addresses")));
  EXPECT_THAT(nearest("mimon", keys), Optional(Eq("miimon")));
  EXPECT_THAT(nearest("mut", keys), Optional(Eq("mtu")));
  EXPECT_EQ(nearest("zebra", keys), std::nullopt);
}

TEST(Printable, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[2Jb\tc"), "a?[2Jb c");
  EXPECT_EQ(printable("\xff\xc0\x80é"), "???é");
  EXPECT_EQ(printable("\xc2\x9b"), "?");
  EXPECT_FALSE(valid_utf8("\xed\xa0\x80"));
  EXPECT_EQ(display_width("é…"), 2U);
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
}

}  // namespace
}  // namespace netcfg
