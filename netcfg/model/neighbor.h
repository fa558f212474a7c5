// Permanent neighbour entries, and proxy entries.
#pragma once

#include <optional>
#include <tuple>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/field.h"

namespace netcfg {

struct Neighbor {
  IfName dev;
  Ip address;
  bool proxy = false;  // NTF_PROXY: answered for others
  std::optional<Mac> mac;
  std::optional<bool> router;
  uint8_t protocol = 0;  // NDA_PROTOCOL; does not count in ==
  Place origin;

  auto key() const { return std::tie(dev, address, proxy); }
  bool operator==(const Neighbor& o) const { return key() == o.key() && mac == o.mac && router == o.router; }
};

inline constexpr Field kNeighborFields[] = {
    other<&Neighbor::mac>(Type::mac, "mac", "its MAC address").iproute("lladdr"),
    boolean<&Neighbor::router>("router", "it is a router (IPv6)", "false"),
};

}  // namespace netcfg
