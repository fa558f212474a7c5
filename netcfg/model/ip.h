// IPv4 and IPv6 addresses and prefixes as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netcfg {

enum class Family : uint8_t { none = 0, ipv4 = 4, ipv6 = 6 };

constexpr uint8_t address_bits(Family family) {
  return family == Family::ipv4 ? 32 : family == Family::ipv6 ? 128 : 0;
}

// An address, or none at all (the default). Bytes are in network order; IPv4 uses the first four.
struct Ip {
  Family family = Family::none;
  std::array<uint8_t, 16> bytes{};

  explicit operator bool() const { return family != Family::none; }
  auto operator<=>(const Ip&) const = default;

  size_t size() const { return address_bits(family) / 8; }
  bool is_zero() const { return bytes == std::array<uint8_t, 16>{}; }
  bool is_loopback() const;    // 127.0.0.0/8, ::1
  bool is_link_local() const;  // 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291)
  bool is_multicast() const;   // 224.0.0.0/4, ff00::/8
};

// An address with the length of its network part in bits. Host bits may be set (an interface's
// address); network() clears them (a route's destination).
struct Prefix {
  Ip ip;
  uint8_t length = 0;

  explicit operator bool() const { return static_cast<bool>(ip); }
  auto operator<=>(const Prefix&) const = default;

  Prefix network() const;
  bool contains(const Ip& address) const;
  bool is_default() const { return length == 0; }
};

// Strict forms only: four decimal parts without leading zeros; RFC 4291 text for IPv6, without zone.
std::optional<Ip> parse_ip(std::string_view text);
// "ADDRESS/LENGTH"; without a length that of a host (32 or 128).
std::optional<Prefix> parse_prefix(std::string_view text);
std::string to_string(const Ip& ip);          // RFC 5952
std::string to_string(const Prefix& prefix);  // always with its length
// How many of the first bits of two addresses of one family are the same.
int common_bits(const Ip& a, const Ip& b);
// The broadcast address of an IPv4 prefix up to /30, else none.
Ip broadcast_of(const Prefix& prefix);

}  // namespace netcfg
