#include "netcfg/probes/links.h"

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace netcfg::probes {
namespace {

constexpr int kBuffer = 1 << 20;
constexpr int kPatience = 5000;  // ms, for the kernel's own answers
constexpr size_t kEthernet = 6;
constexpr int kDeepest = 8;  // links on links

Error failed(const char* what, int code) {
  return {fmt::format("{}: {}", what, strerror(code)), {}, code};
}

std::string_view state_name(uint8_t operstate) {
  constexpr std::string_view kNames[] = {"unknown", "not present", "down",   "lower layer down",
                                         "testing", "dormant",     "running"};
  return operstate < std::size(kNames) ? kNames[operstate] : "unknown";
}

// "no interface eth0", "eth0 is down", "eth0 has no carrier"; empty when it runs.
std::string problem_of(const IfName& name, const LiveLink* link) {
  if (!link) return fmt::format("no interface {}", name.view());
  if ((link->flags & IFF_UP) == 0) return fmt::format("{} is down", name.view());
  if ((link->flags & IFF_LOWER_UP) == 0) return fmt::format("{} has no carrier", name.view());
  if (!link->running()) return fmt::format("{} is {}", name.view(), state_name(link->operstate));
  return {};
}

std::string_view text_of(const rtattr* attribute) {
  const char* text = static_cast<const char*>(RTA_DATA(attribute));
  return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

// Calls `each` with every attribute of a row of them.
template <class F>
void for_each_attribute(const rtattr* first, int left, F&& each) {
  for (const rtattr* at = first; RTA_OK(at, left); at = RTA_NEXT(at, left)) each(at);
}

// IFLA_LINKINFO, as far as it matters: what a link is, and what it is a member of.
struct Kinds {
  std::string_view own, member_of;

  explicit Kinds(const rtattr* info) {
    if (info == nullptr) return;
    for_each_attribute(static_cast<const rtattr*>(RTA_DATA(info)), static_cast<int>(RTA_PAYLOAD(info)),
                       [&](const rtattr* at) {
                         if (at->rta_type == IFLA_INFO_KIND) own = text_of(at);
                         if (at->rta_type == IFLA_INFO_SLAVE_KIND) member_of = text_of(at);
                       });
  }
  static bool aggregates(std::string_view kind) { return kind == "bond" || kind == "team"; }
  // Those that follow their parent's carrier (netif_stacked_transfer_operstate()).
  bool follows_parent() const {
    constexpr std::string_view kKinds[] = {"vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"};
    return std::ranges::find(kKinds, own) != std::end(kKinds);
  }
};

}  // namespace

bool LiveLink::running() const {
  // The kernel may take a second to say that a link whose carrier is gone runs no more.
  return (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0 && (flags & IFF_LOWER_UP) != 0;
}

bool LiveLink::resolves() const {
  return (flags & (IFF_NOARP | IFF_POINTOPOINT | IFF_LOOPBACK)) == 0 && mac.size() == kEthernet;
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
  LiveLink before;
  if (auto old = names_.find(index); old != names_.end()) {
    before = std::move(links_[old->second]);
    links_.erase(old->second);
    names_.erase(old);
  }
  if (head->nlmsg_type == RTM_DELLINK) ++changes_, stops_ += before.running() ? 1 : 0;
  if (head->nlmsg_type == RTM_DELLINK) return;
  IfName name;
  LiveLink link;
  link.index = index, link.flags = info->ifi_flags, link.type = info->ifi_type;
  uint32_t lower = index;  // of a pair, the other end
  bool elsewhere = false;  // that one is in another namespace
  const rtattr* kind = nullptr;
  for_each_attribute(IFLA_RTA(info), static_cast<int>(IFLA_PAYLOAD(head)), [&](const rtattr* at) {
    const auto* bytes = static_cast<const uint8_t*>(RTA_DATA(at));
    size_t length = RTA_PAYLOAD(at);
    if (at->rta_type == IFLA_IFNAME) name = IfName(text_of(at));
    if (at->rta_type == IFLA_OPERSTATE && length > 0) link.operstate = *bytes;
    if (at->rta_type == IFLA_ADDRESS) link.mac.assign(bytes, bytes + length);
    if (at->rta_type == IFLA_LINK && length >= sizeof lower) memcpy(&lower, bytes, sizeof lower);
    if (at->rta_type == IFLA_MASTER && length >= sizeof lower) memcpy(&link.master, bytes, sizeof lower);
    if (at->rta_type == IFLA_LINK_NETNSID) elsewhere = true;
    if (at->rta_type == IFLA_LINKINFO) kind = at;
  });
  Kinds kinds(kind);
  if (!elsewhere && kinds.follows_parent()) link.parent = lower;
  // linkwatch_urgent_event()
  link.told_late = lower == index && !Kinds::aggregates(kinds.own) && !Kinds::aggregates(kinds.member_of);
  if (before.running() && !link.running()) ++stops_;
  if (!(before == link)) ++changes_;
  names_[index] = name;
  links_[name] = std::move(link);
}

Result<> Links::refresh() {
  while (true) {
    auto more = receive();
    if (!more && more.error().code == ENOBUFS) {
      ++stops_;  // who knows what was not heard
      return ask();
    }
    if (!more) return more.error();
    if (!*more) return Done{};
  }
}

const LiveLink* Links::find(const IfName& name) const {
  auto it = links_.find(name);
  return it == links_.end() ? nullptr : &it->second;
}

const LiveLink* Links::find(uint32_t index) const {
  auto it = names_.find(index);
  return it == names_.end() ? nullptr : find(it->second);
}

std::string Links::problem(const IfName& name) const {
  const LiveLink* link = find(name);
  std::string out = problem_of(name, link);
  for (int depth = 0; out.empty() && depth < kDeepest && link->parent != 0; ++depth) {
    auto parent = names_.find(link->parent);
    if (parent == names_.end()) break;
    link = find(parent->second);
    if ((link->flags & IFF_LOWER_UP) == 0) out = problem_of(parent->second, link);
  }
  return out;
}

std::vector<uint32_t> Links::told_late(const IfName& name) const {
  std::vector<uint32_t> stack, out;
  if (const LiveLink* link = find(name)) stack.push_back(link->index);
  for (size_t at = 0; at < stack.size(); ++at) {
    auto add = [&](uint32_t index) {
      if (std::ranges::find(stack, index) == stack.end()) stack.push_back(index);
    };
    if (const LiveLink* link = find(stack[at]); link && link->parent != 0) add(link->parent);
    for (const auto& [port, link] : links_)
      if (link.master == stack[at]) add(link.index);
  }
  for (auto at = stack.rbegin(); at != stack.rend(); ++at)
    if (const LiveLink* link = find(*at); link && link->told_late) out.push_back(*at);
  return out;
}

Result<> Links::look(const std::vector<uint32_t>& indexes) {
  struct {
    nlmsghdr head;
    ifinfomsg link;
    alignas(RTA_ALIGNTO) rtattr mask;
    uint32_t filter;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = RTM_GETLINK;
  request.head.nlmsg_flags = NLM_F_REQUEST;
  request.mask = {RTA_LENGTH(sizeof request.filter), IFLA_EXT_MASK};
  request.filter = RTEXT_FILTER_SKIP_STATS;
  // The kernel answers before send(2) returns.
  for (uint32_t index : indexes) {
    request.link.ifi_index = static_cast<int>(index);
    if (send(fd(), &request, sizeof request, 0) < 0) return failed("cannot ask for a link", errno);
  }
  return refresh();
}

}  // namespace netcfg::probes
