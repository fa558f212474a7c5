#include "netcfg/model/field.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

// A range beside the choices means that other numbers within it are taken as well.
std::optional<int64_t> choice_number(const Field& field, const Value& value) {
  const auto* number = std::get_if<int64_t>(&value);
  const auto* text = std::get_if<std::string>(&value);
  for (const Choice& choice : field.choices)
    if (text && choice.name == *text) return choice.number;
  std::optional<int64_t> plain = number ? *number : text ? parse_signed(*text) : std::nullopt;
  if (!plain) return std::nullopt;
  bool known = std::any_of(field.choices.begin(), field.choices.end(),
                           [&](const Choice& choice) { return choice.number == *plain; });
  bool within = field.range.max > 0 && *plain >= field.range.min && *plain <= field.range.max;
  return known || within ? plain : std::nullopt;
}

// "forever" is the largest number of 32 bits (INFINITY_LIFE_TIME in include/net/addrconf.h).
bool has_forever(const Field& field) {
  return field.range.max == kU32;
}

std::optional<int64_t> duration_number(const Field& field, const Value& value) {
  std::optional<int64_t> ns;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (*text == "forever" && has_forever(field)) return kU32;
    ns = parse_duration(*text);
  }
  if (const auto* number = std::get_if<int64_t>(&value); number && *number == 0) ns = 0;
  if (!ns || *ns % field.unit != 0) return std::nullopt;
  return *ns / field.unit;
}

bool has_unlimited(const Field& field) {
  return field.range.min == 0;
}

std::optional<int64_t> rate_number(const Field& field, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return std::nullopt;
  if (*text == "unlimited" && has_unlimited(field)) return 0;
  return parse_rate(*text);
}

std::optional<int64_t> unchecked_number(const Field& field, const Value& value) {
  switch (field.type) {
    case Type::boolean:
      if (const auto* b = std::get_if<bool>(&value)) return *b ? 1 : 0;
      return std::nullopt;
    case Type::choice:
      return choice_number(field, value);
    case Type::duration:
      return duration_number(field, value);
    case Type::rate:
      return rate_number(field, value);
    case Type::size:
      if (const auto* text = std::get_if<std::string>(&value)) return parse_size(*text);
      break;
    default:
      break;
  }
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return parse_signed(*text);
  return std::nullopt;
}

}  // namespace

std::string to_string(const Value& value) {
  struct Print {
    std::string operator()(std::monostate) const { return "unset"; }
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(int64_t n) const { return std::to_string(n); }
    std::string operator()(const std::string& s) const { return s.empty() ? "\"\"" : s; }
    std::string operator()(const Texts& t) const { return fmt::format("[{}]", fmt::join(t, ", ")); }
  };
  return std::visit(Print{}, value);
}

const Field* find_field(Fields fields, std::string_view name) {
  auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

Value number_to_value(const Field& field, int64_t number) {
  switch (field.type) {
    case Type::boolean:
      return number != 0;
    case Type::duration:
      if (number == kU32 && has_forever(field)) return std::string("forever");
      return duration_to_string(number * field.unit);
    case Type::rate:
      if (number == 0 && has_unlimited(field)) return std::string("unlimited");
      return rate_to_string(number);
    case Type::choice:
      for (const Choice& choice : field.choices)
        if (choice.number == number) return std::string(choice.name);
      return number;
    default:
      return number;
  }
}

std::optional<int64_t> value_to_number(const Field& field, const Value& value) {
  auto number = unchecked_number(field, value);
  if (!number || field.type == Type::choice) return number;
  if (*number < field.range.min || *number > field.range.max) return std::nullopt;
  return number;
}

std::string describe(const Field& field) {
  auto bound = [&](int64_t n) { return to_string(number_to_value(field, n)); };
  switch (field.type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return fmt::format("a whole number from {} to {}", field.range.min, field.range.max);
    case Type::duration:
      return fmt::format("a duration from {} to {} in steps of {}, such as 100ms or 3s",
                         bound(field.range.min), bound(field.range.max), duration_to_string(field.unit));
    case Type::rate:
      return fmt::format("a rate {}such as 100mbit, 1.5gbit or 500kbit, from {} on",
                         has_unlimited(field) ? "or unlimited, " : "",
                         rate_to_string(std::max<int64_t>(field.range.min, 1)));
    case Type::size:
      return fmt::format("a number of bytes from {} to {}, such as 1500 or 64kb", field.range.min,
                         field.range.max);
    case Type::choice: {
      std::vector<std::string_view> names;
      for (const Choice& choice : field.choices) names.push_back(choice.name);
      return "one of " + join_or(names);
    }
    case Type::text:
      return field.range.max > 0 ? fmt::format("a text of at most {} bytes", field.range.max) : "a text";
    case Type::link:
      return "the name of an interface";
    case Type::mac:
      return "a MAC address such as 02:00:00:00:00:01";
    case Type::ip:
      return "an IPv4 or IPv6 address";
    case Type::ip4:
      return "an IPv4 address";
    case Type::ip6:
      return "an IPv6 address";
    case Type::prefix:
      return "an address with its prefix length, such as 192.0.2.0/24";
    case Type::mark:
      return "a mark with an optional mask, such as 0x100/0xff00";
    case Type::span:
      return fmt::format("a number or range FIRST-LAST within {}-{}", field.range.min, field.range.max);
    case Type::ips:
      return "a list of addresses";
    case Type::texts:
      return "a list of texts";
    case Type::vids:
      return "a list of VLAN ids (1 to 4094) and ranges, such as [10, 20-30]";
    case Type::qos:
      return "a list of FROM:TO pairs";
  }
  return {};
}

bool reset(const Field& field, void* object) {
  switch (field.type) {
    case Type::ips:
    case Type::texts:
    case Type::vids:
    case Type::qos:
      return field.set(field, object, Texts{});
    case Type::link:
      return !field.required && field.set(field, object, std::string());
    case Type::text:
      return field.range.min == 0 && field.set(field, object, std::string());
    default:
      break;
  }
  if (field.fallback.empty()) return false;
  if (field.type == Type::boolean) return field.set(field, object, field.fallback == "true");
  return field.set(field, object, std::string(field.fallback));
}

}  // namespace netcfg
