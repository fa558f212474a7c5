// Rates and sizes with units.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "netcfg/base/text.h"
#include "netcfg/model/types.h"

namespace netcfg {
namespace {

constexpr int64_t kKilo = 1000, kMega = kKilo * kKilo, kGiga = kMega * kKilo, kTera = kGiga * kKilo;
constexpr int64_t kKibi = 1024, kMebi = kKibi * kKibi, kGibi = kMebi * kKibi, kTebi = kGibi * kKibi;

struct Unit {
  std::string_view name;
  int64_t factor;
};
// The prefixes of tc/tc_util.c, largest first.
constexpr Unit kPrefixes[] = {{"t", kTera},  {"g", kGiga},  {"m", kMega},  {"k", kKilo}, {"ti", kTebi},
                              {"gi", kGibi}, {"mi", kMebi}, {"ki", kKibi}, {"", 1}};
constexpr Unit kSizes[] = {{"k", kKibi}, {"kb", kKibi}, {"m", kMebi}, {"mb", kMebi},
                           {"g", kGibi}, {"gb", kGibi}, {"b", 1},     {"", 1}};

// What a decimal number times `factor` is, where that is a whole number.
std::optional<int64_t> times(std::string_view number, int64_t factor) {
  size_t dot = number.find('.');
  auto whole = parse_unsigned(number.substr(0, dot));
  if (!whole || *whole > static_cast<uint64_t>(INT64_MAX / factor)) return std::nullopt;
  int64_t out = static_cast<int64_t>(*whole) * factor;
  if (dot == number.npos) return out;
  std::string_view digits = number.substr(dot + 1);
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  int64_t fraction = 0, scale = 1;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    fraction = fraction * 10 + (c - '0');
    scale *= 10;
  }
  __extension__ using I128 = __int128;
  I128 part = static_cast<I128>(fraction) * factor;
  if (part % scale != 0 || part / scale > INT64_MAX - out) return std::nullopt;
  return out + static_cast<int64_t>(part / scale);
}

// The number and what follows it.
std::pair<std::string_view, std::string_view> parts_of(std::string_view text) {
  size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  return {text.substr(0, end), text.substr(end)};
}

}  // namespace

std::optional<int64_t> parse_rate(std::string_view text) {
  auto [number, unit] = parts_of(text);
  bool bits = unit.ends_with("bit");
  if (number.empty() || (!bits && !unit.ends_with("bps"))) return std::nullopt;
  std::string_view wanted = unit.substr(0, unit.size() - 3);
  const auto* prefix = std::find_if(std::begin(kPrefixes), std::end(kPrefixes),
                                    [&](const Unit& u) { return u.name == wanted; });
  if (prefix == std::end(kPrefixes)) return std::nullopt;
  auto out = times(number, prefix->factor);
  if (!out || !bits) return out;
  return *out % 8 == 0 ? std::optional(*out / 8) : std::nullopt;
}

std::string rate_to_string(int64_t rate) {
  // More than fits in bits, no field takes.
  int64_t bits = rate > INT64_MAX / 8 ? INT64_MAX - 7 : rate * 8;
  for (const Unit& prefix : kPrefixes)
    if (bits != 0 && bits % prefix.factor == 0)
      return fmt::format("{}{}bit", bits / prefix.factor, prefix.name);
  return fmt::format("{}bit", bits);
}

std::optional<int64_t> parse_size(std::string_view text) {
  if (auto plain = parse_signed(text)) return plain;
  auto [number, wanted] = parts_of(text);
  const auto* unit = std::ranges::find(kSizes, wanted, &Unit::name);
  if (number.empty() || unit == std::end(kSizes)) return std::nullopt;
  return times(number, unit->factor);
}

}  // namespace netcfg
