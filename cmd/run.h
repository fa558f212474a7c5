// The program from its command line to its exit status, with its ports given.
#pragma once

#include "cmd/command_line.h"
#include "cmd/session.h"

namespace netcfg {

// Runs the verb, flushes what it wrote, and has the last word on the exit status.
int run(const CommandLine& line, const Ports& ports);

}  // namespace netcfg
