#include "netcfg/host/journal.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "netcfg/base/text.h"

namespace netcfg {
namespace {

constexpr sockaddr_un kJournal{AF_UNIX, "/run/systemd/journal/socket"};

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno != EINTR) return;
    if (size > 0) text.remove_prefix(static_cast<size_t>(size));
  }
}

}  // namespace

Journal::Journal() {
  // systemd says so to a service whose output goes to the journal.
  if (getenv("JOURNAL_STREAM") == nullptr) return;  // NOLINT: read before any thread starts
  Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd && connect(fd.get(), reinterpret_cast<const sockaddr*>(&kJournal), sizeof kJournal) == 0)
    socket_ = std::move(fd);
}

void Journal::write(int priority, const std::string& message, const Fields& fields) const {
  std::string text =
      fmt::format("MESSAGE={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=netcfg\n", printable(message), priority);
  for (const auto& [name, value] : fields) text += fmt::format("{}={}\n", name, printable(value));
  if (socket_ && send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0) return;
  write_all(STDERR_FILENO, fmt::format("netcfg: {}\n", printable(message)));
}

}  // namespace netcfg
