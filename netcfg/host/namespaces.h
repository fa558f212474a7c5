// Network namespaces by name, and whether this process may change the one it is in.
#pragma once

#include <optional>
#include <string>

#include "netcfg/base/result.h"

namespace netcfg {

// Where `ip netns add` keeps them.
inline constexpr const char* kNetnsDirectory = "/run/netns";

// Moves this thread into the namespace NAME; what opens sockets or /proc/sys/net afterwards works there.
Result<> enter_netns(const std::string& name);

// The name of the namespace that this process is in, where `ip netns exec NAME` started it.
std::optional<std::string> current_netns();

// An Error when this process lacks CAP_NET_ADMIN over its network namespace, with what to do about it.
Result<> check_net_admin();

}  // namespace netcfg
