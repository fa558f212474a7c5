// Policy rules with every selector of fib_rules.h (FRA_*, Linux 6.1). All of a rule but its tag is its
// identity: rules are made and deleted, never changed.
#pragma once

#include <optional>
#include <tuple>

#include "netcfg/base/diagnostics.h"
#include "netcfg/model/field.h"

namespace netcfg {

// FR_ACT_* of fib_rules.h
enum class RuleAction : uint8_t {
  lookup = 1,
  goto_ = 2,
  nop = 3,
  blackhole = 6,
  unreachable = 7,
  prohibit = 8
};
inline constexpr Choice kRuleActions[] = {{"lookup", 1},    {"goto", 2},        {"nop", 3},
                                          {"blackhole", 6}, {"unreachable", 7}, {"prohibit", 8}};
inline constexpr Choice kIpProtocols[] = {{"icmp", 1},    {"igmp", 2},   {"tcp", 6},      {"udp", 17},
                                          {"dccp", 33},   {"gre", 47},   {"esp", 50},     {"ah", 51},
                                          {"icmpv6", 58}, {"sctp", 132}, {"udplite", 136}};

struct Rule {
  Family family = Family::ipv4;
  uint32_t priority = 0;
  std::optional<bool> invert;  // "not"
  std::optional<Prefix> from, to;
  std::optional<IfName> iif, oif;
  std::optional<Mark> fwmark;
  std::optional<uint8_t> tos, ip_proto;
  std::optional<Span> sport, dport, uid_range;
  std::optional<uint64_t> tun_id;
  std::optional<bool> l3mdev;
  std::optional<uint32_t> table;  // of `lookup`
  std::optional<uint32_t> goto_priority;
  std::optional<int32_t> suppress_prefix_length;
  std::optional<int32_t> suppress_group;
  std::optional<RuleAction> action;  // always set in a State
  uint8_t protocol = 78;             // FRA_PROTOCOL; does not count in ==
  uint32_t order = 0;  // live: place in the kernel's list, which decides among one priority; not in ==
  Place origin;

  auto key() const {
    return std::tie(family, priority, invert, from, to, iif, oif, fwmark, tos, ip_proto, sport, dport,
                    uid_range, tun_id, l3mdev, table, goto_priority, suppress_prefix_length, suppress_group,
                    action);
  }
  bool operator==(const Rule& o) const { return key() == o.key(); }
};

// `family`, `priority`, `table`, `goto` and `action` are read by hand: their forms depend on each other.
inline constexpr Field kRuleFields[] = {
    boolean<&Rule::invert>("not", "the rule applies where its selectors do not match", "false"),
    other<&Rule::from>(Type::prefix, "from", "source prefix"),
    other<&Rule::to>(Type::prefix, "to", "destination prefix"),
    other<&Rule::iif>(Type::link, "iif", "incoming interface; lo for packets of this host"),
    other<&Rule::oif>(Type::link, "oif", "outgoing interface that a socket is bound to"),
    other<&Rule::fwmark>(Type::mark, "fwmark", "packet mark, VALUE/MASK"),
    integer<&Rule::tos>("tos", "type of service", {0, 255}),
    choice<&Rule::ip_proto>("ip-proto", "IP protocol, by name or number", kIpProtocols)
        .within({1, 255})
        .iproute("ipproto"),
    other<&Rule::sport>(Type::span, "sport", "source port or range", {1, 65535}),
    other<&Rule::dport>(Type::span, "dport", "destination port or range", {1, 65535}),
    other<&Rule::uid_range>(Type::span, "uid-range", "user id or range", {0, kU32 - 1}).iproute("uidrange"),
    integer<&Rule::tun_id>("tun-id", "tunnel key", {1, INT64_MAX}).iproute("tun_id"),
    boolean<&Rule::l3mdev>("l3mdev", "look up in the table of the packet's VRF", "false"),
    integer<&Rule::suppress_prefix_length>("suppress-prefix-length",
                                           "ignore routes of this prefix length or shorter", {0, 128})
        .iproute("suppress_prefixlength"),
    integer<&Rule::suppress_group>("suppress-group", "ignore routes whose interface is in this group",
                                   {0, kInt})
        .iproute("suppress_ifgroup"),
};

}  // namespace netcfg
