#include "netcfg/probes/sockets.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace netcfg::probes {

SocketAddress socket_address(const Ip& ip, uint16_t port, uint32_t scope) {
  SocketAddress out;
  if (ip.family == Family::ipv6) {
    auto* to = reinterpret_cast<sockaddr_in6*>(&out.storage);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(port);
    if (ip.is_link_local() || ip.is_multicast()) to->sin6_scope_id = scope;
    memcpy(&to->sin6_addr, ip.bytes.data(), ip.size());
    out.size = sizeof *to;
  } else {
    auto* to = reinterpret_cast<sockaddr_in*>(&out.storage);
    to->sin_family = AF_INET;
    to->sin_port = htons(port);
    memcpy(&to->sin_addr, ip.bytes.data(), ip.size());
    out.size = sizeof *to;
  }
  return out;
}

int af_of(const Ip& ip) {
  return ip.family == Family::ipv6 ? AF_INET6 : AF_INET;
}

bool set_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

Result<Fd> open_socket(int family, int type, int protocol, const std::optional<IfName>& dev) {
  Fd fd(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd) return Error{fmt::format("cannot make a socket: {}", strerror(errno)), {}, errno};
  if (dev) {
    std::string name(dev->view());
    if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                   static_cast<socklen_t>(name.size())) != 0)
      return Error{fmt::format("cannot bind to {}: {}", name, strerror(errno)), {}, errno};
  }
  return fd;
}

Result<Fd> open_for(const Probe& probe, int type, int protocol, uint32_t scope) {
  auto fd = open_socket(af_of(probe.spec.address), type, protocol, probe.spec.dev);
  if (!fd) return fd;
  auto failed = [](const char* what) {
    return Error{fmt::format("{}: {}", what, strerror(errno)), {}, errno};
  };
  if (probe.mark != 0 && !set_option(fd->get(), SOL_SOCKET, SO_MARK, static_cast<int>(probe.mark)))
    return failed("cannot set a mark");
  if (!probe.source || probe.source.family != probe.spec.address.family) return fd;
  SocketAddress own = socket_address(probe.source, 0, scope);
  if (bind(fd->get(), own.get(), own.size) != 0)
    return failed(fmt::format("cannot send from {}", to_string(probe.source)).c_str());
  return fd;
}

Ip source_towards(const Ip& peer, const IfName& dev, uint32_t scope) {
  auto fd = open_socket(af_of(peer), SOCK_DGRAM, 0, dev);
  SocketAddress to = socket_address(peer, 9, scope);
  if (!fd || connect(fd->get(), to.get(), to.size) != 0) return {};
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (getsockname(fd->get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return {};
  Ip out{peer.family, {}};
  if (peer.family == Family::ipv6)
    memcpy(out.bytes.data(), &reinterpret_cast<sockaddr_in6*>(&own)->sin6_addr, out.size());
  else
    memcpy(out.bytes.data(), &reinterpret_cast<sockaddr_in*>(&own)->sin_addr, out.size());
  return out;
}

std::string text_of(int code) {
  return strerror(code);
}

}  // namespace netcfg::probes
