#include "netcfg/model/ip.h"

#include <arpa/inet.h>

#include <cstring>

#include "netcfg/base/text.h"

namespace netcfg {

bool Ip::is_loopback() const {
  if (family == Family::ipv4) return bytes[0] == 127;
  std::array<uint8_t, 16> one{};
  one[15] = 1;
  return family == Family::ipv6 && bytes == one;
}

bool Ip::is_link_local() const {
  if (family == Family::ipv4) return bytes[0] == 169 && bytes[1] == 254;
  return family == Family::ipv6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

bool Ip::is_multicast() const {
  if (family == Family::ipv4) return (bytes[0] & 0xf0) == 0xe0;
  return family == Family::ipv6 && bytes[0] == 0xff;
}

Prefix Prefix::network() const {
  Prefix out = *this;
  for (size_t i = 0; i < out.ip.size(); ++i) {
    int keep = static_cast<int>(length) - static_cast<int>(i) * 8;
    if (keep < 8) out.ip.bytes[i] &= static_cast<uint8_t>(keep <= 0 ? 0 : 0xff << (8 - keep));
  }
  return out;
}

bool Prefix::contains(const Ip& address) const {
  return address.family == ip.family && Prefix{address, length}.network().ip == network().ip;
}

int common_bits(const Ip& a, const Ip& b) {
  int bits = 0, all = static_cast<int>(address_bits(a.family));
  while (bits < all && ((a.bytes[bits / 8] ^ b.bytes[bits / 8]) & 0x80 >> bits % 8) == 0) ++bits;
  return bits;
}

std::optional<Ip> parse_ip(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN + 1];
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != text.npos) return std::nullopt;
  memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  Ip ip;
  bool v6 = text.find(':') != text.npos;
  // inet_pton(AF_INET) takes leading zeros in glibc ("010.0.0.1"); they are ambiguous, so refuse them.
  if (!v6)
    for (std::string_view part : split(text, '.'))
      if (part.size() > 1 && part[0] == '0') return std::nullopt;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, buffer, ip.bytes.data()) != 1) return std::nullopt;
  ip.family = v6 ? Family::ipv6 : Family::ipv4;
  return ip;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  size_t slash = text.find('/');
  auto ip = parse_ip(text.substr(0, slash));
  if (!ip) return std::nullopt;
  uint8_t bits = address_bits(ip->family);
  if (slash == text.npos) return Prefix{*ip, bits};
  std::string_view digits = text.substr(slash + 1);
  auto length = parse_unsigned(digits);
  if (!length || *length > bits || digits.starts_with("0x")) return std::nullopt;
  return Prefix{*ip, static_cast<uint8_t>(*length)};
}

std::string to_string(const Ip& ip) {
  if (!ip) return {};
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(ip.family == Family::ipv6 ? AF_INET6 : AF_INET, ip.bytes.data(), buffer, sizeof buffer);
  return buffer;
}

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.ip) + "/" + std::to_string(prefix.length);
}

Ip broadcast_of(const Prefix& prefix) {
  if (prefix.ip.family != Family::ipv4 || prefix.length > 30) return {};
  Ip out = prefix.ip;
  for (size_t i = 0; i < 4; ++i) {
    int keep = static_cast<int>(prefix.length) - static_cast<int>(i) * 8;
    if (keep < 8) out.bytes[i] |= static_cast<uint8_t>(keep <= 0 ? 0xff : 0xff >> keep);
  }
  return out;
}

}  // namespace netcfg
