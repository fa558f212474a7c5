#include "netcfg/json/reader.h"

#include <gmock/gmock.h>

#include "netcfg/json/tree.h"

namespace netcfg {
namespace {

std::string text_in(std::string_view json) {
  JsonReader in(json);
  std::string out(in.text());
  return in.finish() ? out : "error: " + in.error().message;
}

TEST(JsonReader, DecodesTexts) {
  EXPECT_EQ(text_in(R"("plain")"), "plain");
  EXPECT_EQ(text_in(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(text_in(R"("\u0041\u00e4\u20AC\ud83d\ude00!")"), "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!");
  EXPECT_EQ(text_in(R"("\udcff")"), "\xff");
}

TEST(JsonReader, RefusesWhatIsNotJson) {
  for (std::string_view bad : {"\"open", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
                               "\"\\ud800\\u0041\"", "\"\\", "\"\\u", "\"\\udc00\"", "5", "", "\"a\" 1"})
    EXPECT_THAT(text_in(bad), testing::StartsWith("error: line 1")) << bad;
}

std::string skipped(std::string_view json) {
  JsonReader in(json);
  in.skip();
  return in.finish() ? "ok" : in.error().message;
}

TEST(JsonReader, SkipsAnything) {
  EXPECT_EQ(skipped(R"( {"a":[1,-2.5e3,true,false,null,"x",{}],"b":{}} )"), "ok");
  for (std::string_view bad :
       {"{", "[", "{\"a\"}", "{\"a\":}", "[1,]", "[1 2]", "{\"a\":1,}", "tru", "nul", "-x", "}"})
    EXPECT_NE(skipped(bad), "ok") << bad;
}

TEST(JsonReader, IsNotSunkByDepth) {
  EXPECT_THAT(skipped(std::string(100000, '[')), testing::HasSubstr("too deeply"));
}

TEST(JsonReader, ReadsValues) {
  JsonReader in(R"([true,-7,"x",["a","b"],null])");
  std::vector<Value> values;
  in.array([&] { values.push_back(in.value()); });
  ASSERT_TRUE(in.finish());
  EXPECT_EQ(values, (std::vector<Value>{true, int64_t{-7}, std::string("x"), Texts{"a", "b"}, Value{}}));
}

TEST(JsonText, EscapesSoThatEveryByteComesBack) {
  for (int a = 0; a < 256; ++a)
    for (int b : {0, 0x78, 0x7f, 0x80, 0xa4, 0xbf, 0xc3, 0xe2, 0xf0, 0xff}) {
      std::string text = {static_cast<char>(a), static_cast<char>(b), '!'};
      std::string json;
      JsonText sink(json, Bytes::exact);
      sink.text(text);
      EXPECT_EQ(text_in(json), text);
      std::string for_others;
      JsonText(for_others).text(text);
      EXPECT_TRUE(nlohmann::json::accept(for_others)) << for_others;
    }
}

TEST(JsonTree, KeepsTheOrder) {
  JsonTree tree;
  tree.begin('{');
  tree.member("z", "1");
  tree.key("a"), tree.begin('['), tree.number(1), tree.begin('{'), tree.end('}'), tree.end(']');
  tree.key("m"), tree.null();
  tree.end('}');
  EXPECT_EQ(tree.take().dump(), R"({"z":"1","a":[1,{}],"m":null})");
}

}  // namespace
}  // namespace netcfg
