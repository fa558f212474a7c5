#include "netcfg/spec/keys.h"

#include <fmt/format.h>

#include "netcfg/base/text.h"
#include "netcfg/spec/hints.h"

namespace netcfg {
namespace {

constexpr size_t kFewKeys = 14;  // up to here a message lists them all

std::string hint_for(std::string_view key, std::string_view section,
                     std::span<const std::string_view> known) {
  for (const MisplacedKey& row : kMisplacedKeys)
    if (row.section == section && row.key == key) return std::string(row.hint);
  if (auto near = nearest(key, known)) return fmt::format("did you mean '{}'?", *near);
  if (!known.empty() && known.size() <= kFewKeys) return fmt::format("known here: {}", join_or(known));
  return {};
}

}  // namespace

bool is_map(Report& report, const At& at) {
  if (at.node.is_map() || at.node.is_null()) return true;
  report.error(at, fmt::format("expected a mapping, got {}", describe(at.node)));
  return false;
}

bool is_list(Report& report, const At& at) {
  if (at.node.is_list() || at.node.is_null()) return true;
  report.error(at, fmt::format("expected a list, got {}", describe(at.node)),
               at.node.is_null() ? "" : "write each entry behind a dash, or all of them between [ and ]");
  return false;
}

void unknown_key(Report& report, const At& at, std::string_view section,
                 std::span<const std::string_view> known) {
  for (const UnsupportedKey& row : kUnsupportedKeys)
    if (row.section == section && row.key == at.key)
      return report.key_error(at, fmt::format("'{}' is not supported by this version of netcfg", at.key));
  std::string shown = printable(at.key.substr(0, 64));
  report.key_error(at, fmt::format("unknown key '{}'", shown), hint_for(at.key, section, known));
}

void missing_key(Report& report, const At& at, std::string_view key, std::string_view example) {
  std::string hint = example.empty() ? std::string() : fmt::format("write {}", example);
  Place place = at.key_place ? at.key_place : at.place();
  report.error(place, at.path(), fmt::format("'{}' is missing", key), std::move(hint));
}

}  // namespace netcfg
