#include "netcfg/kernel/announce.h"

#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>

#include "netcfg/base/fd.h"
#include "netcfg/kernel/link_events.h"
#include "netcfg/kernel/neighbor.h"
#include "netcfg/kernel/sysctl.h"
#include "netcfg/model/neighbor_messages.h"

namespace netcfg::nl {
namespace {

using Clock = std::chrono::steady_clock;

// For the kernel's own work on carriers, which it may put off for a second (linkwatch).
constexpr std::chrono::milliseconds kSettling{1500};
constexpr Ip kAllNodes = {Family::ipv6, {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

class Sender {
 public:
  Sender() {
    icmp6_filter none;
    ICMP6_FILTER_SETBLOCKALL(&none);
    (void)setsockopt(nd_.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &none, sizeof none);
    (void)setsockopt(nd_.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &kNdHopLimit, sizeof kNdHopLimit);
  }

  void arp(const Announcement& from, const Ip& target) {
    ArpBytes bytes = arp_request(from.mac, from.ip, target);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(ETH_P_ARP);
    to.sll_ifindex = static_cast<int>(from.link);
    to.sll_halen = ETH_ALEN;
    memset(to.sll_addr, 0xff, ETH_ALEN);
    auto* address = reinterpret_cast<sockaddr*>(&to);
    (void)sendto(arp_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT, address, sizeof to);
  }

  void nd(const Announcement& from, const Ip& group, NdBytes bytes) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_scope_id = from.link;
    memcpy(&to.sin6_addr, group.bytes.data(), sizeof to.sin6_addr);
    iovec data{bytes.data(), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))]{};
    msghdr message{};
    message.msg_name = &to, message.msg_namelen = sizeof to;
    message.msg_iov = &data, message.msg_iovlen = 1;
    message.msg_control = control, message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IPV6, header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
    in6_pktinfo source{};
    memcpy(&source.ipi6_addr, from.ip.bytes.data(), sizeof source.ipi6_addr);
    source.ipi6_ifindex = from.link;
    memcpy(CMSG_DATA(header), &source, sizeof source);
    (void)sendmsg(nd_.get(), &message, MSG_DONTWAIT);
  }

 private:
  Fd arp_{socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};  // of protocol 0: it receives nothing
  Fd nd_{socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6)};
};

bool is_router(const IfName& dev) {
  auto forwarding = read_sysctl("net/ipv6/conf/" + to_string(dev) + "/forwarding");
  return forwarding && *forwarding != "0";
}

// True as well of one that nothing can be told of.
bool is_running(const Fd& socket, const IfName& dev) {
  ifreq request{};
  dev.view().copy(request.ifr_name, IFNAMSIZ - 1);
  return ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_RUNNING) != 0;
}

// A bridge that has its first port has a carrier at once, and drops what it sends until the kernel's worker
// has seen that (linkwatch_do_dev() in net/core/link_watch.c calls dev_activate()).
void await_running(std::span<const Announcement> addresses) {
  LinkEvents events;
  Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  auto end = Clock::now() + kSettling;
  for (const Announcement& address : addresses)
    while (!is_running(any, address.dev)) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
      if (left.count() <= 0) return;
      events.await(left);
    }
}

std::vector<Unresolved> unresolved_neighbors(Socket& netlink) {
  std::vector<Unresolved> out;
  Message request;
  request.start<ndmsg>(RTM_GETNEIGH, 0);
  (void)netlink.dump(
      request, [&] { out.clear(); },
      [&](const nlmsghdr& message) {
        if (auto one = decode_unresolved(message)) out.push_back(*one);
      });
  return out;
}

// The address to ask from: of the link, and nearest to it, which is in its network if any is.
const Announcement* asker(std::span<const Announcement> addresses, const Unresolved& wanted) {
  const Announcement* out = nullptr;
  for (const Announcement& one : addresses) {
    if (one.link != wanted.link || one.ip.family != wanted.ip.family) continue;
    if (!out || common_bits(out->ip, wanted.ip) < common_bits(one.ip, wanted.ip)) out = &one;
  }
  return out;
}

}  // namespace

void announce(Socket& netlink, std::span<const Announcement> addresses) {
  if (addresses.empty()) return;
  await_running(addresses);
  Sender sender;
  for (const Announcement& one : addresses)
    if (one.ip.family == Family::ipv4)
      sender.arp(one, one.ip);
    else
      sender.nd(one, kAllNodes, neighbor_advertisement(one.mac, one.ip, is_router(one.dev)));
  for (const Unresolved& wanted : unresolved_neighbors(netlink)) {
    const Announcement* from = asker(addresses, wanted);
    if (from && wanted.ip.family == Family::ipv4)
      sender.arp(*from, wanted.ip);
    else if (from)
      sender.nd(*from, solicited_node(wanted.ip), neighbor_solicitation(from->mac, wanted.ip));
  }
}

}  // namespace netcfg::nl
