#include <fmt/format.h>

#include <unordered_map>

#include "netcfg/base/text.h"
#include "netcfg/model/route.h"
#include "netcfg/spec/binder.h"

namespace netcfg {
namespace {

struct WellKnown {
  std::string_view name;
  uint32_t number;
};

constexpr WellKnown kWellKnown[] = {{"main", kTableMain}, {"local", kTableLocal}, {"default", kTableDefault}};

std::optional<uint32_t> table_number(const Node& node) {
  auto number = node.as_unsigned();
  if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

bool all_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == text.npos;
}

std::string name_problem(std::string_view name) {
  if (name.empty() || name.size() > 64) return "a table's name has 1 to 64 bytes";
  if (all_digits(name) || name.starts_with("0x")) return "a table's name cannot be a number";
  for (unsigned char c : name)
    if (c <= ' ' || c == 0x7f || c == '#' || c == '/')
      return "a table's name cannot hold blanks, '#', '/' or control characters";
  return {};
}

void add_table(Binder& binder, const At& at, std::unordered_map<uint32_t, std::string_view>& numbers) {
  if (auto problem = name_problem(at.key); !problem.empty()) return binder.report.key_error(at, problem);
  auto number = table_number(at.node);
  if (!number)
    return binder.report.error(
        at, fmt::format("expected a whole number from 1 to 4294967295, got {}", describe(at.node)));
  auto fixed = well_known_table(at.key);
  if (fixed && *fixed != *number)
    return binder.report.error(at, fmt::format("table '{}' is number {} on every Linux", at.key, *fixed),
                               "choose another name");
  for (const WellKnown& row : kWellKnown) numbers.emplace(row.number, row.name);
  auto [first, fresh] = numbers.emplace(*number, at.key);
  if (!fresh && first->second != at.key)
    return binder.report.error(at, fmt::format("number {} is table '{}' already", *number, first->second),
                               "give each table a number of its own");
  if (!fixed) binder.out.tables.emplace(at.key, *number);
}

}  // namespace

std::optional<uint32_t> well_known_table(std::string_view name) {
  for (const WellKnown& row : kWellKnown)
    if (row.name == name) return row.number;
  return std::nullopt;
}

void bind_tables(Binder& binder, const At& at) {
  if (!is_map(binder.report, at)) return;
  std::unordered_map<uint32_t, std::string_view> numbers;
  for (const Entry& entry : at.node.entries())
    if (!taken_back(entry.value)) add_table(binder, at.value(entry), numbers);
}

std::optional<uint32_t> Binder::table(const At& at) {
  if (at.node.is_scalar()) {
    if (auto number = table_number(at.node)) return number;
    if (auto known = well_known_table(at.node.text())) return known;
    auto own = out.tables.find(std::string(at.node.text()));
    if (own != out.tables.end()) return own->second;
  }
  if (!at.node.is_scalar() || all_digits(at.node.text())) {
    report.error(at, fmt::format("expected a table's number from 1 to 4294967295 or its name, got {}",
                                 describe(at.node)));
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const WellKnown& row : kWellKnown) names.push_back(row.name);
  for (const auto& [name, number] : out.tables) names.push_back(name);
  auto near = nearest(at.node.text(), names);
  report.error(at, fmt::format("no table is named {}", describe(at.node)),
               near ? fmt::format("did you mean '{}'?", *near)
                    : fmt::format("give it a number: tables: {{ {}: 101 }}", printable(at.node.text())));
  return std::nullopt;
}

}  // namespace netcfg
