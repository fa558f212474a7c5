#include "netcfg/host/detached.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "netcfg/host/errno.h"
#include "netcfg/host/fd.h"

namespace netcfg {
namespace {

constexpr int kNotStarted = 127;

// In the grandchild: only calls that are safe between fork and exec.
[[noreturn]] void become(char* const* argv, int in, int out, int null) {
  for (int number : {SIGHUP, SIGINT, SIGTERM}) (void)signal(number, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") == 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
      dup2(null, STDERR_FILENO) >= 0)
    execv(argv[0], argv);
  _exit(kNotStarted);
}

}  // namespace

Result<> start_detached(const std::vector<std::string>& argv, int stdin_fd, int stdout_fd) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execv's
  words.push_back(nullptr);
  Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  // Away from 0 to 2, which are about to be taken.
  Fd in(fcntl(stdin_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  Fd out(fcntl(stdout_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!null || !in || !out) return system_error("cannot prepare a process", errno);
  pid_t child = fork();
  if (child < 0) return system_error("cannot start a process", errno);
  if (child == 0) {
    if (setsid() < 0) _exit(kNotStarted);
    pid_t grandchild = fork();
    if (grandchild == 0) become(words.data(), in.get(), out.get(), null.get());
    _exit(grandchild < 0 ? kNotStarted : 0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return system_error("cannot start a process", EAGAIN);
  return Done{};
}

void hold_on() {
  // Pages count once they are touched: what a sanitizer or a thread's stack only reserves does not.
  (void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
  constexpr char kLow[] = "-900";
  Fd score(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score) (void)!write(score.get(), kLow, sizeof kLow - 1);
}

}  // namespace netcfg
