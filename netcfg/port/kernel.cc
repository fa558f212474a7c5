#include "netcfg/port/kernel.h"

#include <cerrno>

namespace netcfg {

bool lacks_carrier(const Refusal& refusal) {
  // "Carrier for nexthop device is down"
  return refusal.code == ENETDOWN && refusal.extack.find("arrier") != std::string::npos;
}

}  // namespace netcfg
