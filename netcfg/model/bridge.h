// Bridges and their ports (net/bridge/br_netlink.c, Linux 6.1).
#pragma once

#include <optional>

#include "netcfg/model/field.h"

namespace netcfg {

inline constexpr Choice kBridgeVlanProtocols[] = {{"802.1q", 0x8100}, {"802.1ad", 0x88a8}};
inline constexpr Choice kMcastRouter[] = {{"off", 0}, {"auto", 1}, {"on", 2}};

struct Bridge {
  static constexpr std::string_view kind = "bridge";

  std::optional<bool> stp, vlan_filtering, vlan_stats, vlan_stats_per_port;
  std::optional<uint32_t> forward_delay, hello_time, max_age, ageing_time;
  std::optional<uint16_t> priority, vlan_protocol, default_pvid, group_fwd_mask;
  std::optional<Mac> group_address;
  std::optional<VidSet> vlans, untagged;
  std::optional<uint8_t> mcast_router, mcast_igmp_version, mcast_mld_version;
  std::optional<bool> mcast_snooping, mcast_query_use_ifaddr, mcast_querier, mcast_stats;
  std::optional<uint32_t> mcast_hash_max, mcast_last_member_count, mcast_startup_query_count;
  std::optional<uint64_t> mcast_last_member_interval, mcast_membership_interval, mcast_querier_interval;
  std::optional<uint64_t> mcast_query_interval, mcast_query_response_interval, mcast_startup_query_interval;
  std::optional<bool> nf_call_iptables, nf_call_ip6tables, nf_call_arptables;
  std::optional<bool> no_linklocal_learn, mcast_vlan_snooping;

  bool operator==(const Bridge&) const = default;
};

inline constexpr Field kBridgeFields[] = {
    boolean<&Bridge::stp>("stp", "spanning tree (IEEE 802.1D)", "false").iproute("stp_state"),
    integer<&Bridge::priority>("priority", "spanning tree bridge priority", {0, 65535}, "32768"),
    duration<&Bridge::forward_delay>("forward-delay", "time in the listening and learning states",
                                     kCentisecond, {0, 3000}, "15s"),
    duration<&Bridge::hello_time>("hello-time", "interval of spanning tree hellos", kCentisecond, {100, 1000},
                                  "2s"),
    duration<&Bridge::max_age>("max-age", "life of a spanning tree message", kCentisecond, {600, 4000},
                               "20s"),
    duration<&Bridge::ageing_time>("ageing-time", "life of a learnt address; 0 learns nothing", kCentisecond,
                                   {0, 100'000'000}, "300s"),
    integer<&Bridge::group_fwd_mask>("group-fwd-mask", "link-local groups that are forwarded, a bit each",
                                     {0, 0xfff8}, "0"),
    other<&Bridge::group_address>(Type::mac, "group-address", "destination of spanning tree frames", {},
                                  "01:80:c2:00:00:00"),
    choice<&Bridge::vlan_protocol>("vlan-protocol", "the tag that vlan-filtering looks at",
                                   kBridgeVlanProtocols, "802.1q"),
    integer<&Bridge::default_pvid>("default-pvid", "PVID of ports without one; 0 for none", {0, 4094}, "1")
        .iproute("vlan_default_pvid"),
    boolean<&Bridge::vlan_filtering>("vlan-filtering", "keep VLANs apart by the ports' VLAN tables", "false"),
    boolean<&Bridge::vlan_stats>("vlan-stats", "count traffic for each VLAN", "false")
        .iproute("vlan_stats_enabled"),
    boolean<&Bridge::vlan_stats_per_port>("vlan-stats-per-port", "count it for each port; only without ports",
                                          "false")
        .as(Mutability::empty),
    other<&Bridge::vlans>(Type::vids, "vlans", "VLANs that the bridge itself is a member of", {1, 4094}),
    other<&Bridge::untagged>(Type::vids, "untagged",
                             "those of them whose frames reach the bridge without tag", {1, 4094}),
    choice<&Bridge::mcast_router>("mcast-router", "whether a multicast router is behind the bridge",
                                  kMcastRouter, "auto"),
    boolean<&Bridge::mcast_snooping>("mcast-snooping", "IGMP and MLD snooping", "true"),
    boolean<&Bridge::mcast_vlan_snooping>("mcast-vlan-snooping", "snooping for each VLAN", "false"),
    boolean<&Bridge::mcast_query_use_ifaddr>("mcast-query-use-ifaddr", "query from the bridge's own address",
                                             "false"),
    boolean<&Bridge::mcast_querier>("mcast-querier", "send queries", "false"),
    boolean<&Bridge::mcast_stats>("mcast-stats", "count multicast traffic", "false")
        .iproute("mcast_stats_enabled"),
    integer<&Bridge::mcast_igmp_version>("mcast-igmp-version", "IGMP version of queries", {2, 3}, "2"),
    integer<&Bridge::mcast_mld_version>("mcast-mld-version", "MLD version of queries", {1, 2}, "1"),
    integer<&Bridge::mcast_hash_max>("mcast-hash-max", "multicast groups at most; a power of two", {1, kU32},
                                     "4096"),
    integer<&Bridge::mcast_last_member_count>("mcast-last-member-count",
                                              "queries before a left group is dropped", {0, kU32}, "2"),
    integer<&Bridge::mcast_startup_query_count>("mcast-startup-query-count", "queries sent at the start",
                                                {0, kU32}, "2"),
    duration<&Bridge::mcast_last_member_interval>("mcast-last-member-interval", "time between those queries",
                                                  kCentisecond, {0, kInt}, "1s"),
    duration<&Bridge::mcast_membership_interval>("mcast-membership-interval", "life of a membership",
                                                 kCentisecond, {0, kInt}, "260s"),
    duration<&Bridge::mcast_querier_interval>("mcast-querier-interval", "life of another querier",
                                              kCentisecond, {0, kInt}, "255s"),
    duration<&Bridge::mcast_query_interval>("mcast-query-interval", "time between queries", kCentisecond,
                                            {100, kInt}, "125s"),
    duration<&Bridge::mcast_query_response_interval>(
        "mcast-query-response-interval", "time to answer a query", kCentisecond, {0, kInt}, "10s"),
    duration<&Bridge::mcast_startup_query_interval>(
        "mcast-startup-query-interval", "time between first queries", kCentisecond, {100, kInt}, "31250ms"),
    boolean<&Bridge::nf_call_iptables>("nf-call-iptables", "bridged IPv4 passes iptables", "false"),
    boolean<&Bridge::nf_call_ip6tables>("nf-call-ip6tables", "bridged IPv6 passes ip6tables", "false"),
    boolean<&Bridge::nf_call_arptables>("nf-call-arptables", "bridged ARP passes arptables", "false"),
    boolean<&Bridge::no_linklocal_learn>("no-linklocal-learn", "do not learn from link-local frames",
                                         "false"),
};

struct BridgePort {
  std::optional<uint16_t> priority, group_fwd_mask, pvid;
  std::optional<uint32_t> cost, mcast_eht_hosts_limit;
  std::optional<bool> hairpin, guard, root_block, fast_leave, learning, flood, mcast_flood, bcast_flood;
  std::optional<bool> proxy_arp, proxy_arp_wifi, mcast_to_unicast, neigh_suppress, isolated, vlan_tunnel,
      locked;
  std::optional<uint8_t> mcast_router;
  std::optional<IfName> backup_port;
  std::optional<VidSet> vlans, untagged;
  bool operator==(const BridgePort&) const = default;
};

inline constexpr Field kBridgePortFields[] = {
    integer<&BridgePort::priority>("priority", "spanning tree port priority", {0, 63}, "32"),
    integer<&BridgePort::cost>("cost", "spanning tree path cost", {1, 65535}),
    boolean<&BridgePort::hairpin>("hairpin", "frames may leave by the port they came in by", "false"),
    boolean<&BridgePort::guard>("guard", "drop spanning tree messages (BPDU guard)", "false"),
    boolean<&BridgePort::root_block>("root-block", "never become the root port", "false"),
    boolean<&BridgePort::fast_leave>("fast-leave", "drop a group at the first leave", "false")
        .iproute("fastleave"),
    boolean<&BridgePort::learning>("learning", "learn source addresses", "true"),
    boolean<&BridgePort::flood>("flood", "flood unknown unicast", "true"),
    boolean<&BridgePort::mcast_flood>("mcast-flood", "flood multicast", "true"),
    boolean<&BridgePort::bcast_flood>("bcast-flood", "flood broadcast", "true"),
    boolean<&BridgePort::proxy_arp>("proxy-arp", "answer ARP for the others", "false"),
    boolean<&BridgePort::proxy_arp_wifi>("proxy-arp-wifi", "the same for IEEE 802.11 stations", "false"),
    choice<&BridgePort::mcast_router>("mcast-router", "whether a multicast router is behind the port",
                                      kMcastRouter, "auto"),
    boolean<&BridgePort::mcast_to_unicast>("mcast-to-unicast", "send multicast as unicast", "false"),
    integer<&BridgePort::group_fwd_mask>("group-fwd-mask", "link-local groups that are forwarded, a bit each",
                                         {0, 65535}, "0"),
    boolean<&BridgePort::neigh_suppress>("neigh-suppress", "answer ARP and ND for known neighbours", "false"),
    boolean<&BridgePort::isolated>("isolated", "no traffic with other isolated ports", "false"),
    boolean<&BridgePort::vlan_tunnel>("vlan-tunnel", "map VLANs to tunnel ids", "false"),
    boolean<&BridgePort::locked>("locked", "drop frames of unknown sources (5.18+)", "false"),
    integer<&BridgePort::mcast_eht_hosts_limit>("mcast-eht-hosts-limit", "tracked hosts at most", {1, kInt},
                                                "512"),
    other<&BridgePort::backup_port>(Type::link, "backup-port", "the port that takes over without carrier"),
    integer<&BridgePort::pvid>("pvid", "VLAN of frames without tag, sent without tag; 0 for none", {0, 4094}),
    other<&BridgePort::vlans>(Type::vids, "vlans", "VLANs of this port", {1, 4094}),
    other<&BridgePort::untagged>(Type::vids, "untagged",
                                 "those of them that leave without tag, besides the PVID", {1, 4094}),
};

}  // namespace netcfg
