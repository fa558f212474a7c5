#include "tests/support/conversation.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tests/support/new_netns.h"

namespace netcfg::test {
namespace {

sockaddr_in at(const std::string& address, int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, address.c_str(), &out.sin_addr) != 1)
    throw std::runtime_error("no address: " + address);
  return out;
}

bool ready(const Fd& fd, short events, Conversation::Duration patience) {
  pollfd one{fd.get(), events, 0};
  return poll(&one, 1, static_cast<int>(patience.count())) == 1;
}

bool passes(const Fd& from, const Fd& to, Conversation::Duration patience) {
  char out = '!', in = 0;
  return send(from.get(), &out, 1, MSG_NOSIGNAL) == 1 && ready(to, POLLIN, patience) &&
         recv(to.get(), &in, 1, MSG_DONTWAIT) == 1;
}

std::string address(const Fd& fd, decltype(getsockname)* of) {
  sockaddr_in one{};
  socklen_t size = sizeof one;
  std::array<char, INET_ADDRSTRLEN> text{};
  (void)of(fd.get(), reinterpret_cast<sockaddr*>(&one), &size);
  return inet_ntop(AF_INET, &one.sin_addr, text.data(), text.size());
}

}  // namespace

TcpServer::TcpServer(const Fd& netns, int port)
    : fd_(socket_in(netns, AF_INET, SOCK_STREAM | SOCK_NONBLOCK)) {
  sockaddr_in all = at("0.0.0.0", port);
  if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&all), sizeof all) != 0 || listen(fd_.get(), 1024) != 0)
    throw std::runtime_error(std::string("cannot listen: ") + strerror(errno));
}

Conversation::Conversation(const Fd& netns, const std::string& address, int port, const std::string& source)
    : client_(socket_in(netns, AF_INET, SOCK_STREAM | SOCK_NONBLOCK)) {
  sockaddr_in own = at(source.empty() ? "0.0.0.0" : source, 0), to = at(address, port);
  if (bind(client_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
    throw std::runtime_error("cannot use the source " + source + ": " + strerror(errno));
  (void)connect(client_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
}

bool Conversation::arrives(const TcpServer& server, Duration patience) {
  if (!ready(client_, POLLOUT, patience) || error({}) != 0 || !ready(server.fd(), POLLIN, patience))
    return false;
  server_ = Fd(accept4(server.fd().get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  return bool(server_);
}

bool Conversation::goes_on(Duration patience) const {
  return passes(client_, server_, patience) && passes(server_, client_, patience);
}

int Conversation::error(Duration patience) const {
  int out = 0;
  socklen_t size = sizeof out;
  if (patience.count() > 0) (void)ready(client_, 0, patience);
  return getsockopt(client_.get(), SOL_SOCKET, SO_ERROR, &out, &size) == 0 ? out : errno;
}

std::string Conversation::own_address() const {
  return address(client_, getsockname);
}
std::string Conversation::seen_address() const {
  return address(server_, getpeername);
}

}  // namespace netcfg::test
