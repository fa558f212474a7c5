// Where a test that cannot run has to fail, since elsewhere it is skipped and says so.
#pragma once

#include <cstdlib>

namespace netcfg::test {

inline bool in_ci() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && *ci != '\0';
}

}  // namespace netcfg::test
