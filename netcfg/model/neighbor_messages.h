// What hosts on a link say about who has which address, as bytes: ARP (RFC 826, RFC 5227) behind the Ethernet
// header, neighbour discovery (RFC 4861) behind the IPv6 header, its checksum left to the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "netcfg/model/ip.h"
#include "netcfg/model/types.h"

namespace netcfg {

// A router would have lowered it: what has 255 comes from this link (RFC 4861, 7.1).
inline constexpr int kNdHopLimit = 255;

using ArpBytes = std::array<uint8_t, 28>;
// Asks who has `target`. The sender none: like one that looks for duplicates. The sender itself: it announces
// that (RFC 5227, 3).
ArpBytes arp_request(const Mac& own, const Ip& sender, const Ip& target);
// Whether it is an answer from `sender`.
bool is_arp_reply(std::span<const uint8_t> bytes, const Ip& sender);

// With one option, an address of the link layer.
using NdBytes = std::array<uint8_t, 32>;
NdBytes neighbor_solicitation(const Mac& own, const Ip& target);
// Not asked for, and to be believed by those who know another MAC address (4.4). Hosts that see a router say
// that it is none drop it and the default routes by it (7.2.5).
NdBytes neighbor_advertisement(const Mac& own, const Ip& target, bool router);
// Whether it is an advertisement of `target`.
bool is_neighbor_advertisement(std::span<const uint8_t> bytes, const Ip& target);
// The group of all that might have this address (RFC 4291, 2.7.1).
Ip solicited_node(const Ip& target);

}  // namespace netcfg
