// System errors in words.
#pragma once

#include <string>

#include "netcfg/base/result.h"

namespace netcfg {

// "cannot read /etc/x: Permission denied", with what to do about it where that is known.
Error system_error(const std::string& what, int code);

}  // namespace netcfg
