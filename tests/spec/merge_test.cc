#include "netcfg/spec/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml_support.h"

namespace netcfg {
namespace {

using testing::ElementsAre;

struct Merged : Reading {
  explicit Merged(std::vector<std::string> texts) {
    std::vector<SpecFile> files;
    for (std::string& text : texts) files.push_back({fmt::format("f{}", files.size()), std::move(text)});
    document = read(sources, diagnostics, std::move(files));
  }
  std::string where(const Node* node) const { return sources.where(node->place()); }
};

TEST(Merge, MappingsKeyByKeyOthersAreReplaced) {
  Merged m({"a: {x: 1, y: [1, 2], z: {p: 1}}\nb: 1\n", "a: {y: [3], z: {q: 2}, w: 5}\nc: 1\n",
            "a: {x: 7}\nb: [8]\n"});
  EXPECT_EQ(flat(m.root()), "{a: {x: 7, y: [3], z: {p: 1, q: 2}, w: 5}, b: [8], c: 1}");
}

TEST(Merge, AMappingAndAnythingElseReplaceEachOther) {
  EXPECT_EQ(flat(Merged({"a: {x: 1}\nb: 1\n", "a: 2\nb: {y: 1}\n"}).root()), "{a: 2, b: {y: 1}}");
}

TEST(Merge, AnEmptyKeyChangesNothingAndAnExplicitNullTakesBack) {
  EXPECT_EQ(flat(Merged({"a: {x: 1}\nb: 1\nc: [1]\n", "a:\nb: ~\nc: null\nd:\n"}).root()),
            "{a: {x: 1}, b: ~, c: null, d: _}");
  EXPECT_EQ(flat(Merged({"a:\n", "a: {x: 1}\n"}).root()), "{a: {x: 1}}");
}

TEST(Merge, EmptyFilesChangeNothing) {
  EXPECT_EQ(flat(Merged({"", "a: 1\n", "# note\n", "~\n"}).root()), "{a: 1}");
  EXPECT_TRUE(Merged({"", ""}).root().is_null());
  EXPECT_TRUE(Merged({}).root().is_null());
}

TEST(Merge, EveryValueKeepsItsPlace) {
  Merged m({"a:\n  x: 1\n  y: 2\n", "\na: {y: 3, z: 4}\n"});
  const Node* a = m.root().find("a");
  EXPECT_EQ(m.where(a), "f0:2:3");
  EXPECT_EQ(m.where(a->find("x")), "f0:2:6");
  EXPECT_EQ(m.where(a->find("y")), "f1:2:8");
  EXPECT_EQ(m.sources.where(a->entries()[1].key_place), "f1:2:5");
  EXPECT_EQ(m.where(a->find("z")), "f1:2:14");
}

TEST(Merge, BigMappings) {
  std::string first = "i:\n";
  std::string second = "i:\n";
  for (int k = 0; k < 2000; ++k) first += fmt::format("  k{}: {{a: 1}}\n", k);
  for (int k = 1999; k >= 1000; --k) second += fmt::format("  k{}: {{b: 2}}\n", k);
  Merged m({first, second + "  new: 1\n"});
  const Node& i = *m.root().find("i");
  EXPECT_EQ(i.size(), 2001U);
  EXPECT_EQ(flat(*i.find("k999")), "{a: 1}");
  EXPECT_EQ(flat(*i.find("k1000")), "{a: 1, b: 2}");
}

TEST(Merge, AValueSharedByAnAliasChangesOnlyWhereItIsMerged) {
  Merged m({"a: &x {k: 1}\nb: *x\n", "b: {k: 2}\n"});
  EXPECT_EQ(flat(m.root()), "{a: {k: 1}, b: {k: 2}}");
}

TEST(Merge, EachFileHasItsOwnAnchors) {
  Merged m({"a: &x 1\n", "b: *x\n"});
  EXPECT_THAT(m.errors(), ElementsAre("1:4: no anchor stands before the alias `*x`"));
}

TEST(Read, TellsTheErrorsOfAllFiles) {
  Merged m({"a: [\n", "b: 1\nb: 2\n", "c: \x01\n"});
  EXPECT_FALSE(m.document);
  std::vector<std::string> where;
  for (const Diagnostic& d : m.diagnostics.sorted()) where.push_back(m.sources.where(d.place));
  EXPECT_THAT(where, ElementsAre("f0:1:4", "f1:2:1", "f2:1:4"));
}

TEST(Read, LesserErrorsLeaveTheTree) {
  Merged m({"b: 1\nb: 2\n", "c: 3\n"});
  EXPECT_EQ(m.diagnostics.errors(), 1U);
  EXPECT_EQ(flat(m.root()), "{b: 1, c: 3}");
}

}  // namespace
}  // namespace netcfg
