// A host's state as a file, exact: what a revert goes back to. Also what a spec asked for.
#pragma once

#include <string>
#include <string_view>

#include "netcfg/base/result.h"
#include "netcfg/model/desired.h"

namespace netcfg {

// With the links' indexes, by which a renamed one is found.
std::string snapshot_to_bytes(const State& state, const std::string& kernel);
// The Error's message goes after the file's name: "is damaged: its checksum is wrong".
Result<State> snapshot_from_bytes(std::string_view bytes);

// What a spec asked for, with its origins and the names of the files that they speak of.
std::string desired_to_bytes(const Desired& desired, const Sources& sources);
struct StoredDesired {
  Desired desired;
  Sources sources;  // names only
};
Result<StoredDesired> desired_from_bytes(std::string_view bytes);

}  // namespace netcfg
