// What to remember of a change that was carried out.
#pragma once

#include "netcfg/diff/diff.h"

namespace netcfg {

// `before`: the live state that the change started from, under the names of the spec.
Ledger remember(const Ledger& ledger, const Desired& desired, const State& before);

}  // namespace netcfg
