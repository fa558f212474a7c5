// Reads the spec, or takes what reading the same text gave the last time.
#pragma once

#include <optional>
#include <vector>

#include "cmd/session.h"
#include "netcfg/spec/spec.h"

namespace netcfg {

enum class Cache : uint8_t { ignore, use, renew };  // renew: keep_spec() will be called if all goes well

std::optional<Desired> load_spec(Session& session, std::vector<SpecFile> files, Cache cache);

// Keeps what load_spec() read for the next time, after that spec was applied. Does nothing when it was not
// read but taken. A failure to keep it costs time, nothing else.
void keep_spec(Session& session);

}  // namespace netcfg
