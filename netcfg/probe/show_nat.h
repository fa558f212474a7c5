// From the live table of nftables back to `nat:`.
#pragma once

#include <string>
#include <vector>

#include "netcfg/json/tree.h"
#include "netcfg/model/nft.h"

namespace netcfg {

// The section that the rules' comments and texts tell of; null where that cannot be read.
Json nat_of(const Ruleset& ruleset);

// Puts `nat` into the spec if the spec then gives this very table; else names the table in a note.
void put_nat(Json& spec, const std::vector<Ruleset>& live, std::vector<std::string>& notes);

}  // namespace netcfg
