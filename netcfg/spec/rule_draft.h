// A rule as written, before it is brought to the form in which the kernel shows it.
#pragma once

#include <optional>

#include "netcfg/model/rule.h"
#include "netcfg/spec/binder.h"

namespace netcfg {

inline constexpr uint8_t kBothFamilies = 10;

struct RuleSpec {
  std::optional<uint32_t> priority, goto_priority;
  std::optional<uint8_t> family;  // 4, 6, or 10 for both
  std::optional<RuleAction> action;
  std::optional<uint8_t> dscp;  // of what is steered: rules have no such selector
};

struct RuleDraft {
  Binder& binder;
  Rule rule{};  // the selectors are set
  RuleSpec spec{};
  std::optional<uint32_t> table{};
  Family selected = Family::none;  // the family of `from` and `to`
};

// Its selectors and `family` alone; false after an error.
bool read_match(RuleDraft& draft, const At& at);

// Completes the rule and adds it, for both families where that is asked for; false after an error.
bool lower_rule(RuleDraft& draft, const At& at);

}  // namespace netcfg
