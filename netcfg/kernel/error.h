// The kernel's answers to requests: acknowledgements, errors and their texts.
#pragma once

#include <linux/netlink.h>

#include <optional>
#include <string>
#include <string_view>

#include "netcfg/port/kernel.h"

namespace netcfg::nl {

struct Ack {
  int code = 0;        // errno; 0 is success
  std::string extack;  // NLMSGERR_ATTR_MSG
};

// Of an NLMSG_ERROR, or of the NLMSG_DONE that ends a dump; nothing for other messages.
std::optional<Ack> parse_ack(const nlmsghdr& message);

// "RTM_NEWROUTE"
std::string request_name(uint16_t type);
// "ENOENT: No such file or directory"
std::string errno_text(int code);

}  // namespace netcfg::nl
