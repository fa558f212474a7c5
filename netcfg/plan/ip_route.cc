// Routes and rules as commands.
#include <fmt/format.h>

#include "netcfg/plan/ip_words.h"

namespace netcfg {
namespace {

std::string_view choice_name(std::span<const Choice> choices, int64_t number) {
  for (const Choice& choice : choices)
    if (choice.number == number) return choice.name;
  return {};
}

std::string hop_words(const NextHop& hop, Family family) {
  std::string out;
  if (hop.via) out += fmt::format(" via {}{}", hop.via.family != family ? "inet6 " : "", to_string(hop.via));
  if (!hop.dev.empty()) out += " dev " + shell_word(hop.dev.view());
  return out;
}

std::string hops_words(const Route& route) {
  if (route.hops.size() == 1)
    return hop_words(route.hops[0], route.family()) + (route.hops[0].onlink ? " onlink" : "");
  std::string out;
  for (const NextHop& hop : route.hops)
    out += fmt::format(" nexthop{} weight {}{}", hop_words(hop, route.family()), hop.weight,
                       hop.onlink ? " onlink" : "");
  return out;
}

// A bare number is in the kernel's unit: 1/8 ms, 1/4 ms and ms.
std::string metric_words(const Field& field, const RouteMetrics& metrics) {
  std::string word(field.ip.empty() ? std::string(field.name) : std::string(field.ip));
  if (field.name == "mtu")
    return fmt::format("mtu {}{}", metrics.mtu_lock == true ? "lock " : "", *metrics.mtu);
  if (field.name == "mtu-lock") return {};
  if (field.name == "ecn") return metrics.ecn == true ? "features ecn" : "";
  if (field.name == "fastopen-no-cookie") word = "fastopen_no_cookie";
  if (field.type == Type::text) return fmt::format("{} {}", word, shell_word(*metrics.congctl));
  return fmt::format("{} {}", word, field.number(&metrics));
}

std::string identity_words(const Route& route) {
  std::string out;
  if (route.type != RouteType::unicast)
    out += fmt::format(" {}", choice_name(kRouteTypes, static_cast<int64_t>(route.type)));
  out += " " + (route.to.is_default() ? "default" : to_string(route.to));
  if (route.tos != 0) out += fmt::format(" tos {:#x}", route.tos);
  if (route.table != kTableMain) out += fmt::format(" table {}", route.table);
  if (route.metric != 0) out += fmt::format(" metric {}", route.metric);
  out += fmt::format(" proto {}", route.protocol);
  return out;
}

std::string all_words(const Route& route) {
  std::string out = identity_words(route);
  if (route.scope) {
    std::string_view name = choice_name(kScopes, *route.scope);
    out += name.empty() ? fmt::format(" scope {}", *route.scope) : fmt::format(" scope {}", name);
  }
  if (route.src) out += " src " + to_string(route.src);
  if (route.pref) out += fmt::format(" pref {}", choice_name(kRoutePrefs, *route.pref));
  if (route.metrics)
    for (const Field& field : kRouteMetricFields) {
      if (!field.has(route.metrics.get())) continue;
      std::string words = metric_words(field, *route.metrics);
      if (!words.empty()) out += " " + words;
    }
  if (route.nexthop_id != 0) return out + fmt::format(" nhid {}", route.nexthop_id);
  return out + hops_words(route);
}

std::string nexthop_words(const Nexthop& n) {
  std::string out = fmt::format(" id {}", n.id);
  if (n.is_group()) {
    out += " group ";
    for (size_t i = 0; i < n.group.size(); ++i)
      out += fmt::format("{}{}{}", i > 0 ? "/" : "", n.group[i].id,
                         n.group[i].weight != 1 ? fmt::format(",{}", n.group[i].weight) : "");
    // ip(8) takes whole seconds only.
    constexpr uint32_t kUserHz = 100;
    auto seconds = [](uint32_t ticks) { return ticks / kUserHz; };
    if (n.resilient)
      out += fmt::format(" type resilient buckets {} idle_timer {} unbalanced_timer {}",
                         n.resilient->buckets.value_or(0), seconds(n.resilient->idle_timer.value_or(0)),
                         seconds(n.resilient->unbalanced_timer.value_or(0)));
  } else if (n.blackhole) {
    out += " blackhole";
  } else {
    if (n.via) out += " via " + to_string(n.via);
    if (!n.dev.empty()) out += " dev " + shell_word(n.dev.view());
    if (n.onlink) out += " onlink";
  }
  if (n.fdb) out += " fdb";
  return out + fmt::format(" proto {}", n.protocol);
}

std::string ip_for(Family family) {
  return family == Family::ipv6 ? "ip -6" : "ip";
}

std::string range_words(const Span& span) {
  return fmt::format("{}-{}", span.first, span.last);  // uidrange takes no single number
}

std::string selector_words(const Rule& rule, const Field& field) {
  std::string word(field.ip.empty() ? field.name : field.ip);
  if (field.type == Type::boolean) return field.number(&rule) != 0 ? word : "";
  if (field.name == "tos") return fmt::format("tos {:#x}", *rule.tos);  // a bare number is hexadecimal there
  if (field.name == "ip-proto") return fmt::format("ipproto {}", *rule.ip_proto);
  if (field.name == "uid-range") return fmt::format("uidrange {}", range_words(*rule.uid_range));
  return fmt::format("{} {}", word, shell_word(to_string(field.get(field, &rule))));
}

std::string action_words(const Rule& rule) {
  switch (rule.action.value_or(RuleAction::lookup)) {
    case RuleAction::lookup:
      return rule.table ? fmt::format(" lookup {}", *rule.table) : "";
    case RuleAction::goto_:
      return fmt::format(" goto {}", rule.goto_priority.value_or(0));
    default:
      return fmt::format(" {}", choice_name(kRuleActions, static_cast<int64_t>(*rule.action)));
  }
}

}  // namespace

std::vector<std::string> nexthop_commands(const Op& op) {
  const Nexthop* before = std::get<const Nexthop*>(op.before);
  const Nexthop* after = std::get<const Nexthop*>(op.after);
  if (!after) return {fmt::format("ip nexthop del id {}", before->id)};
  std::string_view verb = op.action == Action::create ? "add" : "replace";
  return {fmt::format("{} nexthop {}{}", ip_for(after->family), verb, nexthop_words(*after))};
}

std::vector<std::string> route_commands(const Op& op) {
  const Route* before = std::get<const Route*>(op.before);
  const Route* after = std::get<const Route*>(op.after);
  if (!after)
    return {ip_for(before->family()) + " route del" + identity_words(*before) +
            (before->nexthop_id != 0 ? fmt::format(" nhid {}", before->nexthop_id) : hops_words(*before))};
  std::string_view verb = op.action == Action::create ? "add" : "replace";
  return {fmt::format("{} route {}{}", ip_for(after->family()), verb, all_words(*after))};
}

std::vector<std::string> rule_commands(const Op& op) {
  const Rule* before = std::get<const Rule*>(op.before);
  const Rule* after = std::get<const Rule*>(op.after);
  const Rule& rule = after ? *after : *before;
  std::string words;
  for (const Field& field : kRuleFields) {
    if (!field.has(&rule)) continue;
    std::string selector = selector_words(rule, field);
    if (!selector.empty()) words += " " + selector;
  }
  words += action_words(rule) + fmt::format(" protocol {}", rule.protocol);
  std::string start =
      fmt::format("{} rule {} pref {}", ip_for(rule.family), after ? "add" : "del", rule.priority);
  // A rule cannot be changed: another tag means a new rule, and the old one goes after it.
  if (before && after)
    return {start + words, fmt::format("{} rule del pref {}{}", ip_for(rule.family), rule.priority,
                                       words.substr(0, words.rfind(" protocol"))) +
                               fmt::format(" protocol {}", before->protocol)};
  return {start + words};
}

}  // namespace netcfg
