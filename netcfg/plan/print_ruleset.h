// How the table of nftables is shown in a plan.
#pragma once

#include <string>
#include <vector>

#include "netcfg/plan/plan.h"

namespace netcfg {

// "3 rules" of a new one, "3 → 4 rules, 2 new, 1 gone" of one that changes; nothing for one that goes.
std::vector<std::string> ruleset_words(const Ruleset* before, const Ruleset* after);
// The lines that differ, as `diff -U2` shows them; all of a table that comes or goes.
std::vector<std::string> ruleset_lines(const Ruleset* before, const Ruleset* after);
// What differs in one that should be `wanted`, a line for each rule that is missing or too much.
std::vector<std::string> ruleset_drift(const Ruleset& live, const Ruleset& wanted);
// What a person would type: nft(8) with the text behind it. One transaction, in which the old table goes.
std::vector<std::string> ruleset_commands(const Ruleset* after);

}  // namespace netcfg
