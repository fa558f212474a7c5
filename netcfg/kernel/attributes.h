// Reading received messages. Nothing here trusts a length that came over the wire, and attributes that are
// not known, or too short for what they should hold, count as absent.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "netcfg/model/ip.h"
#include "netcfg/model/types.h"

namespace netcfg::nl {

// The fixed header behind nlmsghdr; false when the message is too short for it.
template <class Header>
bool read_header(const nlmsghdr& message, Header& out) {
  if (message.nlmsg_len < NLMSG_HDRLEN + sizeof(Header)) return false;
  memcpy(&out, reinterpret_cast<const char*>(&message) + NLMSG_HDRLEN, sizeof(Header));
  return true;
}

// The attributes up to number Max of a message, or of one that holds others.
template <size_t Max>
class Attributes {
 public:
  Attributes() = default;
  // As libnl's nla_parse(): the last of one type counts, and what comes after a length that cannot be does
  // not.
  Attributes(const void* head, size_t size) {
    const char* at = static_cast<const char*>(head);
    nlattr attribute{};
    while (size >= sizeof attribute) {
      memcpy(&attribute, at, sizeof attribute);
      if (attribute.nla_len < sizeof attribute || attribute.nla_len > size) return;
      size_t type = attribute.nla_type & NLA_TYPE_MASK;
      if (type <= Max) at_[type] = reinterpret_cast<const nlattr*>(at);
      size_t step = NLA_ALIGN(attribute.nla_len);
      if (step > size) return;
      at += step;
      size -= step;
    }
  }
  explicit Attributes(const nlattr* nest) {
    if (nest) *this = Attributes(nla_data(nest), static_cast<size_t>(nla_len(nest)));
  }
  template <class Header>
  static Attributes behind(const nlmsghdr& message) {
    constexpr size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Header));
    if (message.nlmsg_len < offset) return {};
    return {reinterpret_cast<const char*>(&message) + offset, message.nlmsg_len - offset};
  }

  const nlattr* operator[](size_t type) const { return at_[type]; }
  // For tables of attribute numbers.
  const nlattr* find(size_t type) const { return type <= Max ? at_[type] : nullptr; }

 private:
  std::array<const nlattr*, Max + 1> at_{};
};

template <class T>
std::optional<T> get(const nlattr* attribute) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (!attribute || nla_len(attribute) < static_cast<int>(sizeof(T))) return std::nullopt;
  T out;
  memcpy(&out, nla_data(attribute), sizeof out);
  return out;
}

// Up to the first end mark, or all of it.
inline std::string_view get_text(const nlattr* attribute) {
  if (!attribute) return {};
  const char* text = static_cast<const char*>(nla_data(attribute));
  return {text, strnlen(text, static_cast<size_t>(nla_len(attribute)))};
}

inline Ip get_ip(const nlattr* attribute, Family family) {
  Ip ip{family, {}};
  if (!attribute || nla_len(attribute) < static_cast<int>(ip.size())) return {};
  memcpy(ip.bytes.data(), nla_data(attribute), ip.size());
  return ip;
}

// Only Ethernet-sized addresses: a tunnel's is 4 or 16 bytes, InfiniBand's 20.
inline std::optional<Mac> get_mac(const nlattr* attribute) {
  return attribute && nla_len(attribute) == 6 ? get<Mac>(attribute) : std::nullopt;
}

// f(attribute) for each attribute within `nest`.
template <class F>
void for_each(const nlattr* nest, F&& f) {
  if (!nest) return;
  int left = nla_len(nest);
  for (auto* at = static_cast<nlattr*>(nla_data(nest)); nla_ok(at, left); at = nla_next(at, &left)) f(at);
}

// f(message) for each message of a datagram.
template <class F>
void for_each_message(std::span<const uint8_t> datagram, F&& f) {
  size_t offset = 0;
  while (datagram.size() - offset >= sizeof(nlmsghdr)) {
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data() + offset);
    if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > datagram.size() - offset) return;
    f(*message);
    size_t step = NLMSG_ALIGN(message->nlmsg_len);
    if (step > datagram.size() - offset) return;
    offset += step;
  }
}

constexpr Family family_of(uint8_t af) {
  return af == AF_INET ? Family::ipv4 : af == AF_INET6 ? Family::ipv6 : Family::none;
}
constexpr uint8_t af_of(Family family) {
  return family == Family::ipv4 ? AF_INET : family == Family::ipv6 ? AF_INET6 : AF_UNSPEC;
}

}  // namespace netcfg::nl
