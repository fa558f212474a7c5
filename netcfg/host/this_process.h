// Who is at work here: for locks and for history.
#pragma once

#include "netcfg/base/holder.h"

namespace netcfg {

// This process, now.
Holder this_process();

// When a process was started, in clock ticks since the machine was; 0 when there is none of that number. With
// the number it tells a process from all others.
uint64_t born(int64_t pid);

}  // namespace netcfg
