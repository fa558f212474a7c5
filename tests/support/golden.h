// Expected output kept in files below tests/golden.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace netcfg::test {

// Compares with tests/golden/NAME. With NETCFG_UPDATE_GOLDEN=1 in the environment the file is written
// instead; the test is then skipped, never passed.
void expect_golden(const std::string& actual, const std::string& name);

}  // namespace netcfg::test
