// A field's value in the form in which a spec or JSON holds it: true, 9000, "layer3+4", ["10", "20-30"].
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace netcfg {

using Texts = std::vector<std::string>;
using Value = std::variant<std::monostate, bool, int64_t, std::string, Texts>;

// One line for messages and plans: true, 9000, layer3+4, [10, 20-30]; "unset" for monostate.
std::string to_string(const Value& value);

}  // namespace netcfg
