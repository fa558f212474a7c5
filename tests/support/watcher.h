// The real watcher of uplinks, below a sandbox's root.
#pragma once

#include <memory>

#include "tests/support/child.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {

// Once it watches so many; a failed expectation and nothing when it does not. `more`: further words.
std::unique_ptr<Child> start_watcher(const Sandbox& box, size_t uplinks,
                                     const std::vector<std::string>& more = {});

}  // namespace netcfg::test
