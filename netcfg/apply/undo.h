// The way back to a state from whatever is there now: after a refused step, a lost connection, a dead
// process.
#pragma once

#include <string>
#include <vector>

#include "netcfg/plan/plan.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

struct Undone {
  bool verified = false;              // the kernel was read again and is as before
  std::vector<std::string> leftover;  // else: what still differs, a line each
  size_t writes = 0;                  // operations given to the kernel
};

// `made`: the links that the change has made. Objects of others that have come since stay. It can be done
// again and again, also after one that was cut short.
Undone undo(Kernel& kernel, const State& before, const std::vector<IfName>& made, const Query& query);

}  // namespace netcfg
