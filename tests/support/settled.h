// The state of a namespace as text, once the kernel has come to rest.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace netcfg::test {

// dump_state() without what the kernel works out some time after a change (linkwatch): operational states.
std::string dump_at_rest(const std::string& netns = {});
// The same once nothing has changed for a second: carriers, bridges' ports and link-local addresses come up
// by workers of the kernel, some time after what asked for them.
std::string dump_when_quiet(const std::string& netns = {});

// The dump is, or within a few seconds becomes, the expected one; else what differs.
testing::AssertionResult comes_to(const std::string& expected, const std::string& netns = {});

// A line that only the first has, behind -, and one that only the second has, behind +.
std::string line_difference(const std::string& expected, const std::string& found);

}  // namespace netcfg::test
