// Rates and classes in what is shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netcfg/json/tree.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

// Whether a line of the table `inet netcfg` is one that `qos` makes.
bool is_qos_rule(std::string_view line);

// Takes each `qos` out of `spec` that does not give the live tree and rules again, with a note. The spec's
// other sections that make rules are in it already.
void check_qos(Json& spec, const Snapshot& live, std::vector<std::string>& notes);

}  // namespace netcfg
