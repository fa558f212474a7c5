#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/spec/binder.h"

namespace netcfg {
namespace {

bool plain_part(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// Blanks folded to one, none at the ends: as the kernel prints lists of numbers.
std::string folded(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool blank = c == ' ' || c == '\t' || c == '\n';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::optional<std::string> scalar_value(Report& report, const At& at) {
  if (!at.node.is_scalar()) {
    report.error(at, fmt::format("expected a number, text or list of them, got {}", describe(at.node)));
    return std::nullopt;
  }
  if (auto number = at.node.as_signed()) return std::to_string(*number);
  if (auto truth = at.node.as_bool()) return std::string(*truth ? "1" : "0");
  bool digits = !at.node.quoted() && at.node.text().find_first_not_of("0123456789") == std::string_view::npos;
  auto text = at.node.as_string();
  if (text && !digits) return folded(*text);
  Error error = text ? at.node.as_signed().error() : text.error();
  report.error(at, error.message, error.hint);
  return std::nullopt;
}

std::optional<std::string> read_value(Report& report, const At& at) {
  if (!at.node.is_list()) return scalar_value(report, at);
  std::string out;
  for (size_t i = 0; i < at.node.size(); ++i) {
    auto part = scalar_value(report, at.item(i));
    if (!part) return std::nullopt;
    out += out.empty() ? *part : " " + *part;
  }
  return out;
}

void add(Binder& binder, const At& at, std::string path) {
  if (auto value = read_value(binder.report, at)) binder.add_sysctl(at, std::move(path), std::move(*value));
}

// The path of `ipv4/NAME`, `ipv6/NAME` or `ipv4/neigh/NAME` for one link; empty when the key has another
// form.
std::string link_path(std::string_view key, const IfName& dev) {
  auto parts = split(key, '/');
  bool neigh = parts.size() == 3 && parts[1] == "neigh";
  bool known = (parts.size() == 2 || neigh) && (parts[0] == "ipv4" || parts[0] == "ipv6");
  if (!known || !plain_part(parts.back())) return {};
  return fmt::format("net/{}/{}/{}/{}", parts[0], neigh ? "neigh" : "conf", dev.view(), parts.back());
}

std::string path_problem(std::string_view path) {
  if (!path.starts_with("net/")) return "only parameters below net are netcfg's";
  for (std::string_view part : split(path, '/')) {
    bool odd = part.empty() || part == "." || part == "..";
    if (odd || std::any_of(part.begin(), part.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; }))
      return "this is not the name of a kernel parameter";
  }
  return {};
}

}  // namespace

void Binder::add_sysctl(const At& at, std::string path, std::string value) {
  auto [first, fresh] = sysctls.try_emplace(path, value, at.key_place);
  if (!fresh) {
    if (first->second.first != value)
      report.error(at,
                   fmt::format("{} is {} here and {} at {}", path, value, first->second.first,
                               report.where(first->second.second)),
                   "give it one value");
    return;
  }
  out.state.sysctls.push_back({std::move(path), std::move(value), at.key_place});
}

void bind_link_sysctls(Binder& binder, const IfName& dev, const At& at) {
  if (!is_map(binder.report, at)) return;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    std::string path = link_path(entry.key, dev);
    if (path.empty())
      binder.report.key_error(value,
                              fmt::format("'{}' is not a parameter of an interface", printable(entry.key)),
                              "write ipv4/NAME, ipv6/NAME, ipv4/neigh/NAME or ipv6/neigh/NAME; others "
                              "belong to the top-level sysctl");
    else
      add(binder, value, std::move(path));
  }
}

void bind_sysctls(Binder& binder, const At& at) {
  if (!is_map(binder.report, at)) return;
  for (const Entry& entry : at.node.entries()) {
    if (taken_back(entry.value)) continue;
    At value = at.value(entry);
    std::string path = sysctl_path(entry.key);
    std::string problem = path_problem(path);
    if (problem.empty())
      add(binder, value, std::move(path));
    else
      binder.report.key_error(
          value, fmt::format("'{}': {}", printable(entry.key), problem),
          path.starts_with("net/") ? "such as net.ipv4.ip_forward" : "put it into a file of /etc/sysctl.d");
  }
}

}  // namespace netcfg
