// The live state as a spec that can be applied: `netcfg show | netcfg plan -` finds nothing to do.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "netcfg/port/kernel.h"

namespace netcfg {

// Empty `names`: everything. Else those interfaces with what is on them and the routes that leave by them.
// YAML, with what cannot be expressed or is another program's in comments at the top.
std::string show_yaml(const Snapshot& live, const std::vector<IfName>& names);
// The spec as JSON. `notes`: what the comments would say.
std::string show_json(const Snapshot& live, const std::vector<IfName>& names,
                      std::vector<std::string>& notes);
// Interfaces and their addresses as aligned columns.
void show_table(std::ostream& out, const Snapshot& live, const std::vector<IfName>& names, bool color);

}  // namespace netcfg
