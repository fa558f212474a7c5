// A tree as YAML text that netcfg's reader, YAML 1.1 and YAML 1.2 all read as the same.
#pragma once

#include <string>

#include "netcfg/json/tree.h"

namespace netcfg {

// What is short stands in one line: { to: default, via: 192.0.2.1 }. The first `blocks` levels are never
// written that way.
std::string to_yaml(const Json& tree, int blocks = 2);

// A text as a plain or double-quoted scalar.
std::string yaml_scalar(std::string_view text);

}  // namespace netcfg
