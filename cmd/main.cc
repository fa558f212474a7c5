// Builds the real ports and runs the verb.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <span>

#include "cmd/run.h"
#include "netcfg/host/system_log.h"
#include "netcfg/kernel/kernel.h"

namespace {

// Whatever is opened later must not become standard input, output or error. A closed one is opened
// the wrong way round, so that using it is still an error.
void keep_standard_files() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// Tables grow by doubling. What they leave behind is for the next one, and not given back to the kernel, to
// be asked for again page by page; but for the largest.
void keep_memory() {
  constexpr int kLargest = 4 << 20;
  (void)mallopt(M_MMAP_THRESHOLD, kLargest);
  (void)mallopt(M_TRIM_THRESHOLD, 2 * kLargest);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  keep_standard_files();
  // A reader that leaves (| head) shows as an error of write(), and must not end a change half-way.
  (void)signal(SIGPIPE, SIG_IGN);
  auto line = netcfg::parse_command_line(
      std::span<const char* const>(argv, static_cast<size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  if (!line) {
    fmt::print(stderr, "{}\n      hint: {}\n", line.error().message, line.error().hint);
    return netcfg::kWrongUsage;
  }
  netcfg::HostFiles files(line->options.root);
  netcfg::SystemLog log(files.real(std::string(netcfg::SystemLog::kJournal)),
                        files.real(std::string(netcfg::SystemLog::kSyslog)));
  netcfg::Output out(STDOUT_FILENO);
  return netcfg::run(*line, {files, log, out, [] { return netcfg::open_kernel(); }, NETCFG_VERSION});
}
