#include "netcfg/kernel/apart.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "netcfg/base/fd.h"

namespace netcfg::nl {
namespace {

constexpr std::chrono::seconds kPatience{30};

// The first byte that comes from the child says that it had its namespace.
constexpr char kDone = 'D';

void say(int fd, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    done += static_cast<size_t>(n);
  }
}

// In the child. Nothing is done unless the namespace is a new one.
void run_there(int fd, const std::function<std::string()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return;
  say(fd, kDone + work());
}

// All that comes until the other end is closed; false when that takes too long.
bool read_all(int fd, std::string& out) {
  auto end = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ready{fd, POLLIN, 0};
    int n = poll(&ready, 1, static_cast<int>(left.count()));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    char buffer[16384];
    ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size == 0;
    out.append(buffer, static_cast<size_t>(size));
  }
}

}  // namespace

std::optional<std::string> run_apart(const std::function<std::string()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Fd in(ends[0]), out(ends[1]);
  pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    run_there(out.get(), work);
    _exit(0);
  }
  out = Fd();
  std::string said;
  bool whole = read_all(in.get(), said);
  if (!whole) (void)kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  if (!whole || said.empty()) return std::nullopt;
  return said.substr(1);
}

}  // namespace netcfg::nl
