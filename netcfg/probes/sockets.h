// Sockets bound to an interface, and addresses in the form that they take.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"
#include "netcfg/model/ip.h"
#include "netcfg/model/types.h"
#include "netcfg/port/prober.h"

namespace netcfg::probes {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// `scope` is the index of the link, for link-local addresses.
SocketAddress socket_address(const Ip& ip, uint16_t port, uint32_t scope);
int af_of(const Ip& ip);

// It does not block.
Result<Fd> open_socket(int family, int type, int protocol, const std::optional<IfName>& dev);
// For the packets of a probe: by its interface, with its source address and mark.
Result<Fd> open_for(const Probe& probe, int type, int protocol, uint32_t scope);
// The address that this host would use towards `peer` by `dev`; none where there is no way. Sends nothing.
Ip source_towards(const Ip& peer, const IfName& dev, uint32_t scope);

// "no route to it: Network is unreachable"
std::string text_of(int code);
bool set_option(int fd, int level, int option, int value);

}  // namespace netcfg::probes
