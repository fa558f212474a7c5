// A Switcher over rtnetlink and ctnetlink, in the network namespace of the thread that opens it.
#pragma once

#include <memory>

#include "netcfg/port/switcher.h"

namespace netcfg {

Result<std::unique_ptr<Switcher>> open_switcher();

}  // namespace netcfg
