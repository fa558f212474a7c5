#include "netcfg/base/fault_point.h"

#ifdef NETCFG_FAULT_POINTS

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace netcfg {

// Unlike system(3) it leaves this process's signals as they are: they may be what the command is about.
void fault_point(const char* moment) {
  const char* command = getenv((std::string("NETCFG_AT_") + moment).c_str());  // NOLINT: before any thread
  if (command == nullptr) return;
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command, nullptr);
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace netcfg

#endif
