// What objects are for that a spec does not name one by one.
#pragma once

#include <string>

#include "netcfg/model/desired.h"

namespace netcfg {

// "return path of uplink telecom"; empty for what the spec names itself.
std::string purpose_of(const Ref& object, const Uplinks& uplinks);

}  // namespace netcfg
