#include "netcfg/kernel/link_custom.h"

#include <arpa/inet.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include <algorithm>

namespace netcfg::nl {
namespace {

// Whether a field of the kind is to be written.
class Wanted {
 public:
  Wanted(Fields fields, const Rows& rows) : fields_(fields), rows_(rows) {}
  bool operator()(std::string_view name) const { return rows_[row_of(fields_, name)]; }

 private:
  Fields fields_;
  const Rows& rows_;
};

template <class T>
struct NoHook {
  static void put(Message&, const T*, const T&, const Wanted&) {}
  static void get(T&, const KindAttributes&) {}
};

// A flag word that is written together with a mask of the bits that count.
struct FlagWord {
  uint32_t value = 0;
  uint32_t mask = 0;
  void add(bool wanted, std::optional<bool> field, uint32_t bit) {
    if (!wanted || !field) return;
    mask |= bit;
    if (*field) value |= bit;
  }
};

template <class T>
struct Hook : NoHook<T> {};

template <>
struct Hook<Bond> {
  // The kernel drops all targets first, then adds those that are given (bond_changelink() in
  // drivers/net/bonding/bond_netlink.c).
  static void put_targets(Message& m, uint16_t type, const std::vector<Ip>& targets) {
    Nest nest(m, type);
    for (size_t i = 0; i < targets.size(); ++i) m.put_ip(static_cast<uint16_t>(i), targets[i]);
  }
  static void put(Message& m, const Bond*, const Bond& after, const Wanted& wanted) {
    if (wanted("arp-ip-target")) put_targets(m, IFLA_BOND_ARP_IP_TARGET, *after.arp_ip_target);
    if (wanted("ns-ip6-target")) put_targets(m, IFLA_BOND_NS_IP6_TARGET, *after.ns_ip6_target);
  }
  static std::vector<Ip> targets(const nlattr* nest, Family family) {
    std::vector<Ip> out;
    for_each(nest, [&](const nlattr* target) {
      if (Ip ip = get_ip(target, family)) out.push_back(ip);
    });
    return out;
  }
  static void get(Bond& bond, const KindAttributes& data) {
    bond.arp_ip_target = targets(data[IFLA_BOND_ARP_IP_TARGET], Family::ipv4);
    bond.ns_ip6_target = targets(data[IFLA_BOND_NS_IP6_TARGET], Family::ipv6);
    // Reported only when there is one.
    if (!bond.primary) bond.primary.emplace();
    if (!bond.active_slave) bond.active_slave.emplace();
  }
};

template <>
struct Hook<Bridge> {
  static void put(Message& m, const Bridge* before, const Bridge& after, const Wanted& wanted) {
    FlagWord word;
    // A new bridge has none of these; and a kernel without CONFIG_BRIDGE_VLAN_FILTERING refuses the latter
    // even where it is to stay off (br_multicast_toggle_vlan_snooping() in net/bridge/br_multicast.c).
    auto add = [&](std::string_view name, const std::optional<bool>& value, unsigned bit) {
      word.add(wanted(name) && (before || value == true), value, bit);
    };
    add("no-linklocal-learn", after.no_linklocal_learn, 1U << BR_BOOLOPT_NO_LL_LEARN);
    add("mcast-vlan-snooping", after.mcast_vlan_snooping, 1U << BR_BOOLOPT_MCAST_VLAN_SNOOPING);
    if (word.mask != 0) m.put(IFLA_BR_MULTI_BOOLOPT, br_boolopt_multi{word.value, word.mask});
  }
  static void get(Bridge& bridge, const KindAttributes& data) {
    auto options = nl::get<br_boolopt_multi>(data[IFLA_BR_MULTI_BOOLOPT]);
    if (!options) return;
    // optmask tells which options this kernel has.
    auto bit = [&](unsigned option) { return (options->optval & (1U << option)) != 0; };
    if (options->optmask & (1U << BR_BOOLOPT_NO_LL_LEARN))
      bridge.no_linklocal_learn = bit(BR_BOOLOPT_NO_LL_LEARN);
    if (options->optmask & (1U << BR_BOOLOPT_MCAST_VLAN_SNOOPING))
      bridge.mcast_vlan_snooping = bit(BR_BOOLOPT_MCAST_VLAN_SNOOPING);
  }
};

template <>
struct Hook<Vlan> {
  using Map = std::vector<QosEntry>;

  // The kernel only ever adds to a map, so an entry goes by being mapped to 0, which is not reported
  // (vlan_fill_info() in net/8021q/vlan_netlink.c).
  static void put_map(Message& m, uint16_t type, const Map* before, const Map& after) {
    Nest nest(m, type);
    for (const QosEntry& entry : after)
      m.put(IFLA_VLAN_QOS_MAPPING, ifla_vlan_qos_mapping{entry.from, entry.to});
    if (!before) return;
    for (const QosEntry& old : *before) {
      bool kept = std::any_of(after.begin(), after.end(), [&](QosEntry e) { return e.from == old.from; });
      if (!kept) m.put(IFLA_VLAN_QOS_MAPPING, ifla_vlan_qos_mapping{old.from, 0});
    }
  }
  static void put(Message& m, const Vlan* before, const Vlan& after, const Wanted& wanted) {
    FlagWord word;
    word.add(wanted("reorder-hdr"), after.reorder_hdr, VLAN_FLAG_REORDER_HDR);
    word.add(wanted("gvrp"), after.gvrp, VLAN_FLAG_GVRP);
    word.add(wanted("mvrp"), after.mvrp, VLAN_FLAG_MVRP);
    word.add(wanted("loose-binding"), after.loose_binding, VLAN_FLAG_LOOSE_BINDING);
    word.add(wanted("bridge-binding"), after.bridge_binding, VLAN_FLAG_BRIDGE_BINDING);
    if (word.mask != 0) m.put(IFLA_VLAN_FLAGS, ifla_vlan_flags{word.value, word.mask});
    auto old = [&](auto member) { return before && before->*member ? &*(before->*member) : nullptr; };
    if (wanted("ingress-qos-map"))
      put_map(m, IFLA_VLAN_INGRESS_QOS, old(&Vlan::ingress_qos_map), *after.ingress_qos_map);
    if (wanted("egress-qos-map"))
      put_map(m, IFLA_VLAN_EGRESS_QOS, old(&Vlan::egress_qos_map), *after.egress_qos_map);
  }
  static Map map(const nlattr* nest) {
    Map out;
    for_each(nest, [&](const nlattr* entry) {
      if (auto mapping = nl::get<ifla_vlan_qos_mapping>(entry); mapping && mapping->to != 0)
        out.push_back({mapping->from, mapping->to});
    });
    std::sort(out.begin(), out.end());  // the kernel's order is that of its hash table
    return out;
  }
  static void get(Vlan& vlan, const KindAttributes& data) {
    // Not reported when no flag is set.
    uint32_t flags = nl::get<ifla_vlan_flags>(data[IFLA_VLAN_FLAGS]).value_or(ifla_vlan_flags{}).flags;
    vlan.reorder_hdr = (flags & VLAN_FLAG_REORDER_HDR) != 0;
    vlan.gvrp = (flags & VLAN_FLAG_GVRP) != 0;
    vlan.mvrp = (flags & VLAN_FLAG_MVRP) != 0;
    vlan.loose_binding = (flags & VLAN_FLAG_LOOSE_BINDING) != 0;
    vlan.bridge_binding = (flags & VLAN_FLAG_BRIDGE_BINDING) != 0;
    vlan.ingress_qos_map = map(data[IFLA_VLAN_INGRESS_QOS]);
    vlan.egress_qos_map = map(data[IFLA_VLAN_EGRESS_QOS]);
  }
};

template <>
struct Hook<Veth> {
  // Both ends are made at once; the peer's attributes follow a header of their own.
  static void put(Message& m, const Veth* before, const Veth& after, const Wanted& wanted) {
    if (before || !wanted("peer") || after.peer->empty()) return;
    Nest nest(m, 1 /* VETH_INFO_PEER */);
    m.append(sizeof(ifinfomsg));
    m.put_name(IFLA_IFNAME, *after.peer);
  }
  static void get(Veth&, const KindAttributes&) {}
};

template <>
struct Hook<Vxlan> {
  static void put_end(Message& m, const Ip& ip, uint16_t v4, uint16_t v6) {
    if (ip) m.put_ip(ip.family == Family::ipv6 ? v6 : v4, ip);
  }
  static void put(Message& m, const Vxlan*, const Vxlan& after, const Wanted& wanted) {
    if (wanted("local")) put_end(m, *after.local, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6);
    if (wanted("remote")) put_end(m, *after.remote, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6);
    if (wanted("source-port"))
      m.put(IFLA_VXLAN_PORT_RANGE,
            ifla_vxlan_port_range{htons(static_cast<uint16_t>(after.source_port->first)),
                                  htons(static_cast<uint16_t>(after.source_port->last))});
    if (wanted("gbp") && *after.gbp) m.put_flag(IFLA_VXLAN_GBP);
  }
  static std::optional<Ip> end(const KindAttributes& data, size_t v4, size_t v6) {
    if (Ip ip = get_ip(data[v4], Family::ipv4)) return ip;
    if (Ip ip = get_ip(data[v6], Family::ipv6)) return ip;
    return std::nullopt;
  }
  static void get(Vxlan& vxlan, const KindAttributes& data) {
    vxlan.local = end(data, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6);
    vxlan.remote = end(data, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6);
    if (auto range = nl::get<ifla_vxlan_port_range>(data[IFLA_VXLAN_PORT_RANGE]))
      vxlan.source_port = Span{ntohs(range->low), ntohs(range->high)};
    vxlan.gbp = data[IFLA_VXLAN_GBP] != nullptr;
    if (!vxlan.parent) vxlan.parent.emplace();
  }
};

template <>
struct Hook<Macvlan> {
  static void put(Message& m, const Macvlan*, const Macvlan& after, const Wanted& wanted) {
    if (wanted("nopromisc"))
      m.put(IFLA_MACVLAN_FLAGS, static_cast<uint16_t>(*after.nopromisc ? MACVLAN_FLAG_NOPROMISC : 0));
  }
  static void get(Macvlan& macvlan, const KindAttributes& data) {
    if (auto flags = nl::get<uint16_t>(data[IFLA_MACVLAN_FLAGS]))
      macvlan.nopromisc = (*flags & MACVLAN_FLAG_NOPROMISC) != 0;
  }
};
template <>
struct Hook<Macvtap> : Hook<Macvlan> {};

}  // namespace

size_t row_of(Fields fields, std::string_view name) {
  size_t row = 0;
  while (row < fields.size() && fields[row].name != name) ++row;
  return row;
}

void put_custom(Message& message, const LinkKind* before, const LinkKind& after, const Rows& rows) {
  std::visit(
      [&](const auto& kind) {
        using T = std::remove_cvref_t<decltype(kind)>;
        Hook<T>::put(message, before ? std::get_if<T>(before) : nullptr, kind, Wanted(fields_of<T>(), rows));
      },
      after);
}

void get_custom(LinkKind& kind, const KindAttributes& data) {
  std::visit([&](auto& k) { Hook<std::remove_cvref_t<decltype(k)>>::get(k, data); }, kind);
}

}  // namespace netcfg::nl
