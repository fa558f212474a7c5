#include "tests/support/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace netcfg::test {
namespace {

std::vector<int> children_of(int pid) {
  std::string name = std::to_string(pid);
  std::ifstream file("/proc/" + name + "/task/" + name + "/children");
  std::vector<int> out;
  for (int child = 0; file >> child;) out.push_back(child);
  return out;
}

// Parents stay until their children are known.
void kill_tree(int pid) {
  ::kill(pid, SIGSTOP);
  for (int child : children_of(pid)) kill_tree(child);
  ::kill(pid, SIGKILL);
}

[[noreturn]] void become(const std::vector<std::string>& argv, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  _exit(127);
}

}  // namespace

Child::Child(const std::vector<std::string>& argv) {
  std::array<int, 2> in, out;
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("cannot make a pipe");
  Fd its_in(in[0]), its_out(out[1]);
  in_ = Fd(in[1]);
  out_ = Fd(out[0]);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot start " + argv[0]);
  if (pid_ == 0) become(argv, its_in.get(), its_out.get());
}

Child::~Child() {
  kill();
}

void Child::kill() {
  if (pid_ < 0) return;
  kill_tree(pid_);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool Child::running() {
  if (pid_ >= 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ >= 0;
}

void Child::write(const std::string& text) const {
  for (size_t done = 0; done < text.size();) {
    ssize_t size = ::write(in_.get(), text.data() + done, text.size() - done);
    if (size < 0) throw std::runtime_error("nobody reads: " + text);
    done += static_cast<size_t>(size);
  }
}

bool Child::read_some(std::chrono::steady_clock::time_point deadline) {
  auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()).count();
  pollfd ready{out_.get(), POLLIN, 0};
  if (poll(&ready, 1, left > 0 ? static_cast<int>(left) : 0) != 1) return false;
  std::array<char, 4096> buffer;
  ssize_t size = ::read(out_.get(), buffer.data(), buffer.size());
  if (size > 0) printed_.append(buffer.data(), static_cast<size_t>(size));
  return size > 0;
}

std::optional<std::string> Child::read_until(const std::string& text, Duration patience) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  size_t found = 0;
  while ((found = printed_.find(text)) == std::string::npos)
    if (!read_some(deadline)) return std::nullopt;
  std::string out = printed_.substr(0, found + text.size());
  printed_.erase(0, out.size());
  return out;
}

std::string Child::rest() {
  while (read_some(std::chrono::steady_clock::now())) {
  }
  return std::exchange(printed_, {});
}

}  // namespace netcfg::test
