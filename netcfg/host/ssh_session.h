// The SSH session in which this process runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netcfg/model/ip.h"
#include "netcfg/model/types.h"

namespace netcfg {

struct SshSession {
  Ip peer, own;  // the other end, and the address of this host that it speaks to
  uint16_t peer_port = 0, own_port = 0;
  IfName zone;  // of link-local addresses

  bool operator==(const SshSession&) const = default;
};

// SSH_CONNECTION of sshd(8): "PEER PORT OWN PORT", link-local addresses with their %zone.
std::optional<SshSession> parse_ssh_connection(std::string_view text);

// From the environment, or from that of the processes above: sudo(8) takes the variable away. `root` is put
// before /proc.
std::optional<SshSession> ssh_session(const std::string& root = {});

}  // namespace netcfg
