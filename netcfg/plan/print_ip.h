// A plan as commands of iproute2 6.1 that a person can run by hand, in the same order, to the same end.
// Two things are netcfg's alone: the tag of an address (that iproute2 has no word for it) and all or back.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "netcfg/plan/plan.h"

namespace netcfg {

void print_ip(std::ostream& out, const Plan& plan);

// The commands of one step; none when the kernel does it by itself.
std::vector<std::string> ip_commands(const Step& step);

}  // namespace netcfg
