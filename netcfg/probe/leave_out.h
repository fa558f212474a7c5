// A kernel can come to be as no spec may ask for: an address on two links, an MTU of 60.
#pragma once

#include <string>
#include <vector>

#include "netcfg/json/tree.h"

namespace netcfg {

// Takes out of a spec what the checks of specs refuse, until they take it; a note for each.
void leave_out_refused(Json& spec, std::vector<std::string>& notes);

}  // namespace netcfg
