// What the tests have started as a service. It does what its standard input says, a line at a time, and
// answers on standard output; or by the FIFOs $TALK.in and $TALK.out. With an argument: starts itself as the
// service of that name, with the same files, and waits for the end.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "netcfg/host/transient_unit.h"

namespace {

using namespace netcfg;

int in = STDIN_FILENO, out = STDOUT_FILENO;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

// Its place in the hierarchy of cgroup2, which the last line tells.
std::string group() {
  std::ifstream file("/proc/self/cgroup");
  std::string line, last;
  while (std::getline(file, line)) last = line;
  return last.substr(last.rfind(':') + 1);
}

void say(const std::string& line) {
  std::string text = line + "\n";
  if (write(out, text.data(), text.size()) < 0) _exit(9);
}

// A byte at a time: what is behind the line may be for the process after this one.
std::string next_line() {
  std::string line;
  for (char c = 0; read(in, &c, 1) == 1;) {
    if (c == '\n') return line;
    line += c;
  }
  _exit(0);  // nobody is there any more
}

int start(const std::string& name) {
  TransientUnit unit{.name = name, .description = "What a test starts"};
  unit.argv = {std::filesystem::read_symlink("/proc/self/exe")};
  unit.stdin_fd = STDIN_FILENO;
  unit.stdout_fd = STDOUT_FILENO;
  Result<> started = start_transient(unit);
  say(started ? "caller " + group() : started.error().message);
  pause();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count > 1) return start(words[1]);
  if (std::string talk = variable("TALK"); !talk.empty()) {
    in = open((talk + ".in").c_str(), O_RDWR | O_CLOEXEC);  // RDWR: neither waits nor ever is at its end
    out = open((talk + ".out").c_str(), O_RDWR | O_CLOEXEC);
  }
  say(fmt::format("started {}", getpid()));
  for (;;) {
    std::string line = next_line();
    if (line == "ready" && notify_ready()) say("was told");
    if (line == "where") say(group());
    if (line == "environment") say(variable("SAID"));
    if (line == "files")
      say(std::filesystem::read_symlink("/proc/self/fd/0").string() + " " +
          std::filesystem::read_symlink("/proc/self/fd/1").string());
    if (line == "complain") std::cerr << "a complaint" << std::endl;
    if (line == "deaf") std::signal(SIGTERM, SIG_IGN);
    if (line.starts_with("exit ")) return std::stoi(line.substr(5));
  }
}
