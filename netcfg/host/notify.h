// What a service tells systemd (sd_notify(3)), and what systemd asks of it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "netcfg/base/result.h"

namespace netcfg {

// "READY=1\nSTATUS=2 of 2 uplinks are up". Does nothing where nobody listens.
Result<> notify_systemd(std::string_view state);
// How often it wants to hear WATCHDOG=1 at least (WatchdogSec=), when it wants to.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace netcfg
