// A decision for people and for programs.
#pragma once

#include <map>
#include <string>

#include "netcfg/fib/flow.h"

namespace netcfg {

// Names of routing tables for printing.
using TableNames = std::map<std::string, uint32_t>;

// What came of the packet, in a line: "unicast", "unreachable", "prohibit", "filtered".
std::string_view verdict_of(const Decision& decision);
// The rules that applied, a line each, and the way.
std::string to_text(const Decision& decision, const Flow& flow, const TableNames& names);
// "via 192.0.2.1 dev eth0"
std::string to_string(const Way& way);

}  // namespace netcfg
