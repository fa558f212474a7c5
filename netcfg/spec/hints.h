// Words that people bring along from other tools, and keys that a later version will know.
#pragma once

#include <string_view>

namespace netcfg {

struct MisplacedKey {
  std::string_view section;
  std::string_view key;
  std::string_view hint;
};

inline constexpr std::string_view kRoutesHint =
    "routes stand at the top level: routes: [{ to: default, via: ADDRESS, dev: NAME }]";
inline constexpr std::string_view kMembersHint = "name the members: members: [eth0, eth1]";
inline constexpr std::string_view kMasterHint =
    "the bond, bridge or vrf names its members: bond0: { bond: { members: [eth0, eth1] } }";

inline constexpr MisplacedKey kMisplacedKeys[] = {
    {"interface", "master", kMasterHint},
    {"interface", "members", kMasterHint},
    {"interface", "slaves", kMasterHint},
    {"interface", "ports", kMasterHint},
    {"interface", "routes", kRoutesHint},
    {"interface", "gateway", kRoutesHint},
    {"interface", "gateway4", kRoutesHint},
    {"interface", "gateway6", kRoutesHint},
    {"interface", "token", "it belongs under ipv6: ipv6: { token: \"::10\" }"},
    {"interface", "accept-ra", "it belongs under ipv6: ipv6: { accept-ra: false }"},
    {"interface", "ip", "write addresses: [192.0.2.10/24]"},
    {"interface", "ipv4", "write addresses: [192.0.2.10/24]"},
    {"interface", "macaddress", "write mac"},
    {"interface", "type", "the kind is a key of its own: vlan: { parent: eth0, id: 100 }"},
    {"bond", "slaves", kMembersHint},
    {"bond", "interfaces", kMembersHint},
    {"bond", "ports", kMembersHint},
    {"bridge", "interfaces", kMembersHint},
    {"bridge", "ports", kMembersHint},
    {"bridge", "slaves", kMembersHint},
    {"vrf", "interfaces", kMembersHint},
    {"vlan", "link", "write parent"},
    {"vlan", "dev", "write parent"},
    {"vxlan", "link", "write parent"},
    {"vxlan", "dev", "write parent"},
    {"vxlan", "vni", "write id"},
    {"vxlan", "dstport", "write port"},
    {"vxlan", "group", "write remote: it may be a multicast group"},
    {"macvlan", "link", "write parent"},
    {"ipvlan", "link", "write parent"},
    {"address", "ip", "write address"},
    {"address", "preferred-lft", "write preferred-lifetime"},
    {"address", "valid-lft", "write valid-lifetime"},
    {"route", "gateway", "write via"},
    {"route", "gw", "write via"},
    {"route", "next-hop", "write via, or next-hops: [{ via: ADDRESS, dev: NAME }]"},
    {"route", "nhid", "write nexthop: ID"},
    {"route", "nexthops", "write next-hops"},
    {"route", "dst", "write to"},
    {"route", "destination", "write to"},
    {"route", "interface", "write dev"},
    {"route", "oif", "write dev"},
    {"route", "from",
     "write src for the preferred source address; to choose a table by source, write a rule"},
    {"route", "weight", "weight belongs to an entry of next-hops"},
    {"route", "priority", "write metric"},
    {"nexthop", "gateway", "write via"},
    {"nexthop", "interface", "write dev"},
    {"nexthop", "members", "write group: { ID: WEIGHT }"},
    {"nexthop", "type", "write group: { ID: WEIGHT }, and resilient: { buckets: 128 } for a resilient one"},
    {"nexthop", "id", "the id is the key: nexthops: { 10: { via: ADDRESS, dev: NAME } }"},
    {"next-hop", "gateway", "write via"},
    {"next-hop", "interface", "write dev"},
    {"rule", "pref", "write priority"},
    {"rule", "preference", "write priority"},
    {"rule", "lookup", "write table"},
    {"rule", "mark", "write fwmark"},
    {"rule", "ipproto", "write ip-proto"},
    {"rule", "protocol", "write ip-proto"},
    {"rule", "uidrange", "write uid-range"},
    {"rule", "type", "write action"},
    {"neighbor", "lladdr", "write mac"},
    {"neighbor", "dev", "neighbours stand under their interface"},
    {"guard", "probe", "write probes: [gateway, ssh]"},
    {"guard", "checks", "write probes: [gateway, ssh]"},
    {"guard", "timeout", "write window; a probe has a timeout of its own"},
    {"probe", "gateway", "write gateway alone, as an entry of the list"},
    {"probe", "ssh", "write ssh alone, as an entry of the list"},
    {"probe", "icmp", "write ping"},
    {"probe", "url", "write http"},
    {"probe", "https", "write tcp: ADDRESS:443, or a command that runs curl"},
    {"probe", "exec", "write command"},
    {"probe", "port", "it belongs to the address: tcp: \"192.0.2.53:53\""},
};

struct UnsupportedKey {
  std::string_view section;
  std::string_view key;
};

inline constexpr UnsupportedKey kUnsupportedKeys[] = {
    {"top", "uplinks"},
    {"top", "nat"},
    {"top", "vrrp"},
    {"top", "virtual-servers"},
    {"top", "load-balancers"},
    {"top", "routing"},
    {"top", "dns"},
    {"interface", "dhcp4"},
    {"interface", "dhcp6"},
    {"interface", "ethtool"},
    {"interface", "qdisc"},
    {"interface", "team"},
    {"interface", "wireguard"},
    {"interface", "gre"},
    {"interface", "gretap"},
    {"interface", "ipip"},
    {"interface", "sit"},
    {"interface", "ip6gre"},
    {"interface", "ip6gretap"},
    {"interface", "ip6tnl"},
    {"interface", "vti"},
    {"interface", "vti6"},
    {"interface", "xfrm"},
    {"interface", "geneve"},
    {"interface", "ipvtap"},
    {"interface", "ifb"},
    {"interface", "tun"},
    {"interface", "sriov"},
};

}  // namespace netcfg
