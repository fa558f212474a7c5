// Long-lived TCP connections between network namespaces, held by the test itself at both ends.
#pragma once

#include <chrono>
#include <string>

#include "netcfg/host/fd.h"

namespace netcfg::test {

// Listens on all IPv4 addresses of a namespace.
class TcpServer {
 public:
  TcpServer(const Fd& netns, int port);
  const Fd& fd() const { return fd_; }

 private:
  Fd fd_;
};

class Conversation {
 public:
  using Duration = std::chrono::milliseconds;

  // Begins a connection from `netns`; `source`: from that address of its own. It is not waited for.
  Conversation(const Fd& netns, const std::string& address, int port, const std::string& source = {});

  // Whether the server has it within that time.
  bool arrives(const TcpServer& server, Duration patience);
  // Something there and something back. A lost packet is sent again by TCP, so a moment of loss is no end.
  bool goes_on(Duration patience) const;
  // An error on the client's socket, such as ECONNRESET, within that time; 0: none.
  int error(Duration patience) const;
  std::string own_address() const;   // of the client
  std::string seen_address() const;  // that of the client, as the server sees it
  const Fd& fd() const { return client_; }

 private:
  Fd client_, server_;
};

}  // namespace netcfg::test
