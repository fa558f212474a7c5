// Texts of --help.
#pragma once

#include <string>

#include "cmd/verb.h"

namespace netcfg {

std::string help_text();
std::string help_text(const Verb& verb);

}  // namespace netcfg
