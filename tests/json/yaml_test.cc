#include "netcfg/json/yaml.h"

#include <gmock/gmock.h>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/yaml.h"

namespace netcfg {
namespace {

TEST(Yaml, QuotesWhatAReaderWouldMistake) {
  for (std::string_view text : {"",
                                " a",
                                "a ",
                                "yes",
                                "No",
                                "ON",
                                "off",
                                "true",
                                "False",
                                "null",
                                "~",
                                "y",
                                "N",
                                "none",
                                "10",
                                "010",
                                "0x1f",
                                "0o7",
                                "1_000",
                                "1.5",
                                "1e3",
                                "1.",
                                "2001-01-01",
                                "20010101",
                                "-",
                                "-5",
                                "+5",
                                ".5",
                                ".inf",
                                "a: b",
                                "a:",
                                "a #b",
                                "#a",
                                "*a",
                                "&a",
                                "!a",
                                "%a",
                                "@a",
                                "`a",
                                "|",
                                ">",
                                "[a",
                                "{a",
                                "a,b",
                                "a]",
                                "\"",
                                "'",
                                "?",
                                "=",
                                "<<",
                                "02:00:00:00:00:01",
                                "2001:db8::1",
                                "a\\b"})
    EXPECT_EQ(yaml_scalar(text).front(), '"') << text;
}

TEST(Yaml, LeavesPlainWhatIsPlain) {
  for (std::string_view text :
       {"eth0", "bond0.100", "802.3ad", "100ms", "1500ms", "203.0.113.10", "10.0.0.0/8", "layer3+4", "20-30",
        "0x100/0xff00", "/etc/x", "uplink to the left switch", "default", "e1", "0xen"})
    EXPECT_EQ(yaml_scalar(text), text);
}

TEST(Yaml, Escapes) {
  EXPECT_EQ(yaml_scalar("a\"b\\c\n\td\x01\x7f"), R"("a\"b\\c\n\td\x01\x7f")");
  EXPECT_EQ(yaml_scalar("\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\xc3\xa4"), "\"\\u0085\\u2028\\ufeff\xc3\xa4\"");
}

// Our own strict reader sees every text as the string that it was.
TEST(Yaml, EveryTextIsReadBack) {
  std::vector<std::string> texts = {"yes",  "10",        "a: b",     "- x",         "{}", "#",
                                    "a\nb", "tab\there", "\xc2\x85", "caf\xc3\xa9", " "};
  for (int c = 1; c < 128; ++c)
    for (std::string_view around : {"", "a", " "}) {
      std::string text = std::string(around) + static_cast<char>(c);
      texts.push_back(text);
      texts.push_back(text + "b");
    }
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back({{"k", text}});
  Sources sources;
  Diagnostics problems;
  auto document = parse(sources, problems, "x", to_yaml({{"list", list}}));
  ASSERT_TRUE(document && problems.empty()) << format(problems, sources, false);
  const Node* items = document->root.find("list");
  ASSERT_TRUE(items && items->size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    auto text = items->items()[i].find("k")->as_string();
    ASSERT_TRUE(text) << texts[i] << ": " << text.error().message;
    EXPECT_EQ(*text, texts[i]);
  }
}

TEST(Yaml, ShortThingsStandInOneLine) {
  Json tree = Json::parse(
      R"({"netcfg":1,"interfaces":{"eth0":{},"bond0":{"bond":{"mode":"802.3ad","members":["a","b"]},
    "addresses":["192.0.2.1/24",{"address":"192.0.2.2/24","label":"bond0:1"}]}},
    "routes":[{"to":"default","via":"192.0.2.9"}],"empty":[]})");
  EXPECT_EQ(to_yaml(tree), R"(netcfg: 1
interfaces:
  eth0: {}
  bond0:
    bond: { mode: 802.3ad, members: [a, b] }
    addresses: [192.0.2.1/24, { address: 192.0.2.2/24, label: "bond0:1" }]
routes:
  - { to: default, via: 192.0.2.9 }
empty: []
)");
}

TEST(Yaml, LongThingsAreBlocks) {
  Json item = {{"to", "default"}, {"next-hops", Json::array()}};
  for (int i = 0; i < 6; ++i) item["next-hops"].push_back({{"via", "192.0.2.1"}, {"dev", "eth0"}});
  std::string text = to_yaml({{"routes", {item}}});
  EXPECT_THAT(text, testing::StartsWith(
                        "routes:\n  - to: default\n    next-hops:\n      - { via: 192.0.2.1, dev: eth0 }\n"));
}

}  // namespace
}  // namespace netcfg
