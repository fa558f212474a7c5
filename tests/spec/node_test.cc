#include "netcfg/spec/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml_support.h"

namespace netcfg {
namespace {

// `text` is the value of a key; the Error as "message | hint", or the value.
template <class T>
std::string as(const std::string& text, Result<T> (Node::*type)() const) {
  Reading r = read_text("k: " + text + "\n");
  Result<T> result = (r.root().find("k")->*type)();
  if (result) return fmt::format("{}", *result);
  return result.error().message + " | " + result.error().hint;
}

TEST(Node, BooleansAreTrueAndFalseOnly) {
  EXPECT_EQ(as("true", &Node::as_bool), "true");
  EXPECT_EQ(as("false", &Node::as_bool), "false");
  for (const char* word : {"yes", "no", "on", "off", "y", "n", "True", "FALSE", "1", "0", "maybe"}) {
    EXPECT_EQ(as(word, &Node::as_bool),
              fmt::format("expected true or false, got `{}` | write true or false", word));
  }
  EXPECT_EQ(as("\"true\"", &Node::as_bool),
            "expected true or false, got \"true\" | write true or false, without quotes");
  EXPECT_EQ(as("", &Node::as_bool), "expected true or false, got nothing | ");
  EXPECT_EQ(as("~", &Node::as_bool), "expected true or false, got `~` | ");
  EXPECT_EQ(as("[true]", &Node::as_bool), "expected true or false, got a list | ");
}

TEST(Node, StringsAreNotWordsThatYamlReadsOtherwise) {
  EXPECT_EQ(as("eth0", &Node::as_string), "eth0");
  EXPECT_EQ(as("010", &Node::as_string), "010");
  EXPECT_EQ(as("yesterday", &Node::as_string), "yesterday");
  for (const char* word : {"yes", "no", "on", "off", "y", "n", "Yes", "NO", "true", "False", "null", "~"}) {
    EXPECT_EQ(as(word, &Node::as_string),
              fmt::format("`{0}` is not read as text | put it in quotes if it is: \"{0}\"", word));
    EXPECT_EQ(as(fmt::format("\"{}\"", word), &Node::as_string), word);
  }
  EXPECT_EQ(as("''", &Node::as_string), "");
  EXPECT_EQ(as("", &Node::as_string), "expected text, got nothing | ");
  EXPECT_EQ(as("{a: 1}", &Node::as_string), "expected text, got a mapping | ");
}

TEST(Node, TextIsThereWhateverTheType) {
  Reading r = read_text("a: off\nb: ~\nc: Null\nd:\ne: [x]\nf: 'on'\n");
  EXPECT_EQ(r.root().find("a")->text(), "off");
  EXPECT_EQ(r.root().find("b")->text(), "~");
  EXPECT_EQ(r.root().find("c")->text(), "Null");
  EXPECT_EQ(r.root().find("d")->text(), "");
  EXPECT_EQ(r.root().find("e")->text(), "");
  EXPECT_EQ(r.root().find("f")->text(), "on");
}

TEST(Node, WholeNumbers) {
  EXPECT_EQ(as("0", &Node::as_unsigned), "0");
  EXPECT_EQ(as("0x1F", &Node::as_unsigned), "31");
  EXPECT_EQ(as("18446744073709551615", &Node::as_unsigned), "18446744073709551615");
  EXPECT_EQ(as("-9223372036854775808", &Node::as_signed), "-9223372036854775808");
  EXPECT_EQ(as("010", &Node::as_unsigned),
            "expected a whole number, got `010` | write 10: a leading zero would mean octal to some readers "
            "of YAML");
  EXPECT_EQ(as("-007", &Node::as_signed),
            "expected a whole number, got `-007` | write -7: a leading zero would mean octal to some readers "
            "of YAML");
  EXPECT_EQ(as("1_000", &Node::as_unsigned),
            "expected a whole number, got `1_000` | write 1000, without underscores");
  EXPECT_EQ(as("\"5\"", &Node::as_unsigned), "expected a whole number, got \"5\" | remove the quotes");
  EXPECT_EQ(as("18446744073709551616", &Node::as_unsigned), "`18446744073709551616` is too large | ");
  EXPECT_EQ(as("-1", &Node::as_unsigned), "`-1` is negative; expected a whole number from 0 up | ");
  for (const char* text : {"0o17", "1e3", ".nan", ".inf", "1.5", "+1", "0b1", "1:30", "--1", "0x"}) {
    EXPECT_EQ(as(text, &Node::as_signed), fmt::format("expected a whole number, got `{}` | ", text));
  }
  EXPECT_EQ(as("", &Node::as_unsigned), "expected a whole number, got nothing | ");
}

TEST(Node, FindsNothingWhereThereAreNoKeys) {
  Reading r = read_text("a: {b: 1}\nc: [b]\nd: b\n");
  EXPECT_EQ(r.root().find("a")->find("b")->text(), "1");
  EXPECT_EQ(r.root().find("a")->find("c"), nullptr);
  EXPECT_EQ(r.root().find("c")->find("b"), nullptr);
  EXPECT_EQ(r.root().find("d")->find("b"), nullptr);
  EXPECT_TRUE(r.root().find("d")->items().empty());
}

TEST(Node, IsDescribedBriefly) {
  EXPECT_EQ(describe(Node::scalar({}, std::string(60, 'x'), false)), "`" + std::string(40, 'x') + "…`");
  EXPECT_EQ(describe(Node::scalar({}, "a\x1b[m", true)), "\"a?[m\"");
}

TEST(Arena, KeepsTextsOfAllSizes) {
  Arena arena;
  std::vector<std::string_view> kept;
  for (size_t i = 0; i < 2000; ++i)
    kept.push_back(arena.copy(std::string(i % 7 == 0 ? i * 50 : i % 90, 'x')));
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].size(), i % 7 == 0 ? i * 50 : i % 90);
    EXPECT_EQ(kept[i].find_first_not_of('x'), std::string_view::npos);
  }
}

TEST(Arena, OutlivesTheOneItAbsorbed) {
  Arena arena;
  std::string_view text;
  {
    Arena other;
    text = other.copy("here to stay");
    arena.absorb(std::move(other));
  }
  EXPECT_EQ(text, "here to stay");
  EXPECT_GT(arena.bytes(), 0U);
}

}  // namespace
}  // namespace netcfg
