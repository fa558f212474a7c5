#include "netcfg/watch/addresses.h"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace netcfg::watch {

Result<Addresses> Addresses::open() {
  Addresses out;
  out.socket_ = Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (!out.socket_ || bind(out.fd(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
    return Error{fmt::format("cannot listen to changes of addresses: {}", strerror(errno)), {}, errno};
  out.read_all();
  return out;
}

// What the notices say is of no interest, only that something changed; a lost one says so as well.
void Addresses::refresh() {
  std::array<char, 8192> buffer;
  bool news = false;
  while (true) {
    ssize_t size = recv(fd(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno != ENOBUFS && errno != EINTR) break;
    news = true;
  }
  if (news) read_all();
}

void Addresses::read_all() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return;
  std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  all_.clear();
  for (const ifaddrs* at = list; at; at = at->ifa_next) {
    if (!at->ifa_addr) continue;
    Ip ip;
    if (at->ifa_addr->sa_family == AF_INET) {
      ip.family = Family::ipv4;
      memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr, ip.size());
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      ip.family = Family::ipv6;
      memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr, ip.size());
    } else {
      continue;
    }
    all_.insert(ip);
  }
}

}  // namespace netcfg::watch
