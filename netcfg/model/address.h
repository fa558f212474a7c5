// An address on an interface. IPv4 aliases are addresses with a label.
#pragma once

#include <optional>
#include <tuple>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/field.h"

namespace netcfg {

// The tag in RTA/FRA/NHA/IFA/NDA_PROTOCOL by which netcfg knows what it made.
inline constexpr uint8_t kOwnProtocol = 78;

// rtnetlink(7), enum rt_scope_t
inline constexpr Choice kScopes[] = {
    {"global", 0}, {"site", 200}, {"link", 253}, {"host", 254}, {"nowhere", 255}};

struct Address {
  IfName dev;
  Prefix address;  // the local address with its prefix length
  std::optional<Ip> peer, broadcast;
  std::optional<std::string> label;  // IPv4, at most 15 bytes
  std::optional<uint8_t> scope;
  std::optional<uint32_t> metric;            // of the prefix route, IFA_RT_PRIORITY
  std::optional<uint32_t> preferred, valid;  // seconds; UINT32_MAX is forever
  std::optional<bool> nodad, home, mngtmpaddr, noprefixroute, autojoin;
  uint8_t protocol = 0;    // IFA_PROTO (5.18+); does not count in ==
  bool secondary = false;  // live IPv4: IFA_F_SECONDARY; does not count in ==
  uint32_t order = 0;      // place in the interface's list; the first of a subnet becomes its primary
  Place origin;

  bool operator==(const Address& o) const {
    return std::tie(dev, address, peer, broadcast, label, scope, metric, preferred, valid, nodad, home,
                    mngtmpaddr, noprefixroute, autojoin) ==
           std::tie(o.dev, o.address, o.peer, o.broadcast, o.label, o.scope, o.metric, o.preferred, o.valid,
                    o.nodad, o.home, o.mngtmpaddr, o.noprefixroute, o.autojoin);
  }
  auto key() const { return std::tie(dev, address); }
};

// `recreate` fields are the kernel's identity of an address: changing them is delete + add.
inline constexpr Field kAddressFields[] = {
    other<&Address::peer>(Type::ip, "peer", "address of the other end of a point-to-point link")
        .as(Mutability::recreate),
    other<&Address::broadcast>(Type::ip4, "broadcast", "broadcast address (IPv4)").as(Mutability::recreate),
    other<&Address::label>(Type::text, "label", "name of the alias, such as eth0:1 (IPv4)", {1, 15})
        .as(Mutability::recreate),
    choice<&Address::scope>("scope", "how far the address is valid", kScopes).as(Mutability::recreate),
    integer<&Address::metric>("metric", "metric of the address's prefix route", {0, kU32}, "0"),
    duration<&Address::preferred>("preferred-lifetime", "time that the address is used for new connections",
                                  kSecond, {0, kU32}, "forever")
        .iproute("preferred_lft"),
    duration<&Address::valid>("valid-lifetime", "time after which the kernel removes the address", kSecond,
                              {1, kU32}, "forever")
        .iproute("valid_lft"),
    boolean<&Address::nodad>("nodad", "no duplicate address detection (IPv6)", "false")
        .as(Mutability::recreate),
    boolean<&Address::home>("home", "home address (IPv6, RFC 6275)", "false").iproute("home"),
    boolean<&Address::mngtmpaddr>("mngtmpaddr", "make temporary addresses of this prefix (IPv6)", "false"),
    boolean<&Address::noprefixroute>("no-prefix-route", "no connected route for the prefix", "false")
        .iproute("noprefixroute")
        .as(Mutability::recreate),  // IPv6 could change it in place; IPv4 overlooks it without an error
    boolean<&Address::autojoin>("autojoin", "join the multicast group of this address", "false")
        .as(Mutability::recreate),
};

}  // namespace netcfg
