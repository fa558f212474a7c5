// Network namespaces by name, and whether this process may change the one it is in.
#pragma once

#include <string>

#include "netcfg/base/result.h"

namespace netcfg {

// Where `ip netns add` keeps them.
inline constexpr const char* kNetnsDirectory = "/run/netns";

// Moves this thread into the namespace NAME; what opens sockets, /proc/sys/net or /sys/class/net afterwards
// works there.
Result<> enter_netns(const std::string& name);

// A name for the namespace that this process is in; empty for the host's own. One that `ip netns` made has
// its name there, others ("unshare -n") are called @ and their inode's number.
std::string current_netns();

// Tells the namespace from every other that is, was or will be, also after a reboot.
std::string netns_identity();

// An Error when this process lacks CAP_NET_ADMIN over its network namespace, with what to do about it.
Result<> check_net_admin();

}  // namespace netcfg
