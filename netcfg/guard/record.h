// Writes down what a change is, before it is begun.
#pragma once

#include "netcfg/guard/guarded_apply.h"

namespace netcfg {

// The generation with all its parts but the ledger, and the window, open. Either all of it is there
// afterwards, or an Error says why not and nothing is. `number` is the new generation's.
Result<Window> record(const Settler& settler, const Change& change, const GuardedOptions& options);

// What to remember once the change is kept.
Result<> record_ledger(const Settler& settler, const Window& window, const Ledger& ledger,
                       const std::vector<Route>& routes);

// "3 created, 1 changed, 2 deleted"
std::string in_numbers(const Plan& plan);

}  // namespace netcfg
