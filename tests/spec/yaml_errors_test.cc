// Every way to get YAML itself wrong: the place, what is said, and that nothing is returned.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml_support.h"

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

struct Case {
  const char* name;
  std::string text;
  const char* error;
};

class YamlError : public testing::TestWithParam<Case> {};

TEST_P(YamlError, HasAPlaceAndAHint) {
  Reading r = read_text(GetParam().text);
  EXPECT_THAT(r.errors(), ElementsAre(StartsWith(GetParam().error)));
  EXPECT_FALSE(r.document);
  for (const Diagnostic& d : r.diagnostics.sorted()) EXPECT_FALSE(d.hint.empty());
}

using namespace std::string_literals;

const Case kSyntax[] = {
    {"UnclosedList", "a: [1, 2\nb: 3\n",
     "2:2: `[` is not closed, or a comma is missing before this; it was opened in line 1"},
    {"UnclosedListAtTheEnd", "a: 1\nb: [1\n\n", "2:5: `[` is not closed"},
    {"UnclosedMap", "a: {x: 1\n", "1:8: `{` is not closed"},
    {"MissingComma", "a: [{b: 1} {c: 2}]\n", "1:12: `[` is not closed, or a comma is missing"},
    {"WrongBracket", "a: [1}\n", "1:6: a closing bracket without an opening one"},
    {"ClosingBracket", "a: ]\n", "1:4: a closing bracket without an opening one"},
    {"UnclosedQuotes", "a: 1\nb: \"foo\nc: 1\n", "2:4: these quotes are never closed"},
    {"UnclosedSingleQuotes", "a: 'it''s\nc: 1\n", "1:4: these quotes are never closed"},
    {"UnclosedQuotesInAList", "a: [1, \"x]\n", "1:8: these quotes are never closed"},
    {"UnclosedQuotesBehindATag", "a: !!str &x\n  'b\n", "2:3: these quotes are never closed"},
    {"EscapedQuotes", "a: \"x\\\"\n", "1:4: these quotes are never closed"},
    {"TextAfterQuotes", "a: \"x\" y\n", "1:8: unexpected text after the value"},
    {"TextAfterList", "a: [1] 2\n", "1:8: unexpected text after the value"},
    {"TwoColons", "a: b: c\n", "1:5: a colon cannot stand here"},
    {"IndentedTooFar", "a: 1\n b: 2\n", "2:3: a colon cannot stand here"},
    {"IndentedBetween", "a:\n    b: 1\n  c: 2\n", "3:3: this does not fit the mapping it stands in"},
    {"ListInMapping", "a: 1\n- b\n", "2:1: this does not fit the mapping it stands in"},
    {"MappingInList", "- a: 1\n b: 2\n", "2:2: this does not fit the list it stands in"},
    {"KeyAfterList", "- a\nb: 1\n", "2:1: this stands outside of the value above"},
    {"ListItemAfterColon", "a: - b\n", "1:4: a list item cannot start here"},
    {"AtSign", "a: @x\n", "1:4: a value cannot start with this character"},
    {"Backtick", "a: `x`\n", "1:4: a value cannot start with this character"},
    {"Percent", "a: 1\nb: %x\n", "2:4: a value cannot start with this character"},
    {"UnknownEscape", "a: \"x\\q\"\n", "1:8: unknown escape in double quotes"},
    {"TwoAnchors", "a: &x &y 1\n", "1:7: a value has two anchors"},
    {"BareAsterisk", "a: * b\n", "1:5: `*` is not followed by a name"},
    {"UnknownAlias", "a: &x 1\nb: [*x, *nope]\n", "2:9: no anchor stands before the alias `*nope`"},
    {"SecondDocument", "a: 1\n---\nb: 2\n", "2:1: a second document; a spec is one"},
    {"SecondDocumentUnmarked", "a: 1\n...\nb: 2\n", "3:1: this stands outside of the value above"},
    {"TabIndentation", "a:\n\tb: 1\n\tc: 2\n", "2:1: a tab as indentation"},
    {"TabAfterBlanks", "a:\n  b: 1\n  \tc: 2\n", "3:3: a tab as indentation"},
    {"TabBeforeDash", "a:\n  - x\n\t- y\n", "3:1: a tab as indentation"},
    {"TabBehindADash", "- x\n-\ta: 1\n", "2:2: a tab as indentation"},
    {"TabAtTheStart", "\ta: 1\n", "1:1: a tab as indentation"},
};

const Case kBytes[] = {
    {"Utf16Little",
     "\xff\xfe"
     "a\0"s,
     "1:1: the file is UTF-16"},
    {"Utf16Big", "\xfe\xff\0a"s, "1:1: the file is UTF-16"},
    {"Nul", "a: 1\nb: x\0y\n"s, "2:5: a NUL byte"},
    {"EndOfTransmission",
     "a: 1\n\x04"
     "b: 2\n",
     "2:1: control byte 0x04"},
    {"Escape", "a: \x1b[31m\n", "1:4: control byte 0x1b"},
    {"Delete", "a: \x7f\n", "1:4: control byte 0x7f"},
    {"LoneCarriageReturn", "a: 1\rb: 2\n", "1:5: a carriage return that ends no line"},
    {"BadUtf8", "\xc3\xa4: 1\nb: \xc3\xa4\xc3(\n", "2:6: byte 0xc3 is not valid UTF-8"},
    {"Surrogate", "a: \xed\xa0\x80\n", "1:4: byte 0xed is not valid UTF-8"},
    {"CutOffAtTheEnd", "a: \xe2\x82", "1:4: byte 0xe2 is not valid UTF-8"},
};

auto name = [](const testing::TestParamInfo<Case>& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Syntax, YamlError, testing::ValuesIn(kSyntax), name);
INSTANTIATE_TEST_SUITE_P(Bytes, YamlError, testing::ValuesIn(kBytes), name);

TEST(YamlTabs, AreFineWhereTheyIndentNothing) {
  Reading r =
      read_text("a: [1,\n\t2]\nb: |\n  x\n  \ty\nc:\t1\t# note\n\t# note\n\t\nd: \"\n\tz\"\ne:\n-\tf\n");
  EXPECT_THAT(r.errors(), IsEmpty());
  EXPECT_EQ(flat(r.root()), "{a: [1, 2], b: \"x\n\ty\n\", c: 1, d: \" z\", e: [f]}");
}

TEST(YamlTabs, AreToldOnce) {
  Reading r = read_text("a:\n\tx\nb:\n\ty\n");
  EXPECT_THAT(r.errors(), ElementsAre("2:1: a tab as indentation"));
  EXPECT_EQ(r.diagnostics.sorted()[0].hint, "YAML does not allow tabs for indentation; use blanks");
}

TEST(YamlLimit, FileSize) {
  YamlLimits limits;
  limits.file_bytes = 10;
  EXPECT_TRUE(read_text("a: 4567890", limits).document);
  Reading r = read_text("a: 45678901", limits);
  EXPECT_THAT(r.errors(), ElementsAre("0:0: the file is 11 bytes long; 10 are the limit"));
  EXPECT_EQ(r.sources.where(r.diagnostics.sorted()[0].place), "spec.yaml");
  EXPECT_FALSE(r.document);
}

TEST(YamlLimit, LineLength) {
  std::string fits = "a: 1\nb: " + std::string((1 << 20) - 3, 'x');
  EXPECT_TRUE(read_text(fits + "\n").document);
  EXPECT_THAT(read_text(fits + "x\n").errors(),
              ElementsAre("2:1: the line is 1048577 bytes long; 1048576 are the limit"));
  EXPECT_THAT(read_text(std::string(10 << 20, '[')).errors(), ElementsAre(StartsWith("1:1: the line is")));
}

std::string times(size_t n, std::string_view text) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += text;
  return out;
}

TEST(YamlLimit, Depth) {
  EXPECT_TRUE(read_text(times(64, "[") + times(64, "]")).document);
  EXPECT_THAT(read_text(times(65, "[") + times(65, "]")).errors(),
              ElementsAre("1:65: lists and mappings are nested more than 64 deep"));
  EXPECT_TRUE(read_text(times(64, "- ") + "x").document);
  EXPECT_THAT(read_text(times(65, "- ") + "x").errors(), ElementsAre(StartsWith("1:129: lists and")));
  EXPECT_THAT(read_text(times(63, "- ") + "{a: [x]}").errors(), ElementsAre(StartsWith("1:131: lists and")));
}

TEST(YamlLimit, EndlessNestingNeitherCrashesNorHangs) {
  for (const char* opening : {"[", "{a: ", "[{", "- ", "? ", ": ", "<<: {", "[\n", "{\n"}) {
    Reading r = read_text(times(100'000, opening));
    EXPECT_FALSE(r.document) << opening;
    ASSERT_EQ(r.errors().size(), 1U) << opening;
    EXPECT_THAT(r.errors()[0], testing::HasSubstr("nested more than 64 deep")) << opening;
  }
}

// Each of these made one pass over the rest of its line, or over the file, for every value.
TEST(YamlLimit, LongLinesAndManyNullsTakeLinearTime) {
  EXPECT_EQ(read_text("[" + times(300'000, "1,") + "]").root().size(), 300'000U);
  EXPECT_EQ(read_text("[" + times(300'000, "~,") + "]").root().size(), 300'000U);
  EXPECT_EQ(read_text("[" + times(200'000, " ,") + "]").root().size(), 200'000U);
  EXPECT_EQ(read_text(times(200'000, "-\n")).root().size(), 200'000U);
  std::string keys;
  for (int i = 0; i < 100'000; ++i) keys += fmt::format("? k{}\n", i);
  EXPECT_EQ(read_text(keys).root().size(), 100'000U);
}

}  // namespace
}  // namespace netcfg
