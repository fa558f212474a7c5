// Policy rules to and from RTM_NEWRULE, RTM_DELRULE.
#pragma once

#include "netcfg/kernel/message.h"
#include "netcfg/model/rule.h"
#include "netcfg/port/kernel.h"

namespace netcfg::nl {

// Without NLM_F_EXCL: the kernel would look through all rules for an equal one, and take an inverted rule for
// the same as the plain one (rule_exists() in net/core/fib_rules.c). See rule_table.h.
void encode_rule(Message& message, Action action, const Rule& rule);
std::optional<Rule> decode_rule(const nlmsghdr& message);

}  // namespace netcfg::nl
