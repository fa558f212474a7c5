// The watcher: one poll(2) loop that probes all uplinks, hears of links and addresses, decides, switches, and
// tells about it. It never waits for anything else, and what it leaves behind when it ends stays in force.
#pragma once

#include <functional>
#include <memory>

#include "netcfg/port/files.h"
#include "netcfg/port/log.h"
#include "netcfg/port/switcher.h"
#include "netcfg/watch/switching.h"
#include "netcfg/watch/view.h"

namespace netcfg::watch {

struct WatcherSetup {
  Files& files;
  Switcher& switcher;
  Log& log;
  // What to watch; nothing where no uplinks are kept. An error leaves what was watched before.
  std::function<Result<std::optional<Ways>>()> load;
  // A change is under way: nothing that is missing is made again, since it may be missing on purpose.
  std::function<bool()> change_pending;
  std::string kernel;        // the network namespace
  std::string view_path;     // for `files`
  std::string metrics_path;  // likewise; empty: none
  std::string socket_path;   // the real name
  std::string ledger_path;   // the real name: when it is replaced, `load` is asked again
  int stop_fd = -1;          // readable when it is time to end
};

// Until it is told to stop.
Result<> run_watcher(WatcherSetup setup);

}  // namespace netcfg::watch
