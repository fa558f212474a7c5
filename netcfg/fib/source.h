// Which of a host's addresses a packet gets that has none.
#pragma once

#include "netcfg/fib/tables.h"

namespace netcfg {

// inet_select_addr() in net/ipv4/devinet.c: of `dev`, if possible in one subnet with `gateway` (which may be
// none), of a scope no narrower than `scope`.
Ip source4(const Tables& tables, const IfName& dev, const Ip& gateway, uint8_t scope);

// RFC 6724 as ipv6_dev_get_saddr() in net/ipv6/addrconf.c has it, with the default policy table.
Ip source6(const Tables& tables, const IfName& dev, const Ip& destination);

}  // namespace netcfg
