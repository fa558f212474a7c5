#include "netcfg/model/nft.h"

#include <gmock/gmock.h>

namespace netcfg {
namespace {

using testing::ElementsAre;

TEST(NftText, HasOnlyChainsWithRules) {
  NftRules rules;
  EXPECT_TRUE(rules.empty());
  rules.srcnat = {{"oifname \"eth0\" masquerade", {7, 3, 0}, "nat.masquerade[0]"}};
  rules.prerouting = {{"ct state new", {9, 1, 0}, {}}, {"ct state related", {5, 1, 0}, {}}};
  EXPECT_FALSE(rules.empty());
  Ruleset ruleset = to_ruleset(rules);
  EXPECT_EQ(ruleset.text,
            "table inet netcfg {\n"
            "\tchain prerouting {\n"
            "\t\ttype filter hook prerouting priority mangle; policy accept;\n"
            "\t\tct state new\n"
            "\t\tct state related\n"
            "\t}\n"
            "\n"
            "\tchain srcnat {\n"
            "\t\ttype nat hook postrouting priority srcnat - 1; policy accept;\n"
            "\t\toifname \"eth0\" masquerade comment \"nat.masquerade[0]\"\n"
            "\t}\n"
            "}\n");
  EXPECT_EQ(ruleset.origin, (Place{5, 1, 0}));
  // Its line tells where a rule comes from.
  EXPECT_EQ(ruleset.place_of(4), (Place{9, 1, 0}));
  EXPECT_EQ(ruleset.place_of(5), (Place{5, 1, 0}));
  EXPECT_EQ(ruleset.place_of(10), (Place{7, 3, 0}));
  EXPECT_EQ(ruleset.place_of(2), ruleset.origin);
}

TEST(NftText, CommentsCannotBreakOut) {
  NftRules rules;
  rules.forward = {{"accept", {}, "a \"b\"\n" + std::string(200, 'x')}};
  std::string text = to_ruleset(rules).text;
  EXPECT_THAT(text, testing::HasSubstr("accept comment \"a ?b??" + std::string(121, 'x') + "\"\n"));
}

TEST(UnifiedDiff, ShowsWhatDiffersAndTwoLinesBeside) {
  std::string before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n", after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n";
  EXPECT_THAT(unified_diff(before, after),
              ElementsAre(" 3", " 4", "-5", "+five", " 6", " 7", " 8", " 9", "+ten"));
  EXPECT_THAT(unified_diff(before, before), ElementsAre());
  EXPECT_THAT(unified_diff("", "\ta\n"), ElementsAre("+  a"));
  EXPECT_THAT(unified_diff("a\n", ""), ElementsAre("-a"));
  EXPECT_THAT(unified_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n"),
              ElementsAre("-a", " 1", " 2", " …", " 5", " 6", "-b"));
}

}  // namespace
}  // namespace netcfg
