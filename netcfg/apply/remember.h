// What to remember of a change that was carried out.
#pragma once

#include <string>

#include "netcfg/diff/diff.h"

namespace netcfg {

// `before`: the live state that the change started from, under the names of the spec.
Ledger remember(const Ledger& ledger, const Desired& desired, const State& before);

// The path at which the kernel keeps what a new link gets (net/ipv4/conf/default/…), or nothing.
std::string default_path(const Sysctl& sysctl);

}  // namespace netcfg
