// JSON as a stream of events, so that a state of 100,000 routes is written without a tree of it in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netcfg/model/value.h"

namespace netcfg {

class JsonSink {
 public:
  virtual ~JsonSink() = default;
  virtual void key(std::string_view name) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void number(int64_t value) = 0;
  virtual void boolean(bool value) = 0;
  virtual void null() = 0;
  virtual void begin(char bracket) = 0;  // '{' or '['
  virtual void end(char bracket) = 0;    // '}' or ']'

  void value(const Value& value);
  void member(std::string_view name, std::string_view value) { key(name), text(value); }
  void member_value(std::string_view name, const Value& v) { key(name), value(v); }
};

// What becomes of bytes that are not UTF-8; an ifalias can hold any. `exact` writes them as lone
// surrogates \udc80 to \udcff, which JsonReader turns back: for netcfg's own files. Other programs' parsers
// may refuse those, so what they read has U+FFFD instead.
enum class Bytes : uint8_t { replace, exact };

// Compact text, appended to a string.
class JsonText : public JsonSink {
 public:
  explicit JsonText(std::string& out, Bytes bytes = Bytes::replace) : out_(out), bytes_(bytes) {}
  void key(std::string_view name) override;
  void text(std::string_view value) override;
  void number(int64_t value) override;
  void boolean(bool value) override;
  void null() override;
  void begin(char bracket) override;
  void end(char bracket) override;
  // A line break before the next element or member.
  void line() { line_ = true; }

 private:
  void separate();
  void quoted(std::string_view value);

  std::string& out_;
  Bytes bytes_;
  bool comma_ = false;
  bool line_ = false;
};

// The leaves of one object with their paths: {"mtu", "1500"}, {"bond.mode", "802.3ad"},
// {"next-hops", "via 192.0.2.1 dev eth0 weight 2, via …"}. For comparing and for people.
struct Leaf {
  std::string name;
  std::string text;
  bool operator==(const Leaf&) const = default;
};

class JsonLeaves : public JsonSink {
 public:
  void key(std::string_view name) override { key_ = name; }
  void text(std::string_view value) override { put(value.empty() ? "\"\"" : value); }
  void number(int64_t value) override { put(std::to_string(value)); }
  void boolean(bool value) override { put(value ? "true" : "false"); }
  void null() override { put("none"); }
  void begin(char bracket) override;
  void end(char bracket) override;
  std::vector<Leaf> take() { return std::move(leaves_); }

 private:
  void put(std::string_view text);

  std::vector<Leaf> leaves_;
  std::vector<std::string> path_;
  std::string key_, list_;
  size_t items_ = 0;
  bool in_list_ = false, in_item_ = false, first_of_item_ = false;
};

}  // namespace netcfg
