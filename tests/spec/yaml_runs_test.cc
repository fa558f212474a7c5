// The quick way through long lists gives what the parser alone gives: the same tree, places and messages.
#include "netcfg/spec/yaml_runs.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/spec/yaml_support.h"

namespace netcfg {
namespace {

std::string with_places(const Node& node) {
  std::string out = fmt::format("{}{}", at(node.place()), node.quoted() ? "\"" : "");
  if (!node.is_list() && !node.is_map()) return out + std::string(node.text());
  for (const Node& item : node.items()) out += "[" + with_places(item) + "]";
  for (const Entry& e : node.entries())
    out += fmt::format("{{{} {} {}}}", at(e.key_place), e.key, with_places(e.value));
  return out;
}

std::string told(const std::string& text, bool runs) {
  YamlLimits limits;
  limits.runs = runs;
  Reading reading = read_text(text, limits);
  std::string out = reading.document ? with_places(reading.root()) : "nothing";
  for (const std::string& error : reading.errors()) out += "\n" + error;
  return out;
}

std::string repeat(std::string_view lines, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += lines;
  return out;
}

size_t items_left_out(const std::string& text) {
  size_t lines = 0;
  for (const Run& run : find_runs(text)) lines += run.lines;
  return lines;
}

TEST(YamlRuns, FindsTheItemsOfALongList) {
  std::string flow =
      "routes:\n" + repeat("  - { to: 10.0.0.0/8, via: \"fe80::1\", dev: eth0 }\n", 30) + "rules: []\n";
  EXPECT_EQ(items_left_out(flow), 28U);
  EXPECT_EQ(told(flow, true), told(flow, false));
  std::string block = "routes:\n" + repeat("- to: 2001:db8::/32\n  via: fe80::1\n", 30);
  EXPECT_EQ(items_left_out(block), 56U);
  EXPECT_EQ(told(block, true), told(block, false));
}

TEST(YamlRuns, ShortListsAreLeftToTheParser) {
  EXPECT_TRUE(find_runs("a:\n" + repeat("- { b: c }\n", 10)).empty());
}

TEST(YamlRuns, LinesOfATextAreNoItems) {
  std::string item = "  - { to: 10.0.0.0/8, via: 10.0.0.1 }\n";
  for (const std::string& text :
       {"a: |\n" + repeat(item, 40) + "b: 1\n", "a: \"\n" + repeat(item, 40) + "\"\n",
        "a: word\n" + repeat("    - x: y\n", 40), "a: [\n" + repeat(item, 40) + "]\n",
        "a: &x\n" + repeat(item, 40) + "b: *x\n"}) {
    EXPECT_GT(items_left_out(text), 0U);
    EXPECT_EQ(told(text, true), told(text, false)) << text.substr(0, 60);
  }
}

TEST(YamlRuns, MistakesAreToldAsWithout) {
  std::string item = "- { to: 10.0.0.0/8, via: 10.0.0.1 }\n";
  for (const char* odd :
       {"- { to: 1, to: 2 }\n", "  - { to: 1 }\n", "- { to: 1\n", "  via: 3\n", "- to: *nowhere\n",
        "\t- a: b\n", "- a: b\n  a: c\n", "- a: b\n   c: d\n", "- a: b\n    c\n", "- { a: ~, b: null }\n",
        "- {a: b,}\n", "---\n", "# nothing\n", "\n", "- { a: b:c, d: \"e\" }  \n", "- { a: b, <<: {c: d} }\n",
        "- &x { a: b }\n"}) {
    std::string text = "routes:\n" + repeat(item, 25) + odd + repeat(item, 25);
    EXPECT_EQ(told(text, true), told(text, false)) << odd;
  }
}

// Texts from lines that are nearly items, in any order.
TEST(YamlRuns, AnyMixtureIsReadAsWithout) {
  const std::vector<std::string> pieces = {repeat("- { to: 10.0.0.0/8, via: 10.0.0.1 }\n", 20),
                                           repeat("  - { to: default, dev: eth0 }\n", 20),
                                           repeat("- to: a/b\n  via: c_d\n", 20),
                                           repeat("  - to: a\n    via: \"::\"\n    x: 1\n", 18),
                                           "a:\n",
                                           "b: |\n",
                                           "c: [\n",
                                           "]\n",
                                           "- a: b\n",
                                           "  - c\n",
                                           "d: \"\n",
                                           "\"\n",
                                           "# note\n",
                                           "\n",
                                           "  x: y\n",
                                           "- &anchor { p: q }\n",
                                           "- *anchor\n",
                                           "e: {f: g}\n",
                                           "  >\n"};
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text = round % 3 == 0 ? "" : "list:\n";
    for (size_t n = 1 + random() % 6; n > 0; --n) text += pieces[random() % pieces.size()];
    ASSERT_EQ(told(text, true), told(text, false)) << text;
  }
}

}  // namespace
}  // namespace netcfg
