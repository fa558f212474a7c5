// From the command line's operands to values.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cmd/session.h"
#include "netcfg/model/desired.h"

namespace netcfg {

// The spec that `names` (or the default files) make up. Without a result there are problems to report.
std::optional<Desired> load_desired(Session& session, std::span<const std::string> names);

}  // namespace netcfg
