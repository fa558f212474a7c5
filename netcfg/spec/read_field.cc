#include <fmt/format.h>

#include "netcfg/base/text.h"
#include "netcfg/spec/keys.h"

namespace netcfg {
namespace {

void expected(Report& report, const At& at, const Field& field, std::string hint = {}) {
  report.error(at, fmt::format("expected {}, got {}", describe(field), describe(at.node)), std::move(hint));
}

// One entry of a list field.
std::string describe_item(const Field& field) {
  switch (field.type) {
    case Type::ips:
      return "an IPv4 or IPv6 address";
    case Type::vids:
      return "a VLAN id from 1 to 4094 or a range such as 20-30";
    case Type::qos:
      return "a pair FROM:TO of priorities";
    default:
      return field.range.max > 0 ? fmt::format("a text of at most {} bytes", field.range.max) : "a text";
  }
}

void expected_item(Report& report, const At& at, const Field& field) {
  report.error(at, fmt::format("expected {}, got {}", describe_item(field), describe(at.node)));
}

std::string choice_hint(const Field& field, std::string_view text) {
  std::vector<std::string_view> names;
  for (const Choice& choice : field.choices) names.push_back(choice.name);
  auto near = nearest(text, names);
  return near ? fmt::format("did you mean '{}'?", *near) : std::string();
}

std::string hint_for(const Field& field, const Node& node) {
  std::string_view text = node.text();
  if (field.type == Type::choice) return choice_hint(field, text);
  if (field.type == Type::duration && parse_unsigned(text))
    return fmt::format("write its unit, such as {}{}", text, field.unit > kMillisecond ? "s" : "ms");
  if (field.type == Type::rate && parse_unsigned(text))
    return fmt::format("write its unit, such as {}mbit or {}kbit", text, text);
  if (field.type == Type::rate && parse_rate(text)) return "rates are whole bytes per second";
  if (field.type == Type::rate)
    return "units are bit, kbit, mbit, gbit, tbit (powers of 1000), kibit … (of 1024), and bps, kbps … for "
           "bytes";
  bool address = field.type == Type::ip || field.type == Type::ip4 || field.type == Type::ip6;
  if (address && parse_prefix(text) && text.find('/') != text.npos)
    return fmt::format("write {}, without the length", text.substr(0, text.find('/')));
  return {};
}

// The scalar's value in the form that Field::set takes; nothing after an error.
std::optional<Value> scalar_value(Report& report, const At& at, const Field& field) {
  const Node& node = at.node;
  switch (field.type) {
    case Type::boolean: {
      auto value = node.as_bool();
      if (value) return Value(*value);
      report.error(at, value.error().message, value.error().hint);
      return std::nullopt;
    }
    case Type::integer: {
      auto value = node.as_signed();
      if (value) return Value(*value);
      expected(report, at, field, value.error().hint);
      return std::nullopt;
    }
    case Type::text:
    case Type::link: {
      auto value = node.as_string();
      if (value) return Value(std::string(*value));
      expected(report, at, field, value.error().hint);
      return std::nullopt;
    }
    default:
      if (node.is_scalar()) return Value(std::string(node.text()));
      expected(report, at, field);
      return std::nullopt;
  }
}

std::optional<Texts> list_value(Report& report, const At& at, const Field& field) {
  if (!at.node.is_list()) {
    std::string hint = at.node.is_scalar() ? fmt::format("write [{}]", at.node.text()) : std::string();
    expected(report, at, field, std::move(hint));
    return std::nullopt;
  }
  Texts out;
  for (size_t i = 0; i < at.node.size(); ++i) {
    At item = at.item(i);
    if (!item.node.is_scalar()) {
      expected_item(report, item, field);
      return std::nullopt;
    }
    out.emplace_back(item.node.text());
  }
  return out;
}

// A VLAN priority map may be written as a mapping, {0: 1}.
std::optional<Texts> qos_value(Report& report, const At& at, const Field& field) {
  if (!at.node.is_map()) return list_value(report, at, field);
  Texts out;
  for (const Entry& entry : at.node.entries()) {
    if (!entry.value.is_scalar()) {
      expected_item(report, at.value(entry), field);
      return std::nullopt;
    }
    out.push_back(fmt::format("{}:{}", entry.key, entry.value.text()));
  }
  return out;
}

void blame_item(Report& report, const At& at, const Field& field, void* object) {
  if (!at.node.is_list()) return expected(report, at, field);
  for (size_t i = 0; i < at.node.size(); ++i) {
    At item = at.item(i);
    if (!field.set(field, object, Texts{std::string(item.node.text())})) expected_item(report, item, field);
  }
  field.clear(object);
}

bool read_list(Report& report, const At& at, const Field& field, void* object) {
  auto texts = field.type == Type::qos ? qos_value(report, at, field) : list_value(report, at, field);
  if (!texts) return false;
  size_t count = texts->size();
  if (!field.set(field, object, std::move(*texts))) {
    blame_item(report, at, field, object);
    return false;
  }
  if (field.type == Type::ips && field.range.max > 0 && count > static_cast<size_t>(field.range.max)) {
    report.error(at, fmt::format("{} has at most {} entries, got {}", field.name, field.range.max, count));
    return false;
  }
  return true;
}

}  // namespace

bool read_field(Report& report, const At& at, const Field& field, void* object) {
  if (field.type == Type::ips || field.type == Type::texts || field.type == Type::vids ||
      field.type == Type::qos)
    return read_list(report, at, field, object);
  auto value = scalar_value(report, at, field);
  if (!value) return false;
  if (field.set(field, object, *value)) return true;
  if (field.type == Type::link)
    report.error(at, std::string(IfName::problem(at.node.text())), "");
  else
    expected(report, at, field, hint_for(field, at.node));
  return false;
}

}  // namespace netcfg
