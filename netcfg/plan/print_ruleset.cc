#include "netcfg/plan/print_ruleset.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

std::string_view trimmed(std::string_view line) {
  size_t first = line.find_first_not_of(" \t");
  return first == line.npos ? std::string_view() : line.substr(first);
}

// Of a line of the table, indented as nft does it; chains and their types are no rules.
bool is_rule(std::string_view line) {
  std::string_view text = trimmed(line);
  return !text.empty() && text != "}" && !text.starts_with("chain ") && !text.starts_with("table ") &&
         !text.starts_with("type ");
}

size_t count_rules(const Ruleset& ruleset) {
  std::vector<std::string> all = unified_diff("", ruleset.text);
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const std::string& line) {
    return is_rule(std::string_view(line).substr(1));
  }));
}

std::string counted(size_t n) {
  return fmt::format("{} rule{}", n, n == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> ruleset_words(const Ruleset* before, const Ruleset* after) {
  if (!after) return {};
  if (!before) return {counted(count_rules(*after))};
  size_t come = 0, go = 0;
  for (const std::string& line : unified_diff(before->text, after->text)) {
    bool rule = is_rule(std::string_view(line).substr(1));
    come += rule && line[0] == '+' ? 1 : 0;
    go += rule && line[0] == '-' ? 1 : 0;
  }
  return {fmt::format("{} → {},", count_rules(*before), counted(count_rules(*after))),
          fmt::format("{} new,", come), fmt::format("{} gone", go)};
}

std::vector<std::string> ruleset_lines(const Ruleset* before, const Ruleset* after) {
  return unified_diff(before ? before->text : "", after ? after->text : "");
}

std::vector<std::string> ruleset_drift(const Ruleset& live, const Ruleset& wanted) {
  std::vector<std::string> out;
  for (const std::string& line : unified_diff(live.text, wanted.text)) {
    std::string_view text = trimmed(std::string_view(line).substr(1));
    if (line[0] == ' ' || text.empty() || text == "}") continue;
    out.push_back(fmt::format("{}: {}", line[0] == '+' ? "is missing" : "should not be there", text));
  }
  // The same lines in another order, or blank ones.
  if (out.empty()) out.emplace_back("is not as specified");
  return out;
}

std::vector<std::string> ruleset_commands(const Ruleset* after) {
  if (!after) return {fmt::format("nft delete table {}", kNftTable)};
  return {fmt::format("nft -f - <<'NFT'\ntable {0}\ndelete table {0}\n{1}NFT", kNftTable, after->text)};
}

}  // namespace netcfg
