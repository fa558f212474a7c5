#include "tests/support/link_monitor.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace netcfg::test {

LinkMonitor::LinkMonitor() {
  fd_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  sockaddr_nl all{};
  all.nl_family = AF_NETLINK;
  all.nl_groups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE |
                  RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
  if (fd_ < 0 || bind(fd_, reinterpret_cast<sockaddr*>(&all), sizeof all) != 0)
    throw std::runtime_error("cannot listen to rtnetlink");
  for (int group : {RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP, RTNLGRP_TC})
    (void)setsockopt(fd_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

LinkMonitor::~LinkMonitor() {
  close(fd_);
}

int LinkMonitor::messages() {
  int count = 0;
  alignas(nlmsghdr) std::array<char, 65536> buffer;
  while (true) {
    ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0) return errno == EAGAIN ? count : -1;
    int left = static_cast<int>(size);
    for (auto* m = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(m, left); m = NLMSG_NEXT(m, left))
      ++count;
  }
}

}  // namespace netcfg::test
