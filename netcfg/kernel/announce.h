// Tells other hosts on a link where an address is: gratuitous ARP (RFC 5227, 3) and unsolicited neighbour
// advertisements (RFC 4861, 7.2.6), as the kernel's own arp_notify and ndisc_notify would.
#pragma once

#include <span>

#include "netcfg/port/kernel.h"

namespace netcfg::nl {

// One frame each. What cannot be sent is passed over: IPv6 addresses that are tentative yet, all without
// CAP_NET_RAW.
void announce(std::span<const Announcement> addresses);

}  // namespace netcfg::nl
