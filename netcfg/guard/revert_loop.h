// The reverter's own side: waits until the change is kept, or takes it back.
#pragma once

#include <functional>
#include <string>

#include "netcfg/guard/channel.h"
#include "netcfg/guard/settle.h"

namespace netcfg {

struct RevertLoop {
  const Settler& settler;
  Kernel& kernel;
  const Channel& channel;            // its other end is the process that carries the change out
  std::string window_directory;      // outside of any --root: as the kernel knows it
  std::function<void()> armed;       // called once everything is ready
  std::function<bool()> may_settle;  // whether it holds the lock, or got it now
  // Nanoseconds that the other process may take without getting on, before it counts as stuck: a driver can
  // take tens of seconds to set a card up.
  int64_t patience = 180'000'000'000;
};

// Everything that reverting takes is read before `armed` is called; afterwards nothing is needed but the
// kernel (and the files in which the outcome is written down, if they can be). Returns when there is nothing
// left to do. An Error before `armed` is one of arming; after it, the change could not be taken back.
Result<> run_revert_loop(const RevertLoop& loop);

}  // namespace netcfg
