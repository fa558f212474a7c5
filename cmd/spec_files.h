// Which files make up the spec, and their texts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cmd/session.h"
#include "netcfg/spec/read.h"

namespace netcfg {

inline constexpr const char* kSpecFile = "/etc/netcfg/netcfg.yaml";
inline constexpr const char* kSpecDirectory = "/etc/netcfg/conf.d";

// Reads the files that `names` give, or the default ones. Whatever is wrong with any of them is in the
// session's problems; then there is no result.
std::optional<std::vector<SpecFile>> read_spec_files(Session& session, std::span<const std::string> names);

}  // namespace netcfg
