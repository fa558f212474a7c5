// Anchors, aliases and merge keys, and what they may cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml_support.h"

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Alias, SharesTheValue) {
  Reading r = read_text("a: &x [1, {b: 2}]\nc: *x\nd: &y e\n*y : f\ng: &x 3\nh: *x\n");
  EXPECT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(r.root()), "{a: [1, {b: 2}], c: [1, {b: 2}], d: e, e: f, g: 3, h: 3}");
  EXPECT_EQ(r.root().find("a")->items().data(), r.root().find("c")->items().data());
  EXPECT_EQ(at(r.root().entries()[3].key_place), "4:1") << "a key stands where it is used";
}

TEST(Alias, InsideItsOwnValueIsRefused) {
  Reading r = read_text("a: &x\n  b: [1, *x]\nc: &y { k: *y }\n");
  EXPECT_THAT(r.errors(), ElementsAre("2:10: the alias stands inside the value it refers to",
                                      "3:12: the alias stands inside the value it refers to"));
  EXPECT_EQ(r.diagnostics.sorted()[0].path, "a.b[1]");
  EXPECT_EQ(flat(r.root()), "{a: {b: [1, _]}, c: {k: _}}");
}

std::string bomb(int levels) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= levels; ++i) {
    std::string alias = fmt::format("*a{}, ", i - 1);
    text += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 10; ++k) text += alias;
    text += "]\n";
  }
  return text;
}

TEST(Alias, BombsAreDefused) {
  EXPECT_TRUE(read_text(bomb(4)).document);
  Reading r = read_text(bomb(8));
  EXPECT_FALSE(r.document);
  // a1 to a4 add 110, 1110, 11110 and 111110; each *a4 of a5 adds 111111 more.
  EXPECT_THAT(r.errors(), ElementsAre("6:45: aliases and merge keys add more than 1000000 values"));
  EXPECT_EQ(r.diagnostics.sorted()[0].path, "a5[7]");
}

TEST(Alias, PlainValuesAreNotCounted) {
  YamlLimits limits;
  limits.aliased = 6;
  EXPECT_TRUE(read_text("a: &x [1, 2]\nb: [*x, 3, 4, 5, 6, 7, 8, 9, *x]\n", limits).document);
  EXPECT_THAT(read_text("a: &x [1, 2]\nb: [*x, *x]\nc: &y 1\nd: *y\n", limits).errors(),
              ElementsAre("4:4: aliases and merge keys add more than 6 values"));
}

TEST(Alias, CannotNestDeeperThanWrittenValues) {
  YamlLimits limits;
  limits.depth = 6;
  EXPECT_TRUE(read_text("a: &x [[[1]]]\nb: [[*x]]\n", limits).document);
  Reading r = read_text("a: &x [[[1]]]\nb: [[[*x]]]\n", limits);
  EXPECT_THAT(r.errors(), ElementsAre("2:7: this alias nests lists and mappings more than 6 deep"));
  EXPECT_FALSE(r.document);
}

TEST(MergeKey, ExplicitKeysWinAndTheFirstMappingOfAList) {
  Reading r = read_text(
      "d: &d {a: 1, b: 2}\n"
      "e: &e {b: 3, c: 4}\n"
      "x:\n  <<: *d\n  b: 9\n"
      "y: {z: 0, <<: [*e, *d, {q: 5}]}\n");
  EXPECT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(*r.root().find("x")), "{b: 9, a: 1}");
  EXPECT_EQ(flat(*r.root().find("y")), "{z: 0, b: 3, c: 4, a: 1, q: 5}");
  const Entry& merged = r.root().find("x")->entries()[1];
  EXPECT_EQ(at(merged.key_place), "1:8");
  EXPECT_EQ(at(merged.value.place()), "1:11");
}

TEST(MergeKey, IsNotRecursiveAndMergesWhatWasMerged) {
  Reading r = read_text("d: &d {k: {a: 1}, l: 2}\ne: &e {<<: *d, m: 3}\nx: {<<: *e, k: {b: 1}}\n");
  EXPECT_EQ(flat(*r.root().find("x")), "{k: {b: 1}, m: 3, l: 2}");
}

TEST(MergeKey, InQuotesIsAnOrdinaryKey) {
  EXPECT_EQ(flat(read_text("\"<<\": {a: 1}\n").root()), "{<<: {a: 1}}");
}

TEST(MergeKey, TakesMappingsOnly) {
  EXPECT_THAT(read_text("<<: x\n").errors(),
              ElementsAre("1:5: `<<` takes a mapping or a list of mappings, got `x`"));
  EXPECT_THAT(read_text("a: {b: 1, <<: [{c: 1}, 2]}\n").errors(),
              ElementsAre(StartsWith("1:15: `<<` takes")));
  EXPECT_THAT(read_text("a: 1\n<<:\n").errors(), ElementsAre(StartsWith("2:1: `<<` takes")));
  EXPECT_THAT(read_text("a: &x 1\n<<: *x\n").errors(), ElementsAre(StartsWith("2:5: `<<` takes")));
  Reading r = read_text("<<: {a: 1}\n<<: {b: 1}\n");
  EXPECT_THAT(r.errors(), ElementsAre("2:1: `<<` is given twice in one mapping"));
  EXPECT_EQ(flat(r.root()), "{a: 1}");
}

TEST(MergeKey, WorksForBigMappings) {
  std::string text = "d: &d\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("  k{}: {}\n", i, i);
  Reading r = read_text(text + "x: {k50: new, <<: [*d, *d], own: 1}\n");
  const Node& x = *r.root().find("x");
  EXPECT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(x.size(), 101U);
  EXPECT_EQ(x.find("k50")->text(), "new");
  EXPECT_EQ(x.find("k99")->text(), "99");
}

// One mapping copied again and again without any alias would cost as much as a bomb.
TEST(MergeKey, CopiesCountAsAliasesDo) {
  YamlLimits limits;
  limits.aliased = 5;
  EXPECT_TRUE(read_text("<<: {a: 1, b: 1, c: 1}\n", limits).document);
  EXPECT_TRUE(read_text("d: &d {a: 1, b: 1}\ne: {<<: *d}\n", limits).document) << "not counted twice";
  EXPECT_THAT(read_text("<<: {<<: {a: 1, b: 1, c: 1}}\n", limits).errors(),
              ElementsAre("1:1: aliases and merge keys add more than 5 values"));
}

}  // namespace
}  // namespace netcfg
