#include "netcfg/guard/channel.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "netcfg/host/errno.h"

namespace netcfg {

Result<std::pair<Channel, Channel>> Channel::pair() {
  std::array<int, 2> fds{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0)
    return system_error("cannot make a pair of sockets", errno);
  return std::pair(Channel(Fd(fds[0])), Channel(Fd(fds[1])));
}

void Channel::say(std::string_view text) const {
  (void)!send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<Channel::Heard> Channel::hear() const {
  std::array<char, 4096> buffer{};
  ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n > 0) return Heard{std::string(buffer.data(), static_cast<size_t>(n)), false};
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return Heard{{}, true};
}

bool Channel::is_socket() const {
  struct stat info {};
  return fstat(fd_.get(), &info) == 0 && S_ISSOCK(info.st_mode);
}

}  // namespace netcfg
