// A table of nftables is loaded where it does no harm.
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
#include "netcfg/kernel/nft_library.h"
#include "netcfg/kernel/nftables.h"

namespace netcfg::nl {
namespace {

constexpr std::chrono::seconds kPatience{30};

// The first byte of what the child says; the rest is text.
enum Said : char { kListed = 'L', kRefused = 'R', kNoNamespace = 'N' };

void say(int fd, Said what, const std::string& text) {
  std::string all(1, what);
  all += text;
  for (size_t done = 0; done < all.size();) {
    ssize_t n = ::write(fd, all.data() + done, all.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    done += static_cast<size_t>(n);
  }
}

// In the child. Nothing is loaded unless the namespace is a new one.
void try_it(int fd, const NftLibrary& library, const std::string& text) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return say(fd, kNoNamespace, {});
  NftAnswer answer = run_nft(library, text);
  if (answer.done) answer = run_nft(library, "list table " + std::string(kNftTable));
  say(fd, answer.done ? kListed : kRefused, answer.done ? answer.output : answer.error);
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

std::optional<Result<std::string>> try_nft_table(const std::string& text) {
  auto library = load_nft_library();
  if (!library) return Result<std::string>(library.error());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Fd in(ends[0]), out(ends[1]);
  pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    try_it(out.get(), **library, text);
    _exit(0);
  }
  out = Fd();
  std::string said;
  if (!read_all(in.get(), said)) (void)kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  if (said.empty() || said[0] == kNoNamespace) return std::nullopt;
  if (said[0] == kListed) return Result<std::string>(said.substr(1));
  return Result<std::string>(nft_error(said.substr(1), 0));
}

}  // namespace netcfg::nl
