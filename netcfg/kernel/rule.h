// Policy rules to and from RTM_NEWRULE, RTM_DELRULE.
#pragma once

#include "netcfg/kernel/message.h"
#include "netcfg/model/rule.h"
#include "netcfg/port/kernel.h"

namespace netcfg::nl {

// `exclusive`: the kernel is to look for an equal rule, which it does by walking all of them.
void encode_rule(Message& message, Action action, const Rule& rule, bool exclusive = true);
std::optional<Rule> decode_rule(const nlmsghdr& message);

}  // namespace netcfg::nl
