#include "netcfg/json/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace netcfg {

void JsonReader::fail(std::string problem) {
  if (ok()) problem_ = problem.empty() ? "invalid" : std::move(problem);
}

Error JsonReader::error() const {
  std::string_view before = text_.substr(0, std::min(last_, text_.size()));
  auto line = std::count(before.begin(), before.end(), '\n') + 1;
  size_t column = before.size() - (before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1) + 1;
  return {fmt::format("line {}, column {}: {}", line, column, problem_), {}, 0};
}

char JsonReader::peek() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
  last_ = at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::finish() {
  if (ok() && peek() != '\0') fail("text after the end of the JSON document");
  return ok();
}

bool JsonReader::open(char bracket) {
  if (!ok()) return false;
  if (peek() != bracket) {
    fail(bracket == '{' ? "an object is expected" : "a list is expected");
    return false;
  }
  if (++depth_ > kDepth) fail("nested too deeply");
  ++at_;
  return ok();
}

bool JsonReader::close(char bracket) {
  if (peek() != bracket) return false;
  ++at_;
  return true;
}

bool JsonReader::next(char bracket) {
  if (!ok() || close(bracket)) return false;
  if (peek() != ',') fail(at_ < text_.size() ? "a comma is missing" : "the text ends too early");
  ++at_;
  return ok();
}

std::string_view JsonReader::key() {
  std::string_view name = text();
  if (ok() && peek() != ':') fail("a colon is missing");
  ++at_;
  return name;
}

std::string_view JsonReader::text() {
  if (!ok()) return {};
  if (peek() != '"') return fail("a text is expected"), std::string_view{};
  size_t begin = ++at_;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return text_.substr(begin, at_++ - begin);
  buffer_.assign(text_.substr(begin, at_ - begin));
  while (ok() && at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] == '\\')
      escape();
    else
      buffer_ += text_[at_++];
  }
  if (at_++ >= text_.size()) fail("a text does not end");
  return buffer_;
}

uint32_t JsonReader::hex4() {
  uint32_t code = 0;
  std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (error != std::errc{} || digits.size() < 4 || end != digits.data() + 4) fail("\\u needs four digits");
  at_ += 4;
  return code;
}

void JsonReader::append(uint32_t code) {
  auto tail = [&](int shift) { buffer_ += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    buffer_ += static_cast<char>(code);
  } else if (code < 0x800) {
    buffer_ += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    buffer_ += static_cast<char>(0xe0 | (code >> 12));
    tail(6), tail(0);
  } else {
    buffer_ += static_cast<char>(0xf0 | (code >> 18));
    tail(12), tail(6), tail(0);
  }
}

void JsonReader::escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
  ++at_;
  char c = at_ < text_.size() ? text_[at_++] : '\0';
  if (size_t i = kLetters.find(c); c != '\0' && i != kLetters.npos) {
    buffer_ += kBytes[i];
    return;
  }
  if (c != 'u') return fail("unknown escape");
  uint32_t code = hex4();
  if (code >= 0xd800 && code < 0xdc00 && text_.substr(std::min(at_, text_.size()), 2) == "\\u") {
    at_ += 2;
    uint32_t low = hex4();
    if (low < 0xdc00 || low > 0xdfff) return fail("half of a surrogate pair");
    append(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
  } else if (code >= 0xdc80 && code <= 0xdcff) {
    buffer_ += static_cast<char>(code - 0xdc00);  // a byte that is not UTF-8, see JsonText
  } else if (code >= 0xd800 && code <= 0xdfff) {
    fail("half of a surrogate pair");
  } else {
    append(code);
  }
}

int64_t JsonReader::number() {
  if (!ok()) return 0;
  peek();
  int64_t n = 0;
  auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), n);
  if (error != std::errc{}) return fail("a whole number is expected"), 0;
  at_ = static_cast<size_t>(end - text_.data());
  if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E'))
    fail("a whole number is expected");
  return n;
}

bool JsonReader::word(std::string_view word) {
  if (!ok()) return false;
  peek();
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

bool JsonReader::boolean() {
  if (word("true")) return true;
  if (!word("false")) fail("true or false is expected");
  return false;
}

bool JsonReader::null() {
  return word("null");
}

Value JsonReader::value() {
  switch (peek()) {
    case '"':
      return std::string(text());
    case 't':
    case 'f':
      return boolean();
    case '[': {
      Texts texts;
      array([&] { texts.emplace_back(text()); });
      return texts;
    }
    default:
      if (null()) return {};
      return number();
  }
}

void JsonReader::skip() {
  switch (peek()) {
    case '{':
      return object([&](std::string_view) { skip(); });
    case '[':
      return array([&] { skip(); });
    case '"':
      text();
      return;
    default:
      break;
  }
  if (word("true") || word("false") || word("null") || !ok()) return;
  size_t begin = at_;
  while (at_ < text_.size() && std::string_view("+-.eE0123456789").find(text_[at_]) != std::string_view::npos)
    ++at_;
  if (at_ == begin) fail("a value is expected");
}

}  // namespace netcfg
