#pragma once

#include <cstdint>

#include "netcfg/model/field.h"

namespace netcfg {

// Nanoseconds of CLOCK_BOOTTIME: goes on in sleep, and nobody sets it.
int64_t boottime();

// A file descriptor that becomes readable at `when`, an absolute boottime(); -1 and errno when there is none.
int alarm_at(int64_t when);

}  // namespace netcfg
