#include "netcfg/spec/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

constexpr size_t kChunk = size_t{64} << 10;
constexpr size_t kShownText = 40;  // bytes of a value that a message repeats

// What YAML 1.1 reads as something other than text, in lower case.
constexpr std::array<std::string_view, 10> kAmbiguous = {"y",   "yes",  "on",    "n",    "no",
                                                         "off", "true", "false", "null", "~"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool ambiguous(std::string_view text) {
  return text.size() <= 5 && std::find(kAmbiguous.begin(), kAmbiguous.end(), lower(text)) != kAmbiguous.end();
}

Error expected(std::string_view what, const Node& node, std::string hint = {}) {
  return {fmt::format("expected {}, got {}", what, describe(node)), std::move(hint)};
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// How to write the number that `text` was meant to be; empty when that is anyone's guess.
std::string number_hint(std::string_view text) {
  std::string_view sign = text.starts_with('-') ? "-" : "";
  std::string_view digits = text.substr(sign.size());
  if (digits.size() > 1 && digits[0] == '0' && all_digits(digits)) {
    size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    return fmt::format("write {}{}: a leading zero would mean octal to some readers of YAML", sign,
                       digits.substr(first));
  }
  if (digits.find('_') != std::string_view::npos) {
    std::string plain(digits);
    std::erase(plain, '_');
    if (all_digits(plain)) return fmt::format("write {}{}, without underscores", sign, plain);
  }
  return {};
}

Error not_a_number(std::string_view what, const Node& node) {
  if (!node.is_scalar()) return expected(what, node);
  if (node.quoted()) return expected(what, node, "remove the quotes");
  std::string_view text = node.text();
  if (all_digits(text) && text[0] != '0') return {fmt::format("{} is too large", describe(node)), {}};
  return expected(what, node, number_hint(text));
}

}  // namespace

Node Node::null(Place place, std::string_view text) {
  return {Kind::null, place, text.data(), text.size(), false};
}

Node Node::scalar(Place place, std::string_view text, bool quoted) {
  return {Kind::scalar, place, text.data(), text.size(), quoted};
}

Node Node::list(Place place, std::span<const Node> items) {
  return {Kind::list, place, items.data(), items.size(), false};
}

Node Node::map(Place place, std::span<const Entry> entries) {
  return {Kind::map, place, entries.data(), entries.size(), false};
}

std::string_view Node::text() const {
  if (kind_ != Kind::null && kind_ != Kind::scalar) return {};
  return {static_cast<const char*>(data_), size_};
}

std::span<const Node> Node::items() const {
  if (kind_ != Kind::list) return {};
  return {static_cast<const Node*>(data_), size_};
}

std::span<const Entry> Node::entries() const {
  if (kind_ != Kind::map) return {};
  return {static_cast<const Entry*>(data_), size_};
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries()) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Result<bool> Node::as_bool() const {
  if (!is_scalar()) return expected("true or false", *this);
  std::string_view meant;
  std::string word = lower(text());
  if (word == "true" || word == "yes" || word == "on" || word == "y") meant = "true";
  if (word == "false" || word == "no" || word == "off" || word == "n") meant = "false";
  if (!quoted_ && text() == meant && !meant.empty()) return meant == "true";
  std::string hint = "write true or false";
  if (quoted_ && text() == meant) hint += ", without quotes";
  return expected("true or false", *this, std::move(hint));
}

Result<std::string_view> Node::as_string() const {
  if (is_scalar() && (quoted_ || !ambiguous(text()))) return text();
  bool word = is_scalar() || (is_null() && !text().empty());
  if (!word) return expected("text", *this);
  return Error{fmt::format("`{}` is not read as text", text()),
               fmt::format("put it in quotes if it is: \"{}\"", text())};
}

Result<uint64_t> Node::as_unsigned() const {
  if (is_scalar() && !quoted_) {
    if (auto value = parse_unsigned(text())) return *value;
    if (text().starts_with('-') && parse_signed(text())) {
      return Error{fmt::format("{} is negative; expected a whole number from 0 up", describe(*this)), {}};
    }
  }
  return not_a_number("a whole number", *this);
}

Result<int64_t> Node::as_signed() const {
  if (is_scalar() && !quoted_) {
    if (auto value = parse_signed(text())) return *value;
  }
  return not_a_number("a whole number", *this);
}

std::string describe(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return node.text().empty() ? "nothing" : fmt::format("`{}`", node.text());
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a mapping";
    case Node::Kind::scalar:
      break;
  }
  std::string_view text = node.text();
  bool cut = text.size() > kShownText;
  std::string shown = printable(text.substr(0, cut ? kShownText : text.size()));
  std::string_view quote = node.quoted() ? "\"" : "`";
  return fmt::format("{0}{1}{2}{0}", quote, shown, cut ? "…" : "");
}

void* Arena::take(size_t size, size_t alignment) {
  size_t pad = (alignment - reinterpret_cast<uintptr_t>(next_) % alignment) % alignment;
  if (pad + size > left_) {
    size_t chunk = std::max(size, kChunk);
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk));
    bytes_ += chunk;
    if (chunk > kChunk) return chunks_.back().get();  // what is left of the current chunk stays in use
    next_ = chunks_.back().get();
    left_ = chunk;
    pad = 0;
  }
  std::byte* at = next_ + pad;
  next_ = at + size;
  left_ -= pad + size;
  return at;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  void* at = take(text.size(), 1);
  std::memcpy(at, text.data(), text.size());
  return {static_cast<const char*>(at), text.size()};
}

std::span<const Node> Arena::copy(std::span<const Node> nodes) {
  if (nodes.empty()) return {};
  auto* at = static_cast<Node*>(take(nodes.size_bytes(), alignof(Node)));
  std::uninitialized_copy(nodes.begin(), nodes.end(), at);
  return {at, nodes.size()};
}

std::span<const Entry> Arena::copy(std::span<const Entry> entries) {
  if (entries.empty()) return {};
  auto* at = static_cast<Entry*>(take(entries.size_bytes(), alignof(Entry)));
  std::uninitialized_copy(entries.begin(), entries.end(), at);
  return {at, entries.size()};
}

void Arena::absorb(Arena&& other) {
  std::move(other.chunks_.begin(), other.chunks_.end(), std::back_inserter(chunks_));
  bytes_ += other.bytes_;
  other = Arena();
}

}  // namespace netcfg
