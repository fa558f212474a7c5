#include "netcfg/probe/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "netcfg/base/text.h"
#include "netcfg/json/yaml.h"
#include "netcfg/probe/leave_out.h"
#include "netcfg/probe/show_nat.h"
#include "netcfg/probe/show_qos.h"
#include "netcfg/probe/shown.h"

namespace netcfg {
namespace {

using Row = std::array<std::string, 7>;

constexpr std::string_view kDim = "\x1b[2m", kRed = "\x1b[31m", kGreen = "\x1b[32m", kBold = "\x1b[1m",
                           kPlain = "\x1b[0m";

std::string kind_of(const Link& link) {
  const KindInfo* info = kind_info(link.kind);
  if (info) return std::string(info->name);
  if (!link.foreign_kind.empty()) return link.foreign_kind;
  return link.name == IfName("lo") ? "loopback" : "nic";
}

std::string name_of(const Link& link) {
  IfName parent = parent_of(link);
  return parent.empty() ? to_string(link.name) : fmt::format("{}@{}", link.name.view(), parent.view());
}

std::vector<Row> rows_of(const Link& link, const State& state) {
  Row row = {name_of(link),
             kind_of(link),
             link.is_up() ? "up" : "down",
             link.mtu ? std::to_string(*link.mtu) : "-",
             link.mac ? to_string(*link.mac) : "-",
             link.master && !link.master->empty() ? to_string(*link.master) : "-",
             ""};
  std::vector<Row> rows;
  for (const Address& a : state.addresses) {
    if (a.dev != link.name) continue;
    row[6] = to_string(a.address);
    rows.push_back(row);
    row = {};
  }
  if (rows.empty()) rows.push_back(row);
  return rows;
}

std::string_view color_of(size_t column, const std::string& text) {
  if (column == 0) return kBold;
  if (column == 2) return text == "up" ? kGreen : kRed;
  return column == 4 || text == "-" ? kDim : std::string_view();
}

void print_row(std::ostream& out, const Row& row, const std::array<size_t, 7>& widths, bool color,
               bool head) {
  std::string line;
  size_t last = 0;
  for (size_t i = 0; i < row.size(); ++i)
    if (!row[i].empty()) last = i;
  for (size_t i = 0; i <= last; ++i) {
    std::string_view style = head ? kDim : color_of(i, row[i]);
    line +=
        color && !style.empty() && !row[i].empty() ? fmt::format("{}{}{}", style, row[i], kPlain) : row[i];
    if (i < last) line.append(widths[i] - display_width(row[i]) + 2, ' ');
  }
  out << line << '\n';
}

}  // namespace

std::string show_yaml(const Snapshot& live, const std::vector<IfName>& names) {
  Shower shower(live, names);
  Json spec = shower.spec();
  std::vector<std::string> notes = shower.notes();
  leave_out_refused(spec, notes);
  if (names.empty()) put_nat(spec, live.state.rulesets, notes);
  check_qos(spec, live, notes);
  std::string out;
  for (const std::string& note : notes) out += "# " + printable(note) + "\n";
  return out + to_yaml(spec);
}

std::string show_json(const Snapshot& live, const std::vector<IfName>& names,
                      std::vector<std::string>& notes) {
  Shower shower(live, names);
  Json spec = shower.spec();
  notes = shower.notes();
  leave_out_refused(spec, notes);
  if (names.empty()) put_nat(spec, live.state.rulesets, notes);
  check_qos(spec, live, notes);
  return spec.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void show_table(std::ostream& out, const Snapshot& live, const std::vector<IfName>& names, bool color) {
  Row head = {"NAME", "KIND", "STATE", "MTU", "MAC", "MASTER", "ADDRESSES"};
  std::vector<Row> rows;
  for (const Link& link : live.state.links) {
    if (!names.empty() && std::find(names.begin(), names.end(), link.name) == names.end()) continue;
    for (Row& row : rows_of(link, live.state)) rows.push_back(std::move(row));
  }
  std::array<size_t, 7> widths{};
  for (size_t i = 0; i < head.size(); ++i) {
    widths[i] = head[i].size();
    for (const Row& row : rows) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  print_row(out, head, widths, color, true);
  for (const Row& row : rows) print_row(out, row, widths, color, false);
}

}  // namespace netcfg
