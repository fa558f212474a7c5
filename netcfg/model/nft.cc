#include "netcfg/model/nft.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {
namespace {

struct Chain {
  std::string_view name;
  std::string_view type;  // all up to the policy
  std::vector<NftRule> NftRules::*rules;
};

// nft has no name for the priority of a nat chain at output but the number, -100 for dstnat.
constexpr Chain kChains[] = {
    {"prerouting", "type filter hook prerouting priority mangle", &NftRules::prerouting},
    {"dstnat", "type nat hook prerouting priority dstnat - 1", &NftRules::dstnat},
    {"output", "type route hook output priority mangle", &NftRules::output},
    {"output_dstnat", "type nat hook output priority -101", &NftRules::output_dstnat},
    {"forward", "type filter hook forward priority filter", &NftRules::forward},
    {"postrouting", "type filter hook postrouting priority mangle", &NftRules::postrouting},
    {"classify", "type filter hook postrouting priority mangle + 10", &NftRules::classify},
    {"srcnat", "type nat hook postrouting priority srcnat - 1", &NftRules::srcnat},
};

// NFTNL_UDATA_COMMENT_MAXLEN counts the end mark; nft knows no way to write a quote.
std::string comment_of(std::string_view reason) {
  constexpr size_t kLongest = 127;
  std::string out(reason.substr(0, kLongest));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c == '"' || c == '\\' || c < ' ' || c > '~'; },
      '?');
  return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size() - 1);
    out.push_back(text.substr(0, end + (text[end] != '\n')));
    text.remove_prefix(end + 1);
  }
  return out;
}

// What a line is in the longest common row of two texts: lengths[i][j] of what follows a[i] and b[j].
std::vector<std::vector<uint32_t>> common_lengths(const std::vector<std::string_view>& a,
                                                  const std::vector<std::string_view>& b) {
  std::vector<std::vector<uint32_t>> out(a.size() + 1, std::vector<uint32_t>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      out[i][j] = a[i] == b[j] ? out[i + 1][j + 1] + 1 : std::max(out[i + 1][j], out[i][j + 1]);
  return out;
}

std::string with_sign(char sign, std::string_view line) {
  std::string out(1, sign);
  for (char c : line) out += c == '\t' ? std::string("  ") : std::string(1, c);
  return out;
}

// Keeps unlike lines and two beside them.
std::vector<std::string> hunks(const std::vector<std::string>& all) {
  constexpr size_t kContext = 2;
  std::vector<std::string> out;
  bool skipped = false;
  for (size_t i = 0; i < all.size(); ++i) {
    size_t first = i > kContext ? i - kContext : 0, last = std::min(all.size(), i + kContext + 1);
    bool near =
        std::any_of(all.begin() + static_cast<ptrdiff_t>(first), all.begin() + static_cast<ptrdiff_t>(last),
                    [](const std::string& line) { return line[0] != ' '; });
    if (near && skipped && !out.empty()) out.emplace_back(" …");
    if (near) out.push_back(all[i]);
    skipped = !near;
  }
  return out;
}

}  // namespace

bool NftRules::empty() const {
  return std::all_of(std::begin(kChains), std::end(kChains),
                     [&](const Chain& chain) { return (this->*chain.rules).empty(); });
}

Place Ruleset::place_of(uint32_t number) const {
  for (const Line& line : lines)
    if (line.number == number) return line.place;
  return origin;
}

Ruleset to_ruleset(const NftRules& rules) {
  Ruleset out;
  uint32_t line = 1;
  out.text = fmt::format("table {} {{\n", kNftTable);
  for (const Chain& chain : kChains) {
    const auto& list = rules.*chain.rules;
    if (list.empty()) continue;
    if (line > 1) out.text += '\n', ++line;
    out.text += fmt::format("\tchain {} {{\n\t\t{}; policy accept;\n", chain.name, chain.type);
    line += 2;
    for (const NftRule& rule : list) {
      out.text += "\t\t" + rule.text;
      if (!rule.reason.empty()) out.text += fmt::format(" comment \"{}\"", comment_of(rule.reason));
      out.text += '\n';
      out.lines.push_back({++line, rule.origin});
      if (!out.origin || (rule.origin && rule.origin < out.origin)) out.origin = rule.origin;
    }
    out.text += "\t}\n", ++line;
  }
  out.text += "}\n";
  return out;
}

std::vector<std::string> unified_diff(std::string_view before, std::string_view after) {
  if (before == after) return {};
  auto a = lines_of(before), b = lines_of(after);
  constexpr size_t kMostCells = 4'000'000;  // beyond, all of both is shown
  if (a.size() * b.size() > kMostCells) {
    std::vector<std::string> all;
    all.reserve(a.size() + b.size());
    for (std::string_view line : a) all.push_back(with_sign('-', line));
    for (std::string_view line : b) all.push_back(with_sign('+', line));
    return all;
  }
  auto common = common_lengths(a, b);
  std::vector<std::string> all;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j])
      all.push_back(with_sign(' ', a[i])), ++i, ++j;
    else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1]))
      all.push_back(with_sign('-', a[i++]));
    else
      all.push_back(with_sign('+', b[j++]));
  }
  return hunks(all);
}

}  // namespace netcfg
