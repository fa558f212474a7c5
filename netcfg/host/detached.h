// A process that outlives this one, its terminal, its session and its process group, where no systemd runs
// that would start one for us.
#pragma once

#include <string>
#include <vector>

#include "netcfg/base/result.h"

namespace netcfg {

// argv: with the program's path first. It is started in a session of its own, in "/", with SIGHUP, SIGINT and
// SIGTERM ignored, the two files as its standard input and output, and its standard error at /dev/null.
Result<> start_detached(const std::vector<std::string>& argv, int stdin_fd, int stdout_fd);

// For the process that was started: its memory stays in memory, and the kernel kills others first when there
// is none left. Only as far as that is allowed.
void hold_on();

}  // namespace netcfg
