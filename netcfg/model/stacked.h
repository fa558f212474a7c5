// The link kinds with few options: VRF, veth, dummy, macvlan, macvtap, ipvlan.
#pragma once

#include <optional>

#include "netcfg/model/field.h"

namespace netcfg {

// drivers/net/vrf.c
struct Vrf {
  static constexpr std::string_view kind = "vrf";
  std::optional<uint32_t> table;
  bool operator==(const Vrf&) const = default;
};
inline constexpr Field kVrfFields[] = {
    integer<&Vrf::table>("table", "the routing table of its members", {1, kU32})
        .needed()
        .as(Mutability::recreate),
};

// drivers/net/veth.c. Both ends are made and deleted at once.
struct Veth {
  static constexpr std::string_view kind = "veth";
  std::optional<IfName> peer;
  bool operator==(const Veth&) const = default;
};
inline constexpr Field kVethFields[] = {
    other<&Veth::peer>(Type::link, "peer", "the other end").needed().as(Mutability::recreate),
};

// drivers/net/dummy.c
struct Dummy {
  static constexpr std::string_view kind = "dummy";
  bool operator==(const Dummy&) const = default;
};

inline constexpr Choice kMacvlanModes[] = {
    {"private", 1}, {"vepa", 2}, {"bridge", 4}, {"passthru", 8}, {"source", 16}};

// drivers/net/macvlan.c; a macvtap is a macvlan with a character device.
struct Macvlan {
  static constexpr std::string_view kind = "macvlan";
  std::optional<IfName> parent;
  std::optional<uint32_t> mode, bc_queue_len;
  std::optional<bool> nopromisc;
  bool operator==(const Macvlan&) const = default;
};
struct Macvtap : Macvlan {
  static constexpr std::string_view kind = "macvtap";
  bool operator==(const Macvtap&) const = default;
};
inline constexpr Field kMacvlanFields[] = {
    other<&Macvlan::parent>(Type::link, "parent", "the link below").needed().as(Mutability::recreate),
    choice<&Macvlan::mode>("mode", "who may talk to whom; passthru can be neither set nor left later",
                           kMacvlanModes, "vepa"),
    boolean<&Macvlan::nopromisc>("nopromisc", "do not make the parent promiscuous in passthru mode", "false"),
    integer<&Macvlan::bc_queue_len>("bc-queue-len", "queue for broadcast frames", {0, kU32}, "1000")
        .iproute("bcqueuelen"),
};

inline constexpr Choice kIpvlanModes[] = {{"l2", 0}, {"l3", 1}, {"l3s", 2}};
inline constexpr Choice kIpvlanFlags[] = {{"bridge", 0}, {"private", 1}, {"vepa", 2}};

// drivers/net/ipvlan
struct Ipvlan {
  static constexpr std::string_view kind = "ipvlan";
  std::optional<IfName> parent;
  std::optional<uint16_t> mode, isolation;
  bool operator==(const Ipvlan&) const = default;
};
inline constexpr Field kIpvlanFields[] = {
    other<&Ipvlan::parent>(Type::link, "parent", "the link below").needed().as(Mutability::recreate),
    choice<&Ipvlan::mode>("mode", "at which layer packets are handed over", kIpvlanModes, "l3"),
    choice<&Ipvlan::isolation>("isolation", "who may talk to whom", kIpvlanFlags, "bridge"),
};

}  // namespace netcfg
