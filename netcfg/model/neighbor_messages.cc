#include "netcfg/model/neighbor_messages.h"

#include <algorithm>

namespace netcfg {
namespace {

// Offsets and values of RFC 826 for Ethernet and IPv4.
constexpr std::array<uint8_t, 6> kArpHead = {0, 1, 0x08, 0x00, 6, 4};
constexpr size_t kArpOperation = 7, kArpSenderMac = 8, kArpSender = 14, kArpTarget = 24;
constexpr uint8_t kArpRequest = 1, kArpReply = 2;

// Of RFC 4861, 4.3, 4.4 and 4.6.1.
constexpr uint8_t kSolicitation = 135, kAdvertisement = 136, kSourceMac = 1, kTargetMac = 2;
constexpr uint8_t kRouter = 0x80, kOverride = 0x20;
constexpr size_t kNdFlags = 4, kNdTarget = 8, kNdOption = 24, kNdMac = 26, kNdLeast = 24;

template <size_t N>
void put(std::array<uint8_t, N>& out, size_t at, std::span<const uint8_t> bytes) {
  std::ranges::copy(bytes, out.begin() + static_cast<ptrdiff_t>(at));
}
std::span<const uint8_t> bytes_of(const Ip& ip) {
  return {ip.bytes.data(), ip.size()};
}
bool has(std::span<const uint8_t> bytes, size_t at, const Ip& ip) {
  return bytes.size() >= at + ip.size() && std::ranges::equal(bytes.subspan(at, ip.size()), bytes_of(ip));
}

NdBytes nd_message(uint8_t type, uint8_t flags, const Ip& target, uint8_t option, const Mac& own) {
  NdBytes out{};
  out[0] = type, out[kNdFlags] = flags;
  put(out, kNdTarget, bytes_of(target));
  out[kNdOption] = option, out[kNdOption + 1] = 1;  // of one unit of 8 bytes
  put(out, kNdMac, own.bytes);
  return out;
}

}  // namespace

ArpBytes arp_request(const Mac& own, const Ip& sender, const Ip& target) {
  ArpBytes out{};
  put(out, 0, kArpHead);
  out[kArpOperation] = kArpRequest;
  put(out, kArpSenderMac, own.bytes);
  put(out, kArpSender, bytes_of(sender));
  put(out, kArpTarget, bytes_of(target));
  return out;
}

bool is_arp_reply(std::span<const uint8_t> bytes, const Ip& sender) {
  return bytes.size() >= sizeof(ArpBytes) && bytes[kArpOperation - 1] == 0 &&
         bytes[kArpOperation] == kArpReply && has(bytes, kArpSender, sender);
}

NdBytes neighbor_solicitation(const Mac& own, const Ip& target) {
  return nd_message(kSolicitation, 0, target, kSourceMac, own);
}

NdBytes neighbor_advertisement(const Mac& own, const Ip& target, bool router) {
  return nd_message(kAdvertisement, router ? kRouter | kOverride : kOverride, target, kTargetMac, own);
}

bool is_neighbor_advertisement(std::span<const uint8_t> bytes, const Ip& target) {
  return bytes.size() >= kNdLeast && bytes[0] == kAdvertisement && has(bytes, kNdTarget, target);
}

Ip solicited_node(const Ip& target) {
  Ip out{Family::ipv6, {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};
  std::copy_n(target.bytes.begin() + 13, 3, out.bytes.begin() + 13);
  return out;
}

}  // namespace netcfg
