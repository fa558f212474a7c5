// The kernel parameters that the simulated host knows.
#pragma once

#include <cstdint>
#include <string_view>

#include "netcfg/model/ip.h"

namespace netcfg::test {

// Numbers of those that other parts of the simulation ask for; places in the table in sim_sysctls.cc.
enum SysctlId : uint16_t {
  kForwarding4,
  kPromoteSecondaries,
  kAcceptRedirects4,
  kForwarding6,
  kDisableIpv6,
  kAcceptRa,
  kAddrGenMode,
  kKeepAddrOnDown,
  kRouterSolicitations,
  kIpForward,
};

}  // namespace netcfg::test
