#include "netcfg/json/sink.h"

#include <fmt/format.h>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
size_t sequence_length(std::string_view text) {
  for (size_t n = 2; n <= 4 && n <= text.size(); ++n)
    if (valid_utf8(text.substr(0, n))) return n;
  return 0;
}

}  // namespace

void JsonSink::value(const Value& value) {
  struct Put {
    JsonSink& sink;
    void operator()(std::monostate) const { sink.null(); }
    void operator()(bool b) const { sink.boolean(b); }
    void operator()(int64_t n) const { sink.number(n); }
    void operator()(const std::string& s) const { sink.text(s); }
    void operator()(const Texts& texts) const {
      sink.begin('[');
      for (const std::string& text : texts) sink.text(text);
      sink.end(']');
    }
  };
  std::visit(Put{*this}, value);
}

void JsonText::separate() {
  if (comma_) out_ += ',';
  if (line_) out_ += '\n';
  line_ = false;
  comma_ = true;
}

void JsonText::quoted(std::string_view value) {
  out_ += '"';
  size_t done = 0;
  for (size_t i = 0; i < value.size();) {
    auto c = static_cast<unsigned char>(value[i]);
    size_t plain = c >= 0x80 ? sequence_length(value.substr(i)) : c >= 0x20 && c != '"' && c != '\\' ? 1 : 0;
    if (plain > 0) {
      i += plain;
      continue;
    }
    out_ += value.substr(done, i - done);
    if (c == '"' || c == '\\')
      out_ += {'\\', value[i]};
    else
      out_ += fmt::format("\\u{:04x}", c < 0x80 ? c : bytes_ == Bytes::exact ? 0xdc00 + c : 0xfffd);
    done = ++i;
  }
  out_ += value.substr(done);
  out_ += '"';
}

void JsonText::key(std::string_view name) {
  separate();
  quoted(name);
  out_ += ':';
  comma_ = false;
}
void JsonText::text(std::string_view value) {
  separate();
  quoted(value);
}
void JsonText::number(int64_t value) {
  separate();
  fmt::format_int digits(value);
  out_.append(digits.data(), digits.size());
}
void JsonText::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}
void JsonText::null() {
  separate();
  out_ += "null";
}
void JsonText::begin(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
}
void JsonText::end(char bracket) {
  if (line_) out_ += '\n';
  line_ = false;
  out_ += bracket;
  comma_ = true;
}

// An object's members are leaves of their own, except in a list, where they become words.
void JsonLeaves::begin(char bracket) {
  if (in_list_) {
    in_item_ = first_of_item_ = true;
    if (items_++ > 0) list_ += ", ";
  } else if (bracket == '[') {
    path_.push_back(key_);
    in_list_ = true;
    items_ = 0;
    list_.clear();
  } else {
    path_.push_back(path_.empty() ? "" : path_.back() + key_ + ".");
  }
}
void JsonLeaves::end(char bracket) {
  if (in_item_) {
    in_item_ = false;
  } else if (bracket == ']') {
    std::string name = path_.back();
    path_.pop_back();
    in_list_ = false;
    leaves_.push_back({path_.back() + name, list_.empty() ? "none" : list_});
  } else {
    path_.pop_back();
  }
}
void JsonLeaves::put(std::string_view text) {
  if (in_item_) {
    list_ += fmt::format("{}{}", first_of_item_ ? "" : " ", key_);
    if (text != "true") list_ += fmt::format(" {}", text);
    first_of_item_ = false;
  } else if (in_list_) {
    if (items_++ > 0) list_ += ", ";
    list_ += text;
  } else {
    leaves_.push_back({path_.back() + key_, std::string(text)});
  }
}

}  // namespace netcfg
