#include <fmt/format.h>

#include "netcfg/model/route.h"
#include "netcfg/spec/rule_draft.h"

namespace netcfg {
namespace {

constexpr uint32_t kKernelPriorities[] = {0, 32766, 32767};  // rules that every host has

void fail(RuleDraft& d, const At& at, std::string_view key, std::string message, std::string hint = {}) {
  for (const Entry& entry : at.node.entries())
    if (entry.key == key) return d.binder.report.error(at.value(entry), std::move(message), std::move(hint));
  d.binder.report.error(at, std::move(message), std::move(hint));
}

// false and 0 select nothing, and the kernel does not show them.
void drop_void_selectors(Rule& rule) {
  if (!rule.invert.value_or(true)) rule.invert.reset();
  if (!rule.l3mdev.value_or(true)) rule.l3mdev.reset();
  if (rule.tos == 0) rule.tos.reset();
  if (rule.fwmark && rule.fwmark->value == 0 && rule.fwmark->mask == 0) rule.fwmark.reset();
}

void lower_action(RuleDraft& d, const At& at) {
  Rule& rule = d.rule;
  int given =
      (d.table ? 1 : 0) + (d.spec.goto_priority ? 1 : 0) + (d.spec.action ? 1 : 0) + (rule.l3mdev ? 1 : 0);
  if (given == 0)
    return fail(d, at, "", "the rule does nothing", "write one of table, goto, action or l3mdev: true");
  if (given > 1)
    return fail(d, at, "", "a rule does one thing only", "keep one of table, goto, action and l3mdev");
  rule.table = d.table;
  rule.goto_priority = d.spec.goto_priority;
  rule.action = d.spec.action.value_or(rule.goto_priority ? RuleAction::goto_ : RuleAction::lookup);
  if (rule.goto_priority && *rule.goto_priority <= rule.priority)
    fail(d, at, "goto",
         fmt::format("goto {} leads back: this rule has priority {}", *rule.goto_priority, rule.priority),
         "name a higher priority");
  for (std::string_view key : {"suppress-prefix-length", "suppress-group"})
    if (find_field(kRuleFields, key)->has(&rule) && rule.action != RuleAction::lookup)
      fail(d, at, key, fmt::format("'{}' needs a table", key), "it filters what a lookup finds");
}

// Of from and to, else as told, else IPv4.
bool lower_family(RuleDraft& d, const At& at) {
  uint8_t told = d.spec.family.value_or(static_cast<uint8_t>(d.selected));
  if (d.selected != Family::none && told != static_cast<uint8_t>(d.selected)) {
    fail(d, at, "family", fmt::format("from and to are {}", d.selected == Family::ipv6 ? "IPv6" : "IPv4"),
         "remove family");
    return false;
  }
  d.rule.family = told == static_cast<uint8_t>(Family::ipv6) ? Family::ipv6 : Family::ipv4;
  return told == kBothFamilies;
}

Rule kernel_rule(uint32_t priority) {
  Rule rule;
  rule.priority = priority;
  rule.table = priority == 0 ? kTableLocal : priority == 32766 ? kTableMain : kTableDefault;
  rule.action = RuleAction::lookup;
  return rule;
}

void check_priority(RuleDraft& d, const At& at) {
  for (uint32_t priority : kKernelPriorities) {
    Rule own = kernel_rule(priority);
    own.family = d.rule.family;
    if (d.rule.priority == priority && !(own == d.rule))
      fail(d, at, "priority", fmt::format("priority {} belongs to a rule of the kernel", priority),
           "choose another from 1 to 32765");
  }
}

void check_values(RuleDraft& d, const At& at) {
  Rule& rule = d.rule;
  if (rule.tos.value_or(0) & 3)
    fail(d, at, "tos", "the two lowest bits of tos belong to ECN and must be 0",
         fmt::format("write {:#x}", *rule.tos & 0xfc));
  if (rule.family == Family::ipv4 && rule.suppress_prefix_length.value_or(0) > 32)
    fail(d, at, "suppress-prefix-length", "an IPv4 prefix has at most 32 bits");
}

}  // namespace

bool lower_rule(RuleDraft& d, const At& at) {
  size_t before = d.binder.report.errors();
  d.rule.priority = d.spec.priority.value_or(0);
  d.rule.origin = at.place();
  d.rule.protocol = kOwnProtocol;
  drop_void_selectors(d.rule);
  lower_action(d, at);
  bool both = lower_family(d, at);
  check_priority(d, at);
  check_values(d, at);
  if (d.binder.report.errors() != before) return false;
  if (both) {
    d.binder.out.state.rules.push_back(d.rule);
    d.rule.family = Family::ipv6;
  }
  d.binder.out.state.rules.push_back(d.rule);
  return true;
}

}  // namespace netcfg
