#include "netcfg/kernel/link_attrs.h"

#include <linux/if_link.h>

#include "netcfg/model/link.h"

namespace netcfg::nl {
namespace {

using enum Wire;

constexpr LinkAttr kLinkAttrs[] = {
    {"state"},
    {"mtu", IFLA_MTU, u32},
    {"mac", IFLA_ADDRESS, mac},
    {"description"},
    {"altnames"},
    {"txqueuelen", IFLA_TXQLEN, u32},
    {"group", IFLA_GROUP, u32},
    {"arp"},
    {"multicast"},
    {"allmulticast"},
    {"token"},
    {"master"},
};
static_assert(covers(kLinkAttrs, kLinkFields));

constexpr LinkAttr kBondAttrs[] = {
    {"mode", IFLA_BOND_MODE, u8},
    {"fail-over-mac", IFLA_BOND_FAIL_OVER_MAC, u8},
    {"miimon", IFLA_BOND_MIIMON, u32},
    {"updelay", IFLA_BOND_UPDELAY, u32},
    {"downdelay", IFLA_BOND_DOWNDELAY, u32},
    {"peer-notify-delay", IFLA_BOND_PEER_NOTIF_DELAY, u32},
    {"use-carrier", IFLA_BOND_USE_CARRIER, u8},
    {"arp-interval", IFLA_BOND_ARP_INTERVAL, u32},
    {"arp-ip-target", IFLA_BOND_ARP_IP_TARGET, custom},
    {"ns-ip6-target", IFLA_BOND_NS_IP6_TARGET, custom},
    {"arp-validate", IFLA_BOND_ARP_VALIDATE, u32},
    {"arp-all-targets", IFLA_BOND_ARP_ALL_TARGETS, u32},
    {"missed-max", IFLA_BOND_MISSED_MAX, u8},
    {"primary-reselect", IFLA_BOND_PRIMARY_RESELECT, u8},
    {"xmit-hash-policy", IFLA_BOND_XMIT_HASH_POLICY, u8},
    {"resend-igmp", IFLA_BOND_RESEND_IGMP, u32},
    {"num-peer-notif", IFLA_BOND_NUM_PEER_NOTIF, u8},
    {"all-slaves-active", IFLA_BOND_ALL_SLAVES_ACTIVE, u8},
    {"min-links", IFLA_BOND_MIN_LINKS, u32},
    {"lp-interval", IFLA_BOND_LP_INTERVAL, u32},
    {"packets-per-slave", IFLA_BOND_PACKETS_PER_SLAVE, u32},
    {"tlb-dynamic-lb", IFLA_BOND_TLB_DYNAMIC_LB, u8},
    {"lacp-rate", IFLA_BOND_AD_LACP_RATE, u8},
    {"lacp-active", IFLA_BOND_AD_LACP_ACTIVE, u8},
    {"ad-select", IFLA_BOND_AD_SELECT, u8},
    {"ad-actor-sys-prio", IFLA_BOND_AD_ACTOR_SYS_PRIO, u16},
    {"ad-user-port-key", IFLA_BOND_AD_USER_PORT_KEY, u16},
    {"ad-actor-system", IFLA_BOND_AD_ACTOR_SYSTEM, mac},
    {"primary", IFLA_BOND_PRIMARY, ifindex},
    {"active-slave", IFLA_BOND_ACTIVE_SLAVE, ifindex},
};
static_assert(covers(kBondAttrs, kBondFields));

constexpr LinkAttr kBridgeAttrs[] = {
    {"stp", IFLA_BR_STP_STATE, u32},
    {"priority", IFLA_BR_PRIORITY, u16},
    {"forward-delay", IFLA_BR_FORWARD_DELAY, u32},
    {"hello-time", IFLA_BR_HELLO_TIME, u32},
    {"max-age", IFLA_BR_MAX_AGE, u32},
    {"ageing-time", IFLA_BR_AGEING_TIME, u32},
    {"group-fwd-mask", IFLA_BR_GROUP_FWD_MASK, u16},
    {"group-address", IFLA_BR_GROUP_ADDR, mac},
    {"vlan-protocol", IFLA_BR_VLAN_PROTOCOL, be16},
    {"default-pvid", IFLA_BR_VLAN_DEFAULT_PVID, u16},
    {"vlan-filtering", IFLA_BR_VLAN_FILTERING, u8},
    {"vlan-stats", IFLA_BR_VLAN_STATS_ENABLED, u8},
    {"vlan-stats-per-port", IFLA_BR_VLAN_STATS_PER_PORT, u8},
    {"vlans"},
    {"untagged"},
    {"mcast-router", IFLA_BR_MCAST_ROUTER, u8},
    {"mcast-snooping", IFLA_BR_MCAST_SNOOPING, u8},
    {"mcast-vlan-snooping", IFLA_BR_MULTI_BOOLOPT, custom},
    {"mcast-query-use-ifaddr", IFLA_BR_MCAST_QUERY_USE_IFADDR, u8},
    {"mcast-querier", IFLA_BR_MCAST_QUERIER, u8},
    {"mcast-stats", IFLA_BR_MCAST_STATS_ENABLED, u8},
    {"mcast-igmp-version", IFLA_BR_MCAST_IGMP_VERSION, u8},
    {"mcast-mld-version", IFLA_BR_MCAST_MLD_VERSION, u8},
    {"mcast-hash-max", IFLA_BR_MCAST_HASH_MAX, u32},
    {"mcast-last-member-count", IFLA_BR_MCAST_LAST_MEMBER_CNT, u32},
    {"mcast-startup-query-count", IFLA_BR_MCAST_STARTUP_QUERY_CNT, u32},
    {"mcast-last-member-interval", IFLA_BR_MCAST_LAST_MEMBER_INTVL, u64},
    {"mcast-membership-interval", IFLA_BR_MCAST_MEMBERSHIP_INTVL, u64},
    {"mcast-querier-interval", IFLA_BR_MCAST_QUERIER_INTVL, u64},
    {"mcast-query-interval", IFLA_BR_MCAST_QUERY_INTVL, u64},
    {"mcast-query-response-interval", IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, u64},
    {"mcast-startup-query-interval", IFLA_BR_MCAST_STARTUP_QUERY_INTVL, u64},
    {"nf-call-iptables", IFLA_BR_NF_CALL_IPTABLES, u8},
    {"nf-call-ip6tables", IFLA_BR_NF_CALL_IP6TABLES, u8},
    {"nf-call-arptables", IFLA_BR_NF_CALL_ARPTABLES, u8},
    {"no-linklocal-learn", IFLA_BR_MULTI_BOOLOPT, custom},
};
static_assert(covers(kBridgeAttrs, kBridgeFields));

constexpr LinkAttr kVlanAttrs[] = {
    {"parent", 0, parent},
    {"id", IFLA_VLAN_ID, u16},
    {"protocol", IFLA_VLAN_PROTOCOL, be16},
    {"reorder-hdr", IFLA_VLAN_FLAGS, custom},
    {"gvrp", IFLA_VLAN_FLAGS, custom},
    {"mvrp", IFLA_VLAN_FLAGS, custom},
    {"loose-binding", IFLA_VLAN_FLAGS, custom},
    {"bridge-binding", IFLA_VLAN_FLAGS, custom},
    {"ingress-qos-map", IFLA_VLAN_INGRESS_QOS, custom},
    {"egress-qos-map", IFLA_VLAN_EGRESS_QOS, custom},
};
static_assert(covers(kVlanAttrs, kVlanFields));

constexpr LinkAttr kVrfAttrs[] = {
    {"table", IFLA_VRF_TABLE, u32},
};
static_assert(covers(kVrfAttrs, kVrfFields));

constexpr LinkAttr kVethAttrs[] = {
    {"peer"},
};
static_assert(covers(kVethAttrs, kVethFields));

constexpr LinkAttr kVxlanAttrs[] = {
    {"id", IFLA_VXLAN_ID, u32},
    {"parent", IFLA_VXLAN_LINK, ifindex},
    {"local", IFLA_VXLAN_LOCAL, custom},   // or LOCAL6
    {"remote", IFLA_VXLAN_GROUP, custom},  // or GROUP6
    {"port", IFLA_VXLAN_PORT, be16},
    {"source-port", IFLA_VXLAN_PORT_RANGE, custom},
    {"ttl", IFLA_VXLAN_TTL, u8},
    {"tos", IFLA_VXLAN_TOS, u8},
    {"df", IFLA_VXLAN_DF, u8},
    {"learning", IFLA_VXLAN_LEARNING, u8},
    {"ageing", IFLA_VXLAN_AGEING, u32},
    {"limit", IFLA_VXLAN_LIMIT, u32},
    {"proxy", IFLA_VXLAN_PROXY, u8},
    {"rsc", IFLA_VXLAN_RSC, u8},
    {"l2miss", IFLA_VXLAN_L2MISS, u8},
    {"l3miss", IFLA_VXLAN_L3MISS, u8},
    {"udp-csum", IFLA_VXLAN_UDP_CSUM, u8},
    {"udp6-zero-csum-tx", IFLA_VXLAN_UDP_ZERO_CSUM6_TX, u8},
    {"udp6-zero-csum-rx", IFLA_VXLAN_UDP_ZERO_CSUM6_RX, u8},
    {"gbp", IFLA_VXLAN_GBP, custom},
    {"external", IFLA_VXLAN_COLLECT_METADATA, u8},
};
static_assert(covers(kVxlanAttrs, kVxlanFields));

constexpr LinkAttr kMacvlanAttrs[] = {
    {"parent", 0, parent},
    {"mode", IFLA_MACVLAN_MODE, u32},
    {"nopromisc", IFLA_MACVLAN_FLAGS, custom},
    {"bc-queue-len", IFLA_MACVLAN_BC_QUEUE_LEN, u32},
};
static_assert(covers(kMacvlanAttrs, kMacvlanFields));

constexpr LinkAttr kIpvlanAttrs[] = {
    {"parent", 0, parent},
    {"mode", IFLA_IPVLAN_MODE, u16},
    {"isolation", IFLA_IPVLAN_FLAGS, u16},
};
static_assert(covers(kIpvlanAttrs, kIpvlanFields));

constexpr LinkAttr kBondPortAttrs[] = {
    {"prio", IFLA_BOND_SLAVE_PRIO, s32},
    {"queue-id", IFLA_BOND_SLAVE_QUEUE_ID, u16},
};
static_assert(covers(kBondPortAttrs, kBondPortFields));

constexpr LinkAttr kBridgePortAttrs[] = {
    {"priority", IFLA_BRPORT_PRIORITY, u16},
    {"cost", IFLA_BRPORT_COST, u32},
    {"hairpin", IFLA_BRPORT_MODE, u8},
    {"guard", IFLA_BRPORT_GUARD, u8},
    {"root-block", IFLA_BRPORT_PROTECT, u8},
    {"fast-leave", IFLA_BRPORT_FAST_LEAVE, u8},
    {"learning", IFLA_BRPORT_LEARNING, u8},
    {"flood", IFLA_BRPORT_UNICAST_FLOOD, u8},
    {"mcast-flood", IFLA_BRPORT_MCAST_FLOOD, u8},
    {"bcast-flood", IFLA_BRPORT_BCAST_FLOOD, u8},
    {"proxy-arp", IFLA_BRPORT_PROXYARP, u8},
    {"proxy-arp-wifi", IFLA_BRPORT_PROXYARP_WIFI, u8},
    {"mcast-router", IFLA_BRPORT_MULTICAST_ROUTER, u8},
    {"mcast-to-unicast", IFLA_BRPORT_MCAST_TO_UCAST, u8},
    {"group-fwd-mask", IFLA_BRPORT_GROUP_FWD_MASK, u16},
    {"neigh-suppress", IFLA_BRPORT_NEIGH_SUPPRESS, u8},
    {"isolated", IFLA_BRPORT_ISOLATED, u8},
    {"vlan-tunnel", IFLA_BRPORT_VLAN_TUNNEL, u8},
    {"locked", IFLA_BRPORT_LOCKED, u8},
    {"mcast-eht-hosts-limit", IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, u32},
    {"backup-port", IFLA_BRPORT_BACKUP_PORT, ifindex},
    {"pvid"},
    {"vlans"},
    {"untagged"},
};
static_assert(covers(kBridgePortAttrs, kBridgePortFields));

template <class T>
LinkAttrs attrs_for() {
  if constexpr (std::is_same_v<T, Bond>)
    return kBondAttrs;
  else if constexpr (std::is_same_v<T, Bridge>)
    return kBridgeAttrs;
  else if constexpr (std::is_same_v<T, Vlan>)
    return kVlanAttrs;
  else if constexpr (std::is_same_v<T, Vrf>)
    return kVrfAttrs;
  else if constexpr (std::is_same_v<T, Veth>)
    return kVethAttrs;
  else if constexpr (std::is_same_v<T, Vxlan>)
    return kVxlanAttrs;
  else if constexpr (std::is_same_v<T, Macvlan> || std::is_same_v<T, Macvtap>)
    return kMacvlanAttrs;
  else if constexpr (std::is_same_v<T, Ipvlan>)
    return kIpvlanAttrs;
  else if constexpr (std::is_same_v<T, BondPort>)
    return kBondPortAttrs;
  else if constexpr (std::is_same_v<T, BridgePort>)
    return kBridgePortAttrs;
  else
    static_assert(fields_of<T>().empty(), "a kind with fields needs a table of attributes");
  return {};
}

}  // namespace

LinkAttrs link_attrs() {
  return kLinkAttrs;
}

LinkAttrs attrs_of(const LinkKind& kind) {
  return std::visit([](const auto& k) { return attrs_for<std::remove_cvref_t<decltype(k)>>(); }, kind);
}

LinkAttrs attrs_of(const PortKind& port) {
  return std::visit([](const auto& p) { return attrs_for<std::remove_cvref_t<decltype(p)>>(); }, port);
}

}  // namespace netcfg::nl
