// The small value types that fields are made of. Each has one text form: parse() takes it, to_string()
// gives it back, and parse(to_string(x)) == x.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netcfg {

// An interface's name as the kernel takes it (dev_valid_name() in net/core/dev.c): 1 to 15 bytes, not
// "." or "..", without '/', ':' and white space. Empty means "none".
struct IfName {
  std::array<char, 16> bytes{};

  IfName() = default;
  // Longer text is cut at 15 bytes; check valid() before on what a user wrote.
  IfName(std::string_view text) {
    memcpy(bytes.data(), text.data(), text.size() < 15 ? text.size() : 15);
  }                                                             // NOLINT
  IfName(const char* text) : IfName(std::string_view(text)) {}  // NOLINT

  std::string_view view() const { return {bytes.data(), strnlen(bytes.data(), 15)}; }
  bool empty() const { return bytes[0] == '\0'; }
  std::strong_ordering operator<=>(const IfName& other) const {
    return memcmp(bytes.data(), other.bytes.data(), 16) <=> 0;
  }
  bool operator==(const IfName& other) const { return memcmp(bytes.data(), other.bytes.data(), 16) == 0; }

  // What is wrong with `text` as a name; empty when nothing is.
  static std::string_view problem(std::string_view text);
};

struct Mac {
  std::array<uint8_t, 6> bytes{};
  auto operator<=>(const Mac&) const = default;
};

// "0x100/0xff00"; without a mask all bits count.
struct Mark {
  uint32_t value = 0;
  uint32_t mask = 0xffffffff;
  auto operator<=>(const Mark&) const = default;
};

// "1000-2000" or "873".
struct Span {
  uint32_t first = 0;
  uint32_t last = 0;
  auto operator<=>(const Span&) const = default;
};

// A set of VLAN ids (1 to 4094) as sorted, disjoint, not adjacent ranges; item text "10" or "20-30".
struct VidSet {
  std::vector<Span> ranges;
  bool operator==(const VidSet&) const = default;
  bool contains(uint32_t vid) const;
  void add(Span range);
};

// One entry of a VLAN's priority map, "FROM:TO" as in iproute2's {ingress,egress}-qos-map.
struct QosEntry {
  uint32_t from = 0;
  uint32_t to = 0;
  auto operator<=>(const QosEntry&) const = default;
};

// parse<T>(text): the value, or nothing when the text is not of T's form.
template <class T>
std::optional<T> parse(std::string_view text);
template <>
std::optional<IfName> parse<IfName>(std::string_view text);
template <>
std::optional<Mac> parse<Mac>(std::string_view text);
template <>
std::optional<Mark> parse<Mark>(std::string_view text);
template <>
std::optional<Span> parse<Span>(std::string_view text);
template <>
std::optional<QosEntry> parse<QosEntry>(std::string_view text);

std::string to_string(const IfName& name);
std::string to_string(const Mac& mac);
std::string to_string(const Mark& mark);
std::string to_string(const Span& span);
std::string to_string(const QosEntry& entry);

// Durations: a whole or decimal number and ns, us, ms, s, m, h or d; "0" needs no unit. In nanoseconds.
std::optional<int64_t> parse_duration(std::string_view text);
// The shortest exact form with one unit: 1500ms, 2m, 0s.
std::string duration_to_string(int64_t nanoseconds);

// Rates as tc(8) writes them: a whole or decimal number and bit, kbit, mbit, gbit, tbit (powers of 1000),
// kibit … (of 1024), or bps, kbps … for bytes. In bytes per second; nothing for what is no whole number of
// those, or more than fits.
std::optional<int64_t> parse_rate(std::string_view text);
// The shortest exact form in bits: 100mbit, 1500kbit, 8bit.
std::string rate_to_string(int64_t bytes_per_second);
// Bytes: a number alone or with k, kb, m, mb, g or gb, which are powers of 1024 as for tc(8).
std::optional<int64_t> parse_size(std::string_view text);

}  // namespace netcfg
