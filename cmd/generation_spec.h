// What a generation asked for, as a wish.
#pragma once

#include <optional>
#include <string_view>

#include "cmd/session.h"
#include "netcfg/model/desired.h"

namespace netcfg {

inline constexpr std::string_view kGenerationPrefix = "gen:";

// Without a result the session has problems. Its sources get the names of the generation's files, "gen:3
// host.yaml".
std::optional<Desired> load_generation(Session& session, uint32_t number);
// The number in "gen:3" or "3"; an Error says what else to give.
Result<uint32_t> generation_number(std::string_view text);

}  // namespace netcfg
