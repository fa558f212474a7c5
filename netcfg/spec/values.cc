#include "netcfg/spec/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {

std::optional<Prefix> read_network(Report& report, const At& at) {
  auto prefix = at.node.is_scalar() ? parse_prefix(at.node.text()) : std::nullopt;
  if (!prefix) {
    report.error(
        at, fmt::format("expected a network such as 10.0.0.0/8 or an address, got {}", describe(at.node)));
    return std::nullopt;
  }
  if (prefix->network() == *prefix) return prefix;
  report.error(
      at, fmt::format("{} has host bits set", at.node.text()),
      fmt::format("write {}, or {} for the host alone", to_string(prefix->network()), to_string(prefix->ip)));
  return std::nullopt;
}

void read_ports(Report& report, const At& at, std::vector<Span>& out) {
  constexpr uint32_t kMostPort = 65535;
  auto span = at.node.is_scalar() ? parse<Span>(at.node.text()) : std::nullopt;
  if (!span || span->first == 0 || span->last > kMostPort)
    return report.error(
        at, fmt::format("expected a port from 1 to 65535 or a range of them such as 8000-8010, got {}",
                        describe(at.node)));
  out.push_back(*span);
}

void join(std::vector<Span>& spans) {
  std::sort(spans.begin(), spans.end());
  std::vector<Span> out;
  for (Span span : spans)
    if (!out.empty() && span.first <= out.back().last + 1)
      out.back().last = std::max(out.back().last, span.last);
    else
      out.push_back(span);
  spans = std::move(out);
}

}  // namespace netcfg
