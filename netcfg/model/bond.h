// Bonds: every option of the kernel's bonding driver (drivers/net/bonding/bond_options.c, Linux 6.1).
#pragma once

#include <optional>

#include "netcfg/model/field.h"

namespace netcfg {

enum class BondMode : uint8_t {
  balance_rr,
  active_backup,
  balance_xor,
  broadcast,
  lacp,
  balance_tlb,
  balance_alb
};

struct Bond {
  static constexpr std::string_view kind = "bond";

  std::optional<BondMode> mode;
  std::optional<uint32_t> miimon, updelay, downdelay, peer_notify_delay, arp_interval;
  std::optional<bool> use_carrier;
  std::optional<std::vector<Ip>> arp_ip_target, ns_ip6_target;
  std::optional<uint8_t> arp_validate, arp_all_targets, missed_max, primary_reselect, fail_over_mac;
  std::optional<uint8_t> xmit_hash_policy, resend_igmp, num_peer_notif, lacp_rate, ad_select;
  std::optional<IfName> primary, active_slave;
  std::optional<bool> all_slaves_active, tlb_dynamic_lb, lacp_active;
  std::optional<uint32_t> min_links, lp_interval, packets_per_slave;
  std::optional<uint16_t> ad_actor_sys_prio, ad_user_port_key;
  std::optional<Mac> ad_actor_system;

  bool operator==(const Bond&) const = default;
};

inline constexpr Choice kBondModes[] = {{"balance-rr", 0}, {"active-backup", 1}, {"balance-xor", 2},
                                        {"broadcast", 3},  {"802.3ad", 4},       {"balance-tlb", 5},
                                        {"balance-alb", 6}};
inline constexpr Choice kArpValidate[] = {{"none", 0},         {"active", 1}, {"backup", 2},
                                          {"all", 3},          {"filter", 4}, {"filter-active", 5},
                                          {"filter-backup", 6}};
inline constexpr Choice kArpAllTargets[] = {{"any", 0}, {"all", 1}};
inline constexpr Choice kPrimaryReselect[] = {{"always", 0}, {"better", 1}, {"failure", 2}};
inline constexpr Choice kFailOverMac[] = {{"none", 0}, {"active", 1}, {"follow", 2}};
inline constexpr Choice kXmitHashPolicy[] = {{"layer2", 0},   {"layer3+4", 1}, {"layer2+3", 2},
                                             {"encap2+3", 3}, {"encap3+4", 4}, {"vlan+srcmac", 5}};
inline constexpr Choice kLacpRate[] = {{"slow", 0}, {"fast", 1}};
inline constexpr Choice kAdSelect[] = {{"stable", 0}, {"bandwidth", 1}, {"count", 2}};

inline constexpr Field kBondFields[] = {
    choice<&Bond::mode>("mode", "how frames are spread over the members", kBondModes, "balance-rr")
        .as(Mutability::down_empty),
    choice<&Bond::fail_over_mac>("fail-over-mac", "which MAC address active-backup uses", kFailOverMac,
                                 "none")
        .as(Mutability::empty),
    duration<&Bond::miimon>("miimon", "interval of link monitoring; 0 turns it off", kMillisecond, {0, kInt},
                            "0s"),
    duration<&Bond::updelay>("updelay",
                             "wait before a member whose link came up is used; a multiple of miimon",
                             kMillisecond, {0, kInt}, "0s"),
    duration<&Bond::downdelay>("downdelay",
                               "wait before a member whose link went down is dropped; a multiple of miimon",
                               kMillisecond, {0, kInt}, "0s"),
    duration<&Bond::peer_notify_delay>("peer-notify-delay",
                                       "time between peer notifications after a failover", kMillisecond,
                                       {0, kInt}, "0s")
        .iproute("peer_notify_delay"),
    boolean<&Bond::use_carrier>("use-carrier", "miimon asks the carrier state (true) or MII/ethtool ioctls",
                                "true"),
    duration<&Bond::arp_interval>("arp-interval", "interval of ARP monitoring; excludes miimon", kMillisecond,
                                  {0, kInt}, "0s"),
    other<&Bond::arp_ip_target>(Type::ips, "arp-ip-target",
                                "up to 16 IPv4 addresses that ARP monitoring asks", {0, 16}, "[]"),
    other<&Bond::ns_ip6_target>(Type::ips, "ns-ip6-target",
                                "up to 16 IPv6 addresses that ND monitoring asks (5.19+)", {0, 16}, "[]"),
    choice<&Bond::arp_validate>("arp-validate", "which members' ARP traffic is checked", kArpValidate,
                                "none"),
    choice<&Bond::arp_all_targets>("arp-all-targets", "whether any or all targets must answer",
                                   kArpAllTargets, "any"),
    integer<&Bond::missed_max>("missed-max", "ARP intervals that may fail before a member is down", {1, 255},
                               "2")
        .iproute("arp_missed_max"),
    choice<&Bond::primary_reselect>("primary-reselect", "when the primary becomes active again",
                                    kPrimaryReselect, "always"),
    choice<&Bond::xmit_hash_policy>("xmit-hash-policy", "what chooses the member for a frame",
                                    kXmitHashPolicy, "layer2"),
    integer<&Bond::resend_igmp>("resend-igmp", "IGMP reports sent after a failover", {0, 255}, "1"),
    integer<&Bond::num_peer_notif>("num-peer-notif", "gratuitous ARPs and NAs sent after a failover",
                                   {0, 255}, "1"),
    boolean<&Bond::all_slaves_active>("all-slaves-active", "deliver duplicate frames from inactive members",
                                      "false"),
    integer<&Bond::min_links>("min-links", "members with carrier that the bond needs for its own", {0, kInt},
                              "0"),
    duration<&Bond::lp_interval>("lp-interval", "interval of learning packets in balance-tlb and balance-alb",
                                 kSecond, {1, kInt}, "1s"),
    integer<&Bond::packets_per_slave>(
        "packets-per-slave", "packets sent by one member in balance-rr; 0 is random", {0, 65535}, "1"),
    boolean<&Bond::tlb_dynamic_lb>("tlb-dynamic-lb", "spread flows by load in balance-tlb", "true")
        .as(Mutability::down),
    choice<&Bond::lacp_rate>("lacp-rate", "how often the partner is asked to send LACPDUs", kLacpRate, "slow")
        .as(Mutability::down),
    boolean<&Bond::lacp_active>("lacp-active", "send LACPDUs without being asked (5.15+)", "true")
        .as(Mutability::down),
    choice<&Bond::ad_select>("ad-select", "how the active aggregator is chosen", kAdSelect, "stable")
        .as(Mutability::down),
    integer<&Bond::ad_actor_sys_prio>("ad-actor-sys-prio", "LACP system priority", {1, 65535}, "65535"),
    integer<&Bond::ad_user_port_key>("ad-user-port-key", "upper 10 bits of the LACP port key", {0, 1023}, "0")
        .as(Mutability::down),
    other<&Bond::ad_actor_system>(Type::mac, "ad-actor-system",
                                  "MAC address of the LACP system; zero is the bond's own", {},
                                  "00:00:00:00:00:00"),
    other<&Bond::primary>(Type::link, "primary", "the member that is preferred"),
    other<&Bond::active_slave>(Type::link, "active-slave",
                               "the member that is active now; set while the bond is up"),
};

struct BondPort {
  std::optional<int32_t> prio;
  std::optional<uint16_t> queue_id;
  bool operator==(const BondPort&) const = default;
};

inline constexpr Field kBondPortFields[] = {
    integer<&BondPort::prio>("prio",
                             "preference in active-backup, balance-tlb and balance-alb (6.0+); higher wins",
                             {INT32_MIN, INT32_MAX}, "0"),
    integer<&BondPort::queue_id>("queue-id", "transmit queue of this member; unique unless 0", {0, 65535},
                                 "0"),
};

// Which modes have an option, where not all do (unsuppmodes in bond_options.c); a bit per mode number.
struct BondOptionModes {
  std::string_view option;
  uint8_t modes;
};
constexpr uint8_t mode_bit(BondMode mode) {
  return static_cast<uint8_t>(1U << static_cast<unsigned>(mode));
}
inline constexpr uint8_t kArpModes = mode_bit(BondMode::balance_rr) | mode_bit(BondMode::active_backup) |
                                     mode_bit(BondMode::balance_xor) | mode_bit(BondMode::broadcast);
inline constexpr uint8_t kPrimaryModes =
    mode_bit(BondMode::active_backup) | mode_bit(BondMode::balance_tlb) | mode_bit(BondMode::balance_alb);
inline constexpr uint8_t kTlbModes = mode_bit(BondMode::balance_tlb) | mode_bit(BondMode::balance_alb);
inline constexpr uint8_t kLacpModes = mode_bit(BondMode::lacp);
inline constexpr BondOptionModes kBondOptionModes[] = {
    {"arp-interval", kArpModes},
    {"arp-validate", kArpModes},
    {"missed-max", kArpModes},
    {"arp-ip-target", kArpModes},
    {"ns-ip6-target", kArpModes},
    {"arp-all-targets", kArpModes},
    {"primary", kPrimaryModes},
    {"active-slave", kPrimaryModes},
    {"primary-reselect", kPrimaryModes},
    {"prio", kPrimaryModes},
    {"packets-per-slave", mode_bit(BondMode::balance_rr)},
    {"lp-interval", kTlbModes},
    {"tlb-dynamic-lb", kTlbModes},
    {"lacp-rate", kLacpModes},
    {"lacp-active", kLacpModes},
    {"ad-select", kLacpModes},
    {"ad-actor-sys-prio", kLacpModes},
    {"ad-user-port-key", kLacpModes},
    {"ad-actor-system", kLacpModes},
};
constexpr bool mode_has(BondMode mode, std::string_view option) {
  for (const auto& row : kBondOptionModes)
    if (row.option == option) return (row.modes & mode_bit(mode)) != 0;
  return true;
}

}  // namespace netcfg
