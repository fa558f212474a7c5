#include "netcfg/model/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

struct Unit {
  std::string_view name;
  int64_t nanoseconds;
};

// Largest first, so that the first that divides gives the shortest text.
constexpr Unit kUnits[] = {{"d", 86'400'000'000'000},
                           {"h", 3'600'000'000'000},
                           {"m", 60'000'000'000},
                           {"s", 1'000'000'000},
                           {"ms", 1'000'000},
                           {"us", 1'000},
                           {"ns", 1}};

}  // namespace

std::string_view IfName::problem(std::string_view text) {
  if (text.empty()) return "an interface name cannot be empty";
  if (text.size() > 15) return "an interface name has at most 15 bytes";
  if (text == "." || text == "..") return "'.' and '..' cannot be interface names";
  for (char c : text) {
    if (c == '/' || c == ':') return "an interface name cannot hold '/' or ':'";
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f)
      return "an interface name cannot hold blanks or control characters";
    if (c == '%') return "'%' in a name makes the kernel number it; write the name out";
  }
  return {};
}

bool VidSet::contains(uint32_t vid) const {
  return std::any_of(ranges.begin(), ranges.end(), [&](Span r) { return r.first <= vid && vid <= r.last; });
}

void VidSet::add(Span range) {
  ranges.push_back(range);
  std::sort(ranges.begin(), ranges.end());
  std::vector<Span> merged;
  for (Span r : ranges) {
    if (!merged.empty() && r.first <= merged.back().last + 1)
      merged.back().last = std::max(merged.back().last, r.last);
    else
      merged.push_back(r);
  }
  ranges = std::move(merged);
}

template <>
std::optional<IfName> parse<IfName>(std::string_view text) {
  if (!IfName::problem(text).empty()) return std::nullopt;
  return IfName(text);
}

template <>
std::optional<Mac> parse<Mac>(std::string_view text) {
  Mac mac;
  if (text.size() != 17) return std::nullopt;
  for (size_t i = 0; i < 6; ++i) {
    const char* at = text.data() + i * 3;
    if (i > 0 && at[-1] != ':' && at[-1] != '-') return std::nullopt;
    auto [end, error] = std::from_chars(at, at + 2, mac.bytes[i], 16);
    if (error != std::errc{} || end != at + 2) return std::nullopt;
  }
  return mac;
}

template <>
std::optional<Mark> parse<Mark>(std::string_view text) {
  size_t slash = text.find('/');
  auto value = parse_unsigned(text.substr(0, slash));
  auto mask =
      slash == text.npos ? std::optional<uint64_t>(UINT32_MAX) : parse_unsigned(text.substr(slash + 1));
  if (!value || !mask || *value > UINT32_MAX || *mask > UINT32_MAX) return std::nullopt;
  return Mark{static_cast<uint32_t>(*value), static_cast<uint32_t>(*mask)};
}

template <>
std::optional<Span> parse<Span>(std::string_view text) {
  size_t dash = text.find('-');
  auto first = parse_unsigned(text.substr(0, dash));
  auto last = dash == text.npos ? first : parse_unsigned(text.substr(dash + 1));
  if (!first || !last || *first > *last || *last > UINT32_MAX) return std::nullopt;
  return Span{static_cast<uint32_t>(*first), static_cast<uint32_t>(*last)};
}

template <>
std::optional<QosEntry> parse<QosEntry>(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  auto from = parse_unsigned(text.substr(0, colon));
  auto to = parse_unsigned(text.substr(colon + 1));
  if (!from || !to || *from > UINT32_MAX || *to > UINT32_MAX) return std::nullopt;
  return QosEntry{static_cast<uint32_t>(*from), static_cast<uint32_t>(*to)};
}

std::string to_string(const IfName& name) {
  return std::string(name.view());
}

std::string to_string(const Mac& mac) {
  return fmt::format("{:02x}", fmt::join(mac.bytes, ":"));
}

std::string to_string(const Mark& mark) {
  return mark.mask == UINT32_MAX ? fmt::format("{:#x}", mark.value)
                                 : fmt::format("{:#x}/{:#x}", mark.value, mark.mask);
}

std::string to_string(const Span& span) {
  return span.first == span.last ? fmt::format("{}", span.first)
                                 : fmt::format("{}-{}", span.first, span.last);
}

std::string to_string(const QosEntry& entry) {
  return fmt::format("{}:{}", entry.from, entry.to);
}

std::optional<int64_t> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  size_t digits = text.find_first_not_of("0123456789.");
  if (digits == text.npos || digits == 0) return std::nullopt;
  auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                           [&](const Unit& u) { return u.name == text.substr(digits); });
  if (unit == std::end(kUnits)) return std::nullopt;
  std::string_view number = text.substr(0, digits);
  size_t dot = number.find('.');
  auto whole = parse_unsigned(number.substr(0, dot));
  if (!whole || *whole > static_cast<uint64_t>(INT64_MAX / unit->nanoseconds)) return std::nullopt;
  int64_t out = static_cast<int64_t>(*whole) * unit->nanoseconds;
  if (dot == number.npos) return out;
  std::string_view fraction = number.substr(dot + 1);
  if (fraction.empty() || fraction.size() > 9) return std::nullopt;
  int64_t scale = unit->nanoseconds;
  for (char c : fraction) {
    if (c < '0' || c > '9' || scale % 10 != 0) return std::nullopt;
    scale /= 10;
    if (out > INT64_MAX - (c - '0') * scale) return std::nullopt;
    out += (c - '0') * scale;
  }
  return out;
}

std::string duration_to_string(int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  for (const Unit& unit : kUnits)
    if (nanoseconds % unit.nanoseconds == 0)
      return fmt::format("{}{}", nanoseconds / unit.nanoseconds, unit.name);
  return fmt::format("{}ns", nanoseconds);
}

}  // namespace netcfg
