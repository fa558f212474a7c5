// Diagnostics for programs: {"errors":[{"file","line","column","path","message","hint"}]}.
#pragma once

#include <span>
#include <string>

#include "netcfg/base/diagnostics.h"

namespace netcfg {

// `file`, `line` and `column` are null where there is none. Warnings, if any, are in "warnings".
std::string diagnostics_json(std::span<const Diagnostic> problems, const Sources& sources);

}  // namespace netcfg
