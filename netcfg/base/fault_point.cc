#include "netcfg/base/fault_point.h"

#ifdef NETCFG_FAULT_POINTS

#include <cstdlib>
#include <string>

namespace netcfg {

void fault_point(const char* moment) {
  const char* command = getenv((std::string("NETCFG_AT_") + moment).c_str());  // NOLINT: before any thread
  if (command != nullptr) (void)!system(command);  // NOLINT: that is what it is for
}

}  // namespace netcfg

#endif
