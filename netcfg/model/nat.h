// Address translation as a spec asks for it: `nat:`. What it comes to is a table of nftables (model/nft.h).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/base/result.h"
#include "netcfg/model/field.h"

namespace netcfg {

inline constexpr uint8_t kEitherFamily = 10;
inline constexpr Choice kNatFamilies[] = {{"ipv4", 4}, {"ipv6", 6}, {"both", kEitherFamily}};

// Packets that leave by an interface get an address of that interface.
struct Masquerade {
  std::optional<IfName> out;
  std::vector<Prefix> from;  // source networks; none: all
  std::optional<Prefix> destination;
  std::optional<uint8_t> family;  // kNatFamilies
  Place origin;
};

// The same with addresses that are named.
struct SourceNat {
  std::optional<IfName> out;
  std::vector<Prefix> from;
  std::optional<Prefix> destination;
  std::vector<Ip> to;  // of one family; of several, each source address keeps one
  Place origin;
};

// Where a forwarded connection goes. No ports: the one that it was made to.
struct ForwardTarget {
  Ip ip;
  std::optional<Span> ports;
  auto operator<=>(const ForwardTarget&) const = default;
};
// "10.0.0.2", "10.0.0.2:8080", "[fd00::2]:9000-9010"
Result<ForwardTarget> parse_forward_target(std::string_view text);

enum class Distribute : uint8_t { round_robin, random, source };
inline constexpr Choice kDistributes[] = {{"round-robin", 0}, {"random", 1}, {"source", 2}};

// Connections to ports of this host go to another.
struct PortForward {
  std::optional<IfName> in;
  std::optional<Ip> address;  // that they are made to; none: any of this host's
  std::vector<Prefix> from;
  std::vector<uint8_t> protocols;
  std::vector<Span> dport;        // sorted, disjoint, not adjacent
  std::vector<ForwardTarget> to;  // of one family
  std::optional<Distribute> distribute;
  std::optional<bool> hairpin;
  Place origin;

  Family family() const { return to.empty() ? Family::none : to.front().ip.family; }
};

struct NatSpec {
  std::vector<Masquerade> masquerade;
  std::vector<SourceNat> snat;
  std::vector<PortForward> port_forward;

  bool empty() const { return masquerade.empty() && snat.empty() && port_forward.empty(); }
};

// Protocols with ports that the kernel's NAT knows, by the name that nft has for their header.
inline constexpr Choice kPortProtocols[] = {
    {"tcp", 6}, {"udp", 17}, {"dccp", 33}, {"sctp", 132}, {"udplite", 136}};

inline constexpr Field kMasqueradeFields[] = {
    other<&Masquerade::out>(Type::link, "out", "the interface that the packets leave by").needed(),
    choice<&Masquerade::family>("family", "ipv4, ipv6 or both; else that of from and destination, or ipv4",
                                kNatFamilies),
};
inline constexpr Field kSourceNatFields[] = {
    other<&SourceNat::out>(Type::link, "out", "the interface that the packets leave by").needed(),
};
inline constexpr Field kPortForwardFields[] = {
    other<&PortForward::in>(Type::link, "in", "the interface that the connections come in by"),
    other<&PortForward::address>(Type::ip, "address",
                                 "the address that they are made to; else any of this host's own"),
    choice<&PortForward::distribute>(
        "distribute",
        "how several targets are chosen from: round-robin (default), random, or by source address",
        kDistributes),
    boolean<&PortForward::hairpin>(
        "hairpin",
        "whether hosts on other interfaces, and this one, reach the targets by the outer address as well; "
        "that is `address`, or those that the spec gives `in`. By default they do where there is one. With "
        "br_netfilter loaded, a target in a bridge that is "
        "to reach itself so needs `hairpin` as a member of that as well"),
};

// More ports than that are not translated one by one.
inline constexpr uint32_t kMostMappedPorts = 256;

}  // namespace netcfg
