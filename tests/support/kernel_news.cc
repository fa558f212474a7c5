#include "tests/support/kernel_news.h"

#include <linux/if.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace netcfg::test {
namespace {

constexpr int kBuffer = 1 << 22;

KernelNews of_link(const nlmsghdr& head) {
  const auto* info = static_cast<const ifinfomsg*>(NLMSG_DATA(&head));
  KernelNews out;
  out.link = true;
  out.id = static_cast<uint32_t>(info->ifi_index);
  out.there = head.nlmsg_type == RTM_NEWLINK;
  out.carrier = (info->ifi_flags & IFF_LOWER_UP) != 0;
  return out;
}

KernelNews of_nexthop(const nlmsghdr& head) {
  KernelNews out;
  out.there = head.nlmsg_type == RTM_NEWNEXTHOP;
  const auto* body = static_cast<const char*>(NLMSG_DATA(&head));
  auto left = static_cast<int>(head.nlmsg_len - NLMSG_SPACE(sizeof(nhmsg)));
  for (const auto* at = reinterpret_cast<const rtattr*>(body + NLMSG_ALIGN(sizeof(nhmsg))); RTA_OK(at, left);
       at = RTA_NEXT(at, left)) {
    if (at->rta_type == NHA_ID) out.id = *static_cast<const uint32_t*>(RTA_DATA(at));
    if (at->rta_type != NHA_GROUP) continue;
    const auto* members = static_cast<const nexthop_grp*>(RTA_DATA(at));
    for (size_t i = 0; i < RTA_PAYLOAD(at) / sizeof *members; ++i) out.members.push_back(members[i].id);
  }
  return out;
}

}  // namespace

KernelEar::KernelEar() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  bool done = bool(fd_) && bind(fd(), reinterpret_cast<sockaddr*>(&own), sizeof own) == 0 &&
              setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer) == 0;
  for (int group : {RTNLGRP_LINK, RTNLGRP_NEXTHOP})
    done = done && setsockopt(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0;
  if (!done) throw std::runtime_error("cannot listen to rtnetlink");
}

bool KernelEar::take(KernelNews& out) {
  alignas(nlmsghdr) std::array<char, 65536> buffer;
  while (heard_.empty()) {
    ssize_t size = recv(fd(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return false;
    if (size < 0) throw std::runtime_error("some of the kernel's news was lost");
    hear(buffer.data(), static_cast<size_t>(size));
  }
  out = std::move(heard_.front());
  heard_.pop_front();
  return true;
}

void KernelEar::hear(const void* data, size_t size) {
  auto now = std::chrono::steady_clock::now();
  auto left = static_cast<unsigned>(size);
  for (const auto* m = static_cast<const nlmsghdr*>(data); NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
    bool link = m->nlmsg_type == RTM_NEWLINK || m->nlmsg_type == RTM_DELLINK;
    if (!link && m->nlmsg_type != RTM_NEWNEXTHOP && m->nlmsg_type != RTM_DELNEXTHOP) continue;
    heard_.push_back(link ? of_link(*m) : of_nexthop(*m));
    heard_.back().at = now;
  }
}

}  // namespace netcfg::test
