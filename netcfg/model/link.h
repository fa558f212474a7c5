// A network interface.
#pragma once

#include <optional>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/kinds.h"

namespace netcfg {

enum class LinkState : uint8_t { down, up, absent };
inline constexpr Choice kLinkStates[] = {{"down", 0}, {"up", 1}, {"absent", 2}};

struct Link {
  IfName name;
  LinkKind kind;             // monostate: a NIC, or what `foreign_kind` names
  std::string foreign_kind;  // IFLA_INFO_KIND of a live link that netcfg cannot make ("tun"), else empty

  std::optional<LinkState> state;
  std::optional<uint32_t> mtu;  // bytes
  std::optional<Mac> mac;
  std::optional<std::string> description;  // IFLA_IFALIAS
  std::optional<std::vector<std::string>> altnames;
  std::optional<uint32_t> txqueuelen, group;
  std::optional<bool> arp, multicast, allmulticast;
  std::optional<Ip> token;  // IFLA_INET6_TOKEN, the interface identifier for SLAAC

  // The bond, bridge or VRF that it is a member of; the empty name means "of none".
  std::optional<IfName> master;
  PortKind port;

  // None of these counts in ==.
  Place origin;
  uint32_t index = 0;  // of a live link: IFLA's ifi_index, the same thing under another name; 0: unknown
  std::optional<bool> carrier;  // of a live link (IFF_LOWER_UP)

  // In link.cc: the variants make these large, and nearly every file of the program would have them again.
  Link();
  Link(const Link& other);
  Link(Link&& other) noexcept;
  Link& operator=(const Link& other);
  Link& operator=(Link&& other) noexcept;
  ~Link();
  bool operator==(const Link& o) const;

  const IfName& key() const { return name; }
  bool is_up() const { return state == LinkState::up; }
  bool absent() const { return state == LinkState::absent; }
};

// What every link has; the kind block's fields are in fields_of(link.kind), a member's in
// fields_of(link.port).
inline constexpr Field kLinkFields[] = {
    choice<&Link::state>("state", "up, down, or absent: the link must not exist", kLinkStates, "up"),
    integer<&Link::mtu>("mtu", "largest packet in bytes", {68, 65536}, "1500"),
    other<&Link::mac>(Type::mac, "mac", "MAC address").iproute("address"),
    other<&Link::description>(Type::text, "description", "a text for people (ifalias)", {0, 255})
        .iproute("alias"),
    other<&Link::altnames>(Type::texts, "altnames", "further names of at most 127 bytes", {1, 127}, "[]"),
    integer<&Link::txqueuelen>("txqueuelen", "length of the transmit queue in packets", {0, kU32}, "1000"),
    integer<&Link::group>("group", "number of the group of links", {0, kU32}, "0"),
    boolean<&Link::arp>("arp", "resolve addresses by ARP and ND", "true"),
    boolean<&Link::multicast>("multicast", "multicast can be sent", "true"),
    boolean<&Link::allmulticast>("allmulticast", "receive all multicast", "false"),
    other<&Link::token>(Type::ip6, "token", "interface identifier for addresses from router advertisements",
                        {}, "::"),
    other<&Link::master>(Type::link, "master", "the bond, bridge or VRF that the link is a member of"),
};

// The link that this one stands on (VLAN, macvlan, ipvlan, vxlan), or nothing.
IfName parent_of(const Link& link);

}  // namespace netcfg
