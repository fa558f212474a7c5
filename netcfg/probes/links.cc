#include "netcfg/probes/links.h"

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace netcfg::probes {
namespace {

constexpr int kBuffer = 1 << 20;
constexpr int kPatience = 5000;  // ms, for the kernel's own answers
constexpr size_t kEthernet = 6;

Error failed(const char* what, int code) {
  return {fmt::format("{}: {}", what, strerror(code)), {}, code};
}

std::string_view state_name(uint8_t operstate) {
  constexpr std::string_view kNames[] = {"unknown", "not present", "down",   "lower layer down",
                                         "testing", "dormant",     "running"};
  return operstate < std::size(kNames) ? kNames[operstate] : "unknown";
}

}  // namespace

bool LiveLink::running() const {
  // The kernel may take a second to say that a link whose carrier is gone runs no more.
  return (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0 && (flags & IFF_LOWER_UP) != 0;
}

bool LiveLink::resolves() const {
  return (flags & (IFF_NOARP | IFF_POINTOPOINT | IFF_LOOPBACK)) == 0 && mac.size() == kEthernet;
}

std::string problem_of(const IfName& name, const LiveLink* link) {
  if (!link) return fmt::format("no interface {}", name.view());
  if ((link->flags & IFF_UP) == 0) return fmt::format("{} is down", name.view());
  if ((link->flags & IFF_LOWER_UP) == 0) return fmt::format("{} has no carrier", name.view());
  if (!link->running()) return fmt::format("{} is {}", name.view(), state_name(link->operstate));
  return {};
}

Result<Links> Links::open() {
  Links out;
  out.socket_ = Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!out.socket_) return failed("cannot make a netlink socket", errno);
  int size = kBuffer;
  if (setsockopt(out.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    (void)setsockopt(out.fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_groups = RTMGRP_LINK;
  if (bind(out.fd(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
    return failed("cannot listen to changes of links", errno);
  if (auto done = out.ask(); !done) return done.error();
  return out;
}

Result<> Links::ask() {
  struct {
    nlmsghdr head;
    ifinfomsg link;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = RTM_GETLINK;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (send(fd(), &request, sizeof request, 0) < 0) return failed("cannot ask for links", errno);
  links_.clear(), names_.clear();
  asking_ = true;
  while (asking_) {
    pollfd wanted{fd(), POLLIN, 0};
    int ready = poll(&wanted, 1, kPatience);
    if (ready == 0) return failed("the kernel does not tell its links", ETIMEDOUT);
    if (ready < 0 && errno != EINTR) return failed("cannot wait for the kernel", errno);
    auto more = receive();
    // Without room for all of it: the notices that were lost are in the answer that follows.
    if (!more && more.error().code != ENOBUFS) return more.error();
  }
  return Done{};
}

Result<bool> Links::receive() {
  // A link with many virtual functions takes tens of kilobytes.
  static thread_local std::array<char, size_t{256} * 1024> buffer;
  sockaddr_nl from{};
  socklen_t size = sizeof from;
  ssize_t got = recvfrom(fd(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got < 0) return failed("cannot receive from the kernel", errno);
  if (from.nl_pid == 0) take(buffer.data(), static_cast<size_t>(got));
  return true;
}

void Links::take(const char* data, size_t size) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr head;
    memcpy(&head, data, sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > size) return;
    if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR) asking_ = false;
    if (head.nlmsg_type == RTM_NEWLINK || head.nlmsg_type == RTM_DELLINK) take_link(data);
    size_t step = std::min<size_t>(NLMSG_ALIGN(head.nlmsg_len), size);
    data += step, size -= step;
  }
}

void Links::take_link(const void* message) {
  const auto* head = static_cast<const nlmsghdr*>(message);
  if (head->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) return;
  const auto* info = static_cast<const ifinfomsg*>(NLMSG_DATA(head));
  // A bridge tells of its ports by the same types.
  if (info->ifi_family != AF_UNSPEC) return;
  auto index = static_cast<uint32_t>(info->ifi_index);
  if (auto old = names_.find(index); old != names_.end()) {
    links_.erase(old->second);
    names_.erase(old);
  }
  if (head->nlmsg_type == RTM_DELLINK) return;
  IfName name;
  LiveLink link{index, info->ifi_flags, info->ifi_type, 0, {}};
  auto left = static_cast<int>(IFLA_PAYLOAD(head));
  for (const auto* at = IFLA_RTA(info); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
    const auto* bytes = static_cast<const uint8_t*>(RTA_DATA(at));
    size_t length = RTA_PAYLOAD(at);
    if (at->rta_type == IFLA_IFNAME) {
      const char* text = static_cast<const char*>(RTA_DATA(at));
      name = IfName(std::string_view(text, strnlen(text, length)));
    }
    if (at->rta_type == IFLA_OPERSTATE && length > 0) link.operstate = *bytes;
    if (at->rta_type == IFLA_ADDRESS) link.mac.assign(bytes, bytes + length);
  }
  names_[index] = name;
  links_[name] = std::move(link);
}

Result<> Links::refresh() {
  while (true) {
    auto more = receive();
    if (!more && more.error().code == ENOBUFS) return ask();
    if (!more) return more.error();
    if (!*more) return Done{};
  }
}

const LiveLink* Links::find(const IfName& name) const {
  auto it = links_.find(name);
  return it == links_.end() ? nullptr : &it->second;
}

bool Links::running(const IfName& name) const {
  const LiveLink* link = find(name);
  return link && link->running();
}

}  // namespace netcfg::probes
