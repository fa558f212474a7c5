// What to remember of a change that was carried out.
#pragma once

#include <string>

#include "netcfg/diff/diff.h"

namespace netcfg {

// `before`: the live state that the change started from, under the names of the spec.
Ledger remember(const Ledger& ledger, const Desired& desired, const State& before);

// The same parameter of another interface ("default": what a new link gets); nothing for one of the host.
std::string path_of(const Sysctl& sysctl, std::string_view dev);

}  // namespace netcfg
