#include "netcfg/host/notify.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "netcfg/base/text.h"
#include "netcfg/host/errno.h"
#include "netcfg/host/fd.h"

namespace netcfg {

// A datagram to a socket that is named by a path, or an abstract one by '@'.
Result<> notify_systemd(std::string_view state) {
  const char* name = getenv("NOTIFY_SOCKET");  // NOLINT: read before any thread starts
  if (name == nullptr || *name == '\0') return Done{};
  std::string_view path(name);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  auto failed = [&](int code) { return system_error(fmt::format("cannot report to {}", path), code); };
  if ((path[0] != '/' && path[0] != '@') || path.size() >= sizeof to.sun_path) return failed(EAFNOSUPPORT);
  std::copy(path.begin(), path.end(), to.sun_path);
  if (path[0] == '@') to.sun_path[0] = '\0';
  auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '/' ? 1 : 0));
  Fd socket_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  auto* address = reinterpret_cast<const sockaddr*>(&to);
  if (!socket_fd || sendto(socket_fd.get(), state.data(), state.size(), MSG_NOSIGNAL, address, size) < 0)
    return failed(errno);
  return Done{};
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const char* usec = getenv("WATCHDOG_USEC");  // NOLINT: read before any thread starts
  const char* pid = getenv("WATCHDOG_PID");    // NOLINT
  if (pid && parse_unsigned(pid) != static_cast<uint64_t>(getpid())) return std::nullopt;
  auto number = usec ? parse_unsigned(usec) : std::nullopt;
  if (!number || *number == 0) return std::nullopt;
  return std::chrono::microseconds(static_cast<int64_t>(std::min<uint64_t>(*number, INT64_MAX)));
}

}  // namespace netcfg
