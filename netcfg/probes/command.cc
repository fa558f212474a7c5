#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "netcfg/base/fd.h"
#include "netcfg/base/text.h"
#include "netcfg/probes/task.h"

namespace netcfg::probes {
namespace {

constexpr size_t kTail = 512;      // bytes of output that are kept
constexpr int kCannotStart = 127;  // as a shell says it

// In the child: nothing but what may be called after fork(2).
[[noreturn]] void become(char* const* words, char* const* environment, int output, pid_t parent) {
  (void)setpgid(0, 0);
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotStart);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD}) (void)signal(number, SIG_DFL);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) (void)dup2(nothing, STDIN_FILENO);
  (void)dup2(output, STDOUT_FILENO);
  (void)dup2(output, STDERR_FILENO);
  execve(words[0], words, environment);
  const char* why = strerrordesc_np(errno);
  if (why && write(STDERR_FILENO, why, strlen(why)) < 0) _exit(kCannotStart);
  _exit(kCannotStart);
}

class Command : public Task {
 public:
  explicit Command(const Probe& probe) : words_(probe.spec.words), environment_(probe.environment) {}
  ~Command() override { end(); }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  void start() override {
    std::vector<char*> words, environment;
    for (std::string& word : words_) words.push_back(word.data());
    words.push_back(nullptr);
    for (std::string& one : environment_) environment.push_back(one.data());
    for (char** one = environ; one && *one; ++one) environment.push_back(*one);
    environment.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail(fmt::format("cannot make a pipe: {}", strerror(errno)));
    output_ = Fd(ends[0]);
    Fd input(ends[1]);
    (void)fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    pid_t own = getpid();
    pid_ = fork();
    if (pid_ == 0) become(words.data(), environment.data(), input.get(), own);
    if (pid_ < 0) return fail(fmt::format("cannot start a process: {}", strerror(errno)));
    (void)setpgid(pid_, pid_);  // whoever is first
    ended_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!ended_) return fail(fmt::format("cannot watch a process (Linux 5.3): {}", strerror(errno)));
    note_ = "it has not ended and was killed";
  }
  void add_polls(std::vector<pollfd>& polls) override {
    polls.push_back({ended_.get(), POLLIN, 0});
    if (output_) polls.push_back({output_.get(), POLLIN, 0});
  }
  void on_ready(int fd) override {
    read_output();
    if (fd == ended_.get()) judge();
  }

 private:
  void read_output() {
    char buffer[4096];
    while (output_) {
      ssize_t size = read(output_.get(), buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return;
      if (size == 0) output_ = Fd();
      tail_.append(buffer, static_cast<size_t>(size));
      if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
    }
  }

  std::string last_line() const {
    std::string_view text = tail_;
    while (text.ends_with('\n')) text.remove_suffix(1);
    size_t begin = text.rfind('\n');
    return printable(begin == text.npos ? text : text.substr(begin + 1));
  }

  void judge() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return;
    pid_t group = std::exchange(pid_, -1);
    (void)kill(-group, SIGKILL);  // what it left behind
    std::string said = last_line();
    if (!said.empty()) said = ": " + said;
    if (WIFSIGNALED(status)) return fail(fmt::format("ended by signal {}{}", WTERMSIG(status), said));
    int code = WEXITSTATUS(status);
    if (code == 0)
      succeed(fmt::format("exit status 0{}", said));
    else
      fail(fmt::format("exit status {}{}", code, said));
  }

  void end() {
    if (pid_ <= 0) return;
    (void)kill(-pid_, SIGKILL);
    (void)kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  std::vector<std::string> words_, environment_;
  pid_t pid_ = -1;
  Fd ended_, output_;
  std::string tail_;
};

}  // namespace

std::unique_ptr<Task> command_task(const Probe& probe) {
  return std::make_unique<Command>(probe);
}

}  // namespace netcfg::probes
