// The JSON Schema (draft 2020-12) of the spec, and the same as data for the reference.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace netcfg {

// Made from the tables that the readers go by.
nlohmann::ordered_json schema();

}  // namespace netcfg
