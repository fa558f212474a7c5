#include "netcfg/fib/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace netcfg {
namespace {

std::string table_text(uint32_t table, const TableNames& names) {
  switch (table) {
    case kTableMain:
      return "main";
    case kTableLocal:
      return "local";
    case kTableDefault:
      return "default";
    default:
      break;
  }
  auto named = std::ranges::find_if(names, [&](const auto& name) { return name.second == table; });
  return named == names.end() ? std::to_string(table) : named->first;
}

std::string_view type_text(RouteType type) {
  for (const Choice& choice : kRouteTypes)
    if (choice.number == static_cast<int64_t>(type)) return choice.name;
  return "unicast";
}

std::string route_text(const Route& route) {
  std::string out;
  if (route.type != RouteType::unicast) out += fmt::format("{} ", type_text(route.type));
  out += route.to.is_default() ? "default" : to_string(route.to);
  for (const NextHop& hop : route.hops) {
    if (route.hops.size() > 1) out += " nexthop";
    out += " " + to_string(Way{hop.dev, hop.via, {}, 1});
  }
  if (route.metric != 0) out += fmt::format(" metric {}", route.metric);
  return out;
}

std::string result_text(const Trace& trace) {
  switch (trace.result) {
    case Trace::Result::nothing:
      return "no route";
    case Trace::Result::thrown:
      return route_text(*trace.route) + ": the next rule is asked";
    case Trace::Result::suppressed:
      return route_text(*trace.route) + ": suppressed";
    case Trace::Result::passed:
      return "passed over";
    case Trace::Result::jumped:
      return fmt::format("on to {}", trace.rule->goto_priority.value_or(0));
    case Trace::Result::refused:
      return trace.route ? route_text(*trace.route) : "refused";
    case Trace::Result::found:
      return route_text(*trace.route);
  }
  return {};
}

std::string_view why_not(const Decision& decision) {
  if (!decision.note.empty()) return decision.note;
  switch (decision.error) {
    case EACCES:
      return "prohibited";
    case EINVAL:
      return "dropped without a word (blackhole)";
    case EHOSTUNREACH:
      return "host unreachable";
    default:
      return "network unreachable";
  }
}

std::string way_text(const Decision& decision, const Way& way) {
  if (decision.type == RouteType::local) return "stays on this host, source " + to_string(way.source);
  std::string out = to_string(way);
  out += way.source ? " source " + to_string(way.source) : std::string(" without a source address");
  if (decision.ways.size() > 1) out += fmt::format(" weight {}", way.weight);
  return out;
}

}  // namespace

std::string to_string(const Way& way) {
  std::string out;
  if (way.gateway) out = fmt::format("via {} ", to_string(way.gateway));
  return out + (way.dev.empty() ? std::string() : fmt::format("dev {}", way.dev.view()));
}

std::string_view verdict_of(const Decision& decision) {
  if (decision.goes()) return type_text(decision.type);
  switch (decision.error) {
    case EACCES:
      return "prohibit";
    case EINVAL:
      return "blackhole";
    case EXDEV:
      return "filtered";
    default:
      return "unreachable";
  }
}

std::string to_text(const Decision& decision, const Flow& flow, const TableNames& names) {
  std::string out = fmt::format("{}{}{}\n", flow.source ? "from " + to_string(flow.source) + " " : "",
                                "to " + to_string(flow.destination),
                                flow.iif.empty() ? "" : fmt::format(" coming in by {}", flow.iif.view()));
  size_t width = 0;
  std::vector<std::string> rules;
  for (const Trace& trace : decision.trace) {
    std::string rule = trace.rule ? id_of(*trace.rule) : "table " + table_text(trace.table, names);
    if (trace.rule && trace.rule->table &&
        table_text(*trace.rule->table, names) != std::to_string(*trace.rule->table)) {
      std::string number = fmt::format("lookup {}", *trace.rule->table);
      if (auto at = rule.find(number); at != std::string::npos)
        rule.replace(at, number.size(), "lookup " + table_text(*trace.rule->table, names));
    }
    width = std::max(width, rule.size());
    rules.push_back(std::move(rule));
  }
  for (size_t i = 0; i < rules.size(); ++i)
    out += fmt::format("  {:<{}}  {}\n", rules[i], width, result_text(decision.trace[i]));
  if (!decision.goes()) return out + fmt::format("{}\n", why_not(decision));
  if (decision.ways.size() > 1) out += "one of these, by a hash of the addresses:\n";
  for (const Way& way : decision.ways) out += way_text(decision, way) + "\n";
  if (!decision.note.empty()) out += std::string(decision.note) + "\n";
  return out;
}

}  // namespace netcfg
