// A Prober that sends real packets, in the network namespace of the thread that opens it and calls it: one
// poll(2) loop for all probes, no threads.
#pragma once

#include <memory>

#include "netcfg/port/prober.h"

namespace netcfg {

Result<std::unique_ptr<Prober>> open_prober();

}  // namespace netcfg
