// Tells other hosts on a link where an address is: gratuitous ARP (RFC 5227, 3) and unsolicited neighbour
// advertisements (RFC 4861, 7.2.6), as the kernel's own arp_notify and ndisc_notify would. And asks them for
// what this host looks for in vain, which its kernel would do again within a second (RetransTimer).
#pragma once

#include <span>

#include "netcfg/kernel/socket.h"
#include "netcfg/port/kernel.h"

namespace netcfg::nl {

// One frame each. What cannot be sent is passed over: from IPv6 addresses that are tentative yet, all without
// CAP_NET_RAW. Waits a second and a half at most, until a link that has a carrier can send.
void announce(Socket& netlink, std::span<const Announcement> addresses);

}  // namespace netcfg::nl
