#include <fmt/format.h>

#include <unordered_set>

#include "netcfg/model/route.h"
#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

void check_duplicates(const Checker& check) {
  const auto& rules = check.state.rules;
  for (size_t i = 1; i < rules.size(); ++i)
    if (rules[i - 1] == rules[i])
      check.error(
          check.locate.in_item("rules", rules[i].origin),
          fmt::format("the same rule is given twice; first at {}", check.report.where(rules[i - 1].origin)),
          "remove one");
}

uint64_t slot(Family family, uint32_t number) {
  return static_cast<uint64_t>(family) << 32 | number;
}

void check_gotos(const Checker& check) {
  std::unordered_set<uint64_t> priorities;
  for (const Rule& rule : check.state.rules) priorities.insert(slot(rule.family, rule.priority));
  for (const Rule& rule : check.state.rules) {
    if (!rule.goto_priority) continue;
    uint32_t target = *rule.goto_priority;
    bool kernel = target == 32766 || target == 32767;
    if (!kernel && !priorities.contains(slot(rule.family, target)))
      check.warning(check.locate.in_item("rules", rule.origin, "goto"),
                    fmt::format("the spec has no rule of priority {}", target),
                    "until there is one, the rule does nothing");
  }
}

void check_tables(const Checker& check) {
  std::unordered_set<uint64_t> filled;
  for (const Route& route : check.state.routes) filled.insert(slot(route.family(), route.table));
  for (const Link& link : check.state.links)
    if (const auto* vrf = std::get_if<Vrf>(&link.kind); vrf && vrf->table)
      for (Family family : {Family::ipv4, Family::ipv6}) filled.insert(slot(family, *vrf->table));
  for (uint32_t table : {kTableMain, kTableLocal, kTableDefault})
    for (Family family : {Family::ipv4, Family::ipv6}) filled.insert(slot(family, table));
  for (const Rule& rule : check.state.rules)
    if (rule.table && !filled.contains(slot(rule.family, *rule.table)))
      check.warning(check.locate.in_item("rules", rule.origin, "table"),
                    fmt::format("the spec has no {} route in table {}",
                                rule.family == Family::ipv6 ? "IPv6" : "IPv4", *rule.table),
                    "unless something else fills the table, the rule does nothing");
}

void check_interfaces(const Checker& check) {
  for (const Rule& rule : check.state.rules) {
    auto one = [&](std::string_view field, const std::optional<IfName>& name) {
      if (!name || *name == IfName("lo") || check.present(*name)) return;
      check.warning(check.locate.in_item("rules", rule.origin, field),
                    fmt::format("interface {} is not declared", name->view()), undeclared_hint(check, *name));
    };
    one("iif", rule.iif);
    one("oif", rule.oif);
  }
}

}  // namespace

void check_rules(const Checker& check) {
  check_duplicates(check);
  if (!check.gaps.links) check_interfaces(check);
  if (check.gaps.rules) return;
  check_gotos(check);
  if (!check.gaps.routes) check_tables(check);
}

}  // namespace netcfg
