// Tells this program's build from any other, also of the same version.
#pragma once

#include <string>

namespace netcfg {

// The linker's note (--build-id) as it is; empty when the program has none.
std::string build_id();

}  // namespace netcfg
