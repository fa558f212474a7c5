#include "netcfg/spec/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml_support.h"

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Yaml, KeepsOrderTextAndQuotes) {
  Reading r = read_text("b: 010\na:\n  - x y\n  - {k: 'v', \"q\": ~}\nc: |\n  off\nd: \"\"\ne:\n");
  EXPECT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(r.root()), "{b: 010, a: [x y, {k: \"v\", q: ~}], c: \"off\n\", d: \"\", e: _}");
}

TEST(Yaml, KnowsWhereEverythingStands) {
  Reading r = read_text("# note\né: ü\nlist:\n  - one\n  - { key:  'v' }\nlast: &x {\n  z: 1}\nalias: *x\n");
  ASSERT_THAT(r.errors(), IsEmpty());
  auto entries = r.root().entries();
  EXPECT_EQ(at(r.root().place()), "2:1");
  EXPECT_EQ(at(entries[0].value.place()), "2:5") << "columns are bytes";
  EXPECT_EQ(at(entries[1].key_place), "3:1");
  EXPECT_EQ(at(entries[1].value.place()), "4:3");
  auto items = entries[1].value.items();
  EXPECT_EQ(at(items[0].place()), "4:5");
  EXPECT_EQ(at(items[1].place()), "5:5");
  EXPECT_EQ(at(items[1].entries()[0].key_place), "5:7");
  EXPECT_EQ(at(items[1].entries()[0].value.place()), "5:13");
  EXPECT_EQ(at(entries[2].value.place()), "6:10") << "behind the anchor";
  EXPECT_EQ(at(entries[2].value.find("z")->place()), "7:6");
  EXPECT_EQ(at(entries[3].key_place), "8:1");
  EXPECT_EQ(at(entries[3].value.place()), "6:10") << "where it is written";
}

TEST(Yaml, AValueLeftOutStandsAtItsKeyOrDash) {
  Reading r = read_text("a:\n\n# note\nb:\n  -\n  - ~\n  -   \n\n  - x\nc: &n\nd: *n\n");
  ASSERT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(r.root()), "{a: _, b: [_, ~, _, x], c: _, d: _}");
  EXPECT_EQ(at(r.root().find("a")->place()), "1:1");
  auto items = r.root().find("b")->items();
  EXPECT_EQ(at(items[0].place()), "5:3");
  EXPECT_EQ(at(items[1].place()), "6:5");
  EXPECT_EQ(at(items[2].place()), "7:3");
  EXPECT_EQ(at(r.root().find("d")->place()), "10:4");
}

TEST(Yaml, ANullAsTheNextKeyIsNotTheValueBefore) {
  Reading r = read_text("a:\n~: 1\n");
  EXPECT_THAT(r.errors(), ElementsAre("2:1: a key must be text"));
  EXPECT_EQ(flat(r.root()), "{a: _}");
}

TEST(Yaml, NothingWrittenIsANullAtTheStart) {
  for (const char* text : {"", "\n", "# only a note\n", "\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf"}) {
    Reading r = read_text(text);
    EXPECT_THAT(r.errors(), IsEmpty());
    EXPECT_TRUE(r.root().is_null());
    EXPECT_EQ(at(r.root().place()), "1:1");
  }
}

TEST(Yaml, ByteOrderMarkAndCarriageReturnsChangeNothing) {
  Reading r = read_text(
      "\xef\xbb\xbf"
      "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: \"p\r\n  q\"\r\nd: z\r\n");
  ASSERT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(r.root()), "{a: 1, b: \"x\ny\n\", c: \"p q\", d: z}");
  EXPECT_EQ(at(r.root().entries()[0].key_place), "1:1");
  EXPECT_EQ(at(r.root().find("d")->place()), "7:4");
}

TEST(Yaml, IsReadFromTheFileThatItSays) {
  Sources sources;
  Diagnostics diagnostics;
  auto first = parse(sources, diagnostics, "one", "a: 1\n");
  auto second = parse(sources, diagnostics, "two", "a: 1\nb: {c: 2, c: 3}\n");
  EXPECT_EQ(second->root.find("a")->place().file, 1);
  ASSERT_EQ(diagnostics.errors(), 1U);
  EXPECT_EQ(sources.where(diagnostics.sorted()[0].place), "two:2:11");
  EXPECT_EQ(diagnostics.sorted()[0].path, "b.c");
}

TEST(Yaml, JsonIsYaml) {
  Reading r = read_text("{\n \"a\": [{\"b\":1}, true],\n \"a\": \"x\"}\n");
  EXPECT_THAT(r.errors(), ElementsAre("3:2: `a` is given twice; first in line 2"));
  EXPECT_EQ(flat(r.root()), "{a: [{b: 1}, true]}");
  EXPECT_EQ(at(r.root().place()), "1:1");
  EXPECT_EQ(at(read_text("  {\"a\": 1}").root().find("a")->place()), "1:9");
  EXPECT_THAT(read_text("[1]\n[2]").errors(), ElementsAre(StartsWith("2:1: this stands outside")));
  EXPECT_THAT(read_text("{\"a\" 1}").errors(), ElementsAre(StartsWith("1:6: `{` is not closed")));
  EXPECT_THAT(read_text("{a: 1}: 2").errors(), ElementsAre("1:7: a colon cannot stand here"));
}

TEST(Yaml, AKeyGivenTwiceKeepsTheFirst) {
  Reading r = read_text("a: 1\nb: 2\nl:\n- x\n- {k: 1, j: 2, 'k': 3}\na: 4\n");
  EXPECT_THAT(r.errors(), ElementsAre("5:16: `k` is given twice; first in line 5",
                                      "6:1: `a` is given twice; first in line 1"));
  EXPECT_EQ(r.diagnostics.sorted()[0].path, "l[1].k");
  EXPECT_EQ(r.diagnostics.sorted()[1].path, "a");
  EXPECT_EQ(flat(r.root()), "{a: 1, b: 2, l: [x, {k: 1, j: 2}]}");
}

TEST(Yaml, FindsRepeatedKeysOfBigMappingsToo) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("k{}: {}\n", i * 7919 % 5000, i);
  EXPECT_THAT(read_text(text).errors(), IsEmpty());
  text += "k7919: x\nk0: x\nk7919: y\nk0: y\n";
  Reading r = read_text(text);
  EXPECT_THAT(r.errors(), ElementsAre("5002:1: `k0` is given twice; first in line 1",
                                      "5003:1: `k7919` is given twice; first in line 5001",
                                      "5004:1: `k0` is given twice; first in line 1"));
  EXPECT_EQ(r.root().size(), 5001U);
  EXPECT_EQ(r.root().find("k0")->text(), "0");
}

TEST(Yaml, KeysAreText) {
  EXPECT_THAT(read_text("? [a]\n: 1\nb: 2\n").errors(), ElementsAre("1:3: a key must be text"));
  EXPECT_THAT(read_text("a: 1\n[b]: 2\n").errors(), ElementsAre("2:1: a key must be text"));
  EXPECT_THAT(read_text("a: 1\n: 2\n").errors(), ElementsAre("2:1: a key must be text"));
  EXPECT_EQ(flat(read_text("on: 1\n80: 2\n0.0.0.0: 3\n'~': 4\n").root()), "{on: 1, 80: 2, 0.0.0.0: 3, ~: 4}");
}

TEST(Yaml, TagsOfTheStandardThatFitAreTaken) {
  Reading r = read_text(
      "a: !!str 1\nb: !!int \"5\"\nc: !!null\nd: !!seq [1]\ne: !!map {x: !!bool true}\nf: !!str ~\n");
  EXPECT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(r.root()), "{a: \"1\", b: 5, c: ~, d: [1], e: {x: true}, f: \"~\"}");
  EXPECT_EQ(at(r.root().find("a")->place()), "1:10");
}

TEST(Yaml, OtherTagsAreRefusedAndTheRestIsRead) {
  Reading r = read_text("a: !foo bar\nb: !!binary eA==\nc:\n  - !!map [1]\n  - !!str {}\nd: !bad\n");
  EXPECT_THAT(
      r.errors(),
      ElementsAre("1:4: the tag `!foo` means nothing here", "2:4: the tag `!!binary` means nothing here",
                  "4:5: the tag `!!map` means nothing here", "5:5: the tag `!!str` means nothing here",
                  "6:4: the tag `!bad` means nothing here"));
  EXPECT_EQ(r.diagnostics.sorted()[3].path, "c[1]");
  EXPECT_EQ(r.root().find("a")->text(), "bar");
}

TEST(Yaml, ManyErrorsAreCutShort) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a: 1\n";
  Reading r = read_text(text);
  ASSERT_EQ(r.errors().size(), 101U);
  EXPECT_THAT(r.errors().back(), StartsWith("102:1: too many errors"));
  EXPECT_FALSE(r.document);
}

TEST(Yaml, AHundredThousandSmallEntriesStaySmall) {
  std::string text = "routes:\n";
  for (int i = 0; i < 20000; ++i) {
    text += fmt::format("  - to: 10.{}.{}.0/24\n    via: 192.0.2.1\n", i / 256, i % 256);
  }
  Reading r = read_text(std::move(text));
  EXPECT_EQ(r.root().find("routes")->size(), 20000U);
  EXPECT_LT(r.document->arena.bytes() / (2 * 20000), 100U) << "bytes per scalar entry";
}

}  // namespace
}  // namespace netcfg
