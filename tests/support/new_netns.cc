#include "tests/support/new_netns.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace netcfg::test {

Fd new_netns() {
  int fd = -1;
  std::thread([&fd] {
    if (unshare(CLONE_NEWNET) == 0) fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  }).join();
  if (fd < 0) throw std::runtime_error("cannot make a network namespace");
  return Fd(fd);
}

Fd named_netns(const std::string& name) {
  Fd out(open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!out) throw std::runtime_error("no network namespace " + name);
  return out;
}

Fd socket_in(const Fd& netns, int family, int type) {
  Fd out;
  std::thread([&] {
    if (setns(netns.get(), CLONE_NEWNET) == 0) out = Fd(socket(family, type | SOCK_CLOEXEC, 0));
  }).join();
  if (!out) throw std::runtime_error("cannot make a socket in another network namespace");
  return out;
}

std::string path_of(const Fd& netns) {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(netns.get());
}

Ran run_in_netns(const Fd& netns, const std::string& command) {
  std::string quoted;
  for (char c : command) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return run("nsenter --net=" + path_of(netns) + " sh -c '" + quoted + "'");
}

}  // namespace netcfg::test
