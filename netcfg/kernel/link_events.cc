#include "netcfg/kernel/link_events.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace netcfg::nl {

LinkEvents::LinkEvents() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
  sockaddr_nl links{};
  links.nl_family = AF_NETLINK;
  links.nl_groups = RTMGRP_LINK;
  if (fd_) (void)bind(fd_.get(), reinterpret_cast<sockaddr*>(&links), sizeof links);
}

void LinkEvents::await(std::chrono::milliseconds most) {
  pollfd waits{fd_.get(), POLLIN, 0};
  (void)poll(&waits, 1, static_cast<int>(most.count()));
  // What they say does not matter, and neither does whether some were lost.
  std::array<char, 65536> buffer;
  while (fd_ && recv(fd_.get(), buffer.data(), buffer.size(), 0) > 0) {
  }
}

}  // namespace netcfg::nl
