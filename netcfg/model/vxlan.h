// VXLAN tunnels (RFC 7348; drivers/net/vxlan/vxlan_core.c, Linux 6.1).
#pragma once

#include <optional>

#include "netcfg/model/field.h"

namespace netcfg {

inline constexpr Choice kVxlanDf[] = {{"unset", 0}, {"set", 1}, {"inherit", 2}};

struct Vxlan {
  static constexpr std::string_view kind = "vxlan";

  std::optional<uint32_t> id, ageing, limit;
  std::optional<IfName> parent;
  std::optional<Ip> local, remote;
  std::optional<uint16_t> port;
  std::optional<Span> source_port;
  std::optional<uint8_t> ttl, tos, df;
  std::optional<bool> learning, proxy, rsc, l2miss, l3miss, udp_csum, udp6_zero_csum_tx, udp6_zero_csum_rx;
  std::optional<bool> gbp, external;

  bool operator==(const Vxlan&) const = default;
};

inline constexpr Field kVxlanFields[] = {
    integer<&Vxlan::id>("id", "VXLAN network identifier (VNI)", {0, 16777215}).as(Mutability::recreate),
    other<&Vxlan::parent>(Type::link, "parent", "the link that tunnel packets leave by").iproute("dev"),
    other<&Vxlan::local>(Type::ip, "local", "source address of tunnel packets").as(Mutability::recreate),
    other<&Vxlan::remote>(Type::ip, "remote",
                          "destination of unknown and broadcast frames; a multicast group or a host")
        .as(Mutability::recreate),
    integer<&Vxlan::port>("port", "UDP destination port", {1, 65535}, "8472")
        .iproute("dstport")
        .as(Mutability::recreate),
    other<&Vxlan::source_port>(Type::span, "source-port", "UDP source ports, FIRST-LAST", {0, 65535})
        .iproute("srcport")
        .as(Mutability::recreate),
    integer<&Vxlan::ttl>("ttl", "hop limit of tunnel packets; 0 is the host's default", {0, 255}, "0"),
    integer<&Vxlan::tos>("tos", "type of service of tunnel packets; 1 inherits", {0, 255}, "0"),
    choice<&Vxlan::df>("df", "don't-fragment bit of tunnel packets", kVxlanDf, "unset"),
    boolean<&Vxlan::learning>("learning", "learn remote addresses", "true"),
    duration<&Vxlan::ageing>("ageing", "life of a learnt address", kSecond, {0, kU32}, "300s"),
    integer<&Vxlan::limit>("limit", "learnt addresses at most; 0 is no limit", {0, kU32}, "0")
        .iproute("maxaddress")
        .as(Mutability::recreate),
    boolean<&Vxlan::proxy>("proxy", "answer ARP for remote hosts", "false").as(Mutability::recreate),
    boolean<&Vxlan::rsc>("rsc", "route short circuit", "false").as(Mutability::recreate),
    boolean<&Vxlan::l2miss>("l2miss", "notify of unknown MAC addresses", "false").as(Mutability::recreate),
    boolean<&Vxlan::l3miss>("l3miss", "notify of unknown IP addresses", "false").as(Mutability::recreate),
    boolean<&Vxlan::udp_csum>("udp-csum", "UDP checksums over IPv4", "true")
        .iproute("udpcsum")
        .as(Mutability::recreate),
    boolean<&Vxlan::udp6_zero_csum_tx>("udp6-zero-csum-tx", "no UDP checksums over IPv6", "false")
        .iproute("udp6zerocsumtx")
        .as(Mutability::recreate),
    boolean<&Vxlan::udp6_zero_csum_rx>("udp6-zero-csum-rx", "accept IPv6 packets without UDP checksum",
                                       "false")
        .iproute("udp6zerocsumrx")
        .as(Mutability::recreate),
    boolean<&Vxlan::gbp>("gbp", "group-based policy extension", "false").as(Mutability::recreate),
    boolean<&Vxlan::external>("external", "tunnel keys come from outside (collect metadata)", "false")
        .as(Mutability::recreate),
};

}  // namespace netcfg
