#include "netcfg/json/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

constexpr size_t kWidth = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Words that YAML 1.1 takes for a boolean or for nothing (yaml.org/type/bool.html, null.html).
bool is_reserved(std::string_view text) {
  constexpr std::array<std::string_view, 11> kWords = {"y",    "n",     "yes",  "no",   "on", "off",
                                                       "true", "false", "null", "none", "nan"};
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// Anything that some reader takes for a number or a date: 10, 0x1f, 0o7, 1_000, 1.5, 1e3, 2001-01-01.
bool looks_like_number(std::string_view text) {
  if (!is_digit(text[0])) return false;
  if (text.starts_with("0x") || text.starts_with("0o") || text.starts_with("0b"))
    return text.find_first_not_of("0123456789abcdefABCDEF_", 2) == text.npos;
  if (text.size() >= 8 && text[4] == '-') return text.find_first_not_of("0123456789-") == text.npos;
  size_t end = text.find_first_not_of("0123456789_");
  if (end == text.npos) return true;
  if (text[end] == '.') end = text.find_first_not_of("0123456789_", end + 1);
  if (end == text.npos) return true;
  if (text[end] != 'e' && text[end] != 'E') return false;
  ++end;
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
  return end < text.size() && text.find_first_not_of("0123456789", end) == text.npos;
}

bool is_plain(std::string_view text) {
  if (text.empty() || text.back() == ' ' || is_reserved(text) || looks_like_number(text)) return false;
  if (!is_digit(text[0]) && !is_letter(text[0]) && text[0] != '/') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || std::string_view("_./+-@% ()").find(c) != std::string_view::npos;
  });
}

// Code points that are text but that a YAML reader may refuse or take for a line break.
bool needs_escape(std::string_view sequence) {
  bool c1 = sequence.size() == 2 && sequence[0] == '\xc2' && static_cast<unsigned char>(sequence[1]) < 0xa0;
  return c1 || sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9" || sequence == "\xef\xbb\xbf";
}

uint32_t code_point(std::string_view s) {
  uint32_t code = static_cast<unsigned char>(s[0]) & (s.size() == 2 ? 0x1fU : 0x0fU);
  for (char c : s.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  return code;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    size_t n = 1;
    while (i + n < text.size() && (static_cast<unsigned char>(text[i + n]) & 0xc0) == 0x80) ++n;
    std::string_view sequence = text.substr(i, n);
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\')
      out += {'\\', text[i]};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", c);
    else if (needs_escape(sequence))
      out += fmt::format("\\u{:04x}", code_point(sequence));
    else
      out += sequence;
    i += n;
  }
  return out + '"';
}

std::string scalar(const Json& value) {
  return value.is_string() ? yaml_scalar(value.get_ref<const std::string&>()) : value.dump();
}

// In one line; stops when that gets too long.
void flow(std::string& out, const Json& tree, size_t limit) {
  if (!tree.is_structured()) {
    out += scalar(tree);
    return;
  }
  bool map = tree.is_object();
  if (tree.empty()) {
    out += map ? "{}" : "[]";
    return;
  }
  out += map ? "{ " : "[";
  bool first = true;
  for (const auto& [key, value] : tree.items()) {
    if (!first) out += ", ";
    first = false;
    if (map) out += yaml_scalar(key) + ": ";
    flow(out, value, limit);
    if (out.size() > limit) return;
  }
  out += map ? " }" : "]";
}

class Writer {
 public:
  explicit Writer(int blocks) : blocks_(blocks) {}

  void block(const Json& tree, size_t indent, int level) {
    for (const auto& [key, value] : tree.items()) {
      std::string head = std::string(indent, ' ') + (tree.is_object() ? yaml_scalar(key) + ":" : "-");
      entry(head, value, indent, level, tree.is_array());
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void entry(const std::string& head, const Json& value, size_t indent, int level, bool in_list) {
    std::string line = head + ' ';
    bool short_form = level >= blocks_ || !value.is_structured() || value.empty() || in_list;
    if (short_form) flow(line, value, kWidth);
    if (short_form && (line.size() <= kWidth || !value.is_structured())) {
      out_ += line + '\n';
      return;
    }
    if (!in_list) {
      out_ += head + '\n';
      return block(value, indent + 2, level + 1);
    }
    // The first key of a map in a list stands beside the dash.
    size_t at = out_.size();
    block(value, indent + 2, level + 1);
    out_[at + indent] = '-';
  }

  int blocks_;
  std::string out_;
};

}  // namespace

std::string yaml_scalar(std::string_view text) {
  return is_plain(text) ? std::string(text) : quoted(text);
}

std::string to_yaml(const Json& tree, int blocks) {
  if (!tree.is_structured() || tree.empty()) {
    std::string out;
    flow(out, tree, kWidth);
    return out + '\n';
  }
  Writer writer(blocks);
  writer.block(tree, 0, 0);
  return writer.take();
}

}  // namespace netcfg
