// The real kernel, by rtnetlink and /proc/sys, in the network namespace of the thread that opens it.
#pragma once

#include <chrono>
#include <memory>

#include "netcfg/port/kernel.h"

namespace netcfg {

struct KernelOptions {
  // How long the kernel may take to answer before that is an error. Some drivers need tens of seconds to
  // set a NIC up.
  std::chrono::milliseconds timeout{120'000};
  // How long a link that next-hop objects are to be made on may take to get its carrier.
  std::chrono::milliseconds carrier{10'000};
};

Result<std::unique_ptr<Kernel>> open_kernel(const KernelOptions& options = {});

}  // namespace netcfg
