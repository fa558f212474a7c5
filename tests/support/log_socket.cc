#include "tests/support/log_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace netcfg::test {

LogSocket::LogSocket(const std::string& path, int type)
    : fd_(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), type_(type) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  if (bind(fd_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      (type == SOCK_STREAM && listen(fd_.get(), 8) != 0))
    throw std::runtime_error("cannot listen at " + path + ": " + std::strerror(errno));
}

std::vector<std::string> LogSocket::received() {
  std::vector<std::string> out;
  std::string buffer(1 << 18, '\0');
  while (true) {
    Fd connection(type_ == SOCK_STREAM ? accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC) : -1);
    if (type_ == SOCK_STREAM && !connection) return out;
    ssize_t n = recv(type_ == SOCK_STREAM ? connection.get() : fd_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0) return out;
    out.emplace_back(buffer.data(), static_cast<size_t>(n));
  }
}

std::map<std::string, std::string> journal_fields(const std::string& datagram) {
  std::map<std::string, std::string> out;
  for (size_t at = 0; at < datagram.size();) {
    size_t end = datagram.find('\n', at), equals = datagram.find('=', at);
    if (end == std::string::npos) throw std::runtime_error("a field without an end");
    if (equals < end) {
      out[datagram.substr(at, equals - at)] = datagram.substr(equals + 1, end - equals - 1);
      at = end + 1;
      continue;
    }
    size_t size = 0;
    for (size_t i = 0; i < 8; ++i)
      size |= size_t{static_cast<unsigned char>(datagram.at(end + 1 + i))} << 8 * i;
    out[datagram.substr(at, end - at)] = datagram.substr(end + 9, size);
    if (datagram.at(end + 9 + size) != '\n') throw std::runtime_error("a field of a wrong size");
    at = end + 10 + size;
  }
  return out;
}

}  // namespace netcfg::test
