#include "netcfg/kernel/announce.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>

#include "netcfg/base/fd.h"
#include "netcfg/kernel/link_events.h"
#include "netcfg/kernel/sysctl.h"

namespace netcfg::nl {
namespace {

using Clock = std::chrono::steady_clock;

// For the kernel's own work on carriers, which it may put off for a second (linkwatch).
constexpr std::chrono::milliseconds kSettling{1500};
constexpr int kHopLimit = 255;  // of anything else, receivers drop it (RFC 4861, 7.1.2)

class ArpSender {
 public:
  void send(const Announcement& address) {
    ether_arp arp{};
    arp.arp_hrd = htons(ARPHRD_ETHER);
    arp.arp_pro = htons(ETH_P_IP);
    arp.arp_hln = ETH_ALEN;
    arp.arp_pln = sizeof arp.arp_spa;
    arp.arp_op = htons(ARPOP_REQUEST);
    memcpy(arp.arp_sha, address.mac.bytes.data(), sizeof arp.arp_sha);
    memcpy(arp.arp_spa, address.ip.bytes.data(), sizeof arp.arp_spa);
    memcpy(arp.arp_tpa, address.ip.bytes.data(), sizeof arp.arp_tpa);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(ETH_P_ARP);
    to.sll_ifindex = static_cast<int>(address.link);
    to.sll_halen = ETH_ALEN;
    memset(to.sll_addr, 0xff, ETH_ALEN);
    (void)sendto(socket_.get(), &arp, sizeof arp, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }

 private:
  Fd socket_{socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};  // of protocol 0: it receives nothing
};

struct Advertisement {
  nd_neighbor_advert head{};
  nd_opt_hdr option{ND_OPT_TARGET_LINKADDR, 1};  // of one unit of 8 bytes
  uint8_t mac[ETH_ALEN]{};
};

class NdSender {
 public:
  NdSender() {
    icmp6_filter none;
    ICMP6_FILTER_SETBLOCKALL(&none);
    (void)setsockopt(socket_.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &none, sizeof none);
    (void)setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &kHopLimit, sizeof kHopLimit);
  }

  void send(const Announcement& address) {
    Advertisement advertisement;
    advertisement.head.nd_na_type = ND_NEIGHBOR_ADVERT;
    advertisement.head.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
    if (is_router(address.dev)) advertisement.head.nd_na_flags_reserved |= ND_NA_FLAG_ROUTER;
    memcpy(&advertisement.head.nd_na_target, address.ip.bytes.data(), sizeof(in6_addr));
    memcpy(advertisement.mac, address.mac.bytes.data(), sizeof advertisement.mac);
    sockaddr_in6 all_nodes{};
    all_nodes.sin6_family = AF_INET6;
    all_nodes.sin6_addr = {{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
    all_nodes.sin6_scope_id = address.link;
    send_from(address, {&advertisement, sizeof advertisement}, all_nodes);
  }

 private:
  // Hosts that see a router say that it is none drop it and the default routes by it (RFC 4861, 7.2.5).
  static bool is_router(const IfName& dev) {
    auto forwarding = read_sysctl("net/ipv6/conf/" + std::string(dev.view()) + "/forwarding");
    return forwarding && *forwarding != "0";
  }

  void send_from(const Announcement& source, iovec data, sockaddr_in6& to) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))]{};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
    in6_pktinfo info{};
    memcpy(&info.ipi6_addr, source.ip.bytes.data(), sizeof info.ipi6_addr);
    info.ipi6_ifindex = source.link;
    memcpy(CMSG_DATA(header), &info, sizeof info);
    (void)sendmsg(socket_.get(), &message, MSG_DONTWAIT);
  }

  Fd socket_{socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6)};
};

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

}  // namespace

void announce(std::span<const Announcement> addresses) {
  if (addresses.empty()) return;
  await_running(addresses);
  ArpSender arp;
  NdSender nd;
  for (const Announcement& address : addresses)
    address.ip.family == Family::ipv4 ? arp.send(address) : nd.send(address);
}

}  // namespace netcfg::nl
