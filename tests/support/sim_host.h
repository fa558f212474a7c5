// A host's network configuration as Linux 6.1 keeps it: which operation it takes, which it refuses and with
// what errno, and what else changes with it. Pure values; a copy costs a few reference counts.
// Where the kernel of a test machine is at hand, tests/netns and tests/lab hold the two against each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netcfg/port/kernel.h"
#include "tests/support/shared.h"

namespace netcfg::test {

inline constexpr uint32_t kIpv6MinMtu = 1280;

// What a request got: nothing, or an errno and the kernel's own words.
struct [[nodiscard]] Answer {
  int code = 0;
  std::string_view extack;  // never made at run time
  bool refused() const { return code != 0; }
};

struct SimLink {
  Link link;             // as read() reports it
  Mac permanent_mac;     // a NIC's
  Mac own_mac;           // of a bond's member: what it gets back on leaving
  uint32_t own_mtu = 0;  // likewise
  Mac parent_mac;        // of a passthru macvlan: its parent's when it came, which the parent gets back
  bool mac_set = false;  // by the user (NET_ADDR_SET); else the kernel chose it, or took it from another
  bool mtu_set = false;  // of a bridge: by the user, so no longer its ports' least
  bool is_new = false;   // made as the other end of a veth, which a create may still name
  bool ipv6 = true;      // false below 1280 bytes: then nothing of IPv6 is there
  IfName primary;        // of a bond: the primary that was asked for, member or not
  uint32_t updelay = 0;  // of a bond: in multiples of miimon, as are the next two
  uint32_t downdelay = 0;
  uint32_t peer_notify_delay = 0;
};

struct SimRoute {
  Route route;
  uint64_t dead = 0;  // a bit for each of route.hops: its link is down or lost its IPv4
};

// A parameter that was written; others have what SimHost::sysctl() says.
struct SimSysctl {
  uint16_t id = 0;  // in the table of known parameters
  IfName dev;       // "all", "default" or an interface; empty for those of the host
  std::string value;
};

class SimHost {
 public:
  SimHost();  // a new network namespace whose lo is up

  // A network card, down.
  void add_nic(const IfName& name, const Mac& mac);
  // A link of a kind that netcfg cannot make ("tun").
  void add_foreign(const IfName& name, const std::string& kind);
  // A queueing discipline that netcfg cannot make ("prio").
  void add_foreign_qdisc(const IfName& dev, const std::string& kind);

  Answer apply(const Op& op);
  State state(const Query& query) const;
  std::vector<Nic> nics() const;

  const std::vector<SimLink>& links() const { return *links_; }
  const std::vector<Address>& addresses() const { return *addresses_; }
  const std::vector<SimRoute>& routes() const { return *routes_; }
  const std::vector<Rule>& rules() const { return *rules_; }
  const std::vector<Neighbor>& neighbors() const { return *neighbors_; }
  const std::vector<Nexthop>& nexthops() const { return *nexthops_; }
  const std::vector<Qdisc>& qdiscs() const { return *qdiscs_; }
  const SimLink* find(const IfName& name) const;

 private:
  // Links (sim_links.cc)
  Answer carry_out(Action action, const Link* before, const Link* after);
  Answer create(const Link& wanted);
  Answer configure_new(const Link& wanted);
  Answer finish_new(const Link& wanted);
  void settle_kind(SimLink& link, const LinkKind& wanted, const IfName& parent);
  void settle_stacked(SimLink& link, const IfName& parent);
  void give_peer(const Link& wanted);
  Answer remove(const IfName& name);
  Answer check_new(const Link& wanted) const;
  Answer check_parent(const Link& wanted) const;
  Answer check_passthru(const Link& wanted, const IfName& parent) const;
  Answer check_vlan(const Vlan& wanted, const SimLink& parent) const;
  Answer check_vxlan(const Vxlan& wanted, const IfName& parent) const;
  SimLink& insert(Link link);
  void unregister(const IfName& name);
  void give_back_mac(const SimLink& macvlan);
  std::vector<IfName> cascade(const IfName& name) const;
  SimLink& edit(const IfName& name);  // must exist
  bool name_taken(std::string_view name) const;
  Mac random_mac();

  // Changes to a link (sim_update.cc)
  Answer update(const Link& before, const Link& after);
  Answer set_fields(const Link& before, const Link& after, bool moves);
  Answer rename(const IfName& from, const IfName& to);
  void rename_in(SimLink& link, const IfName& from, const IfName& to);
  void rename_labels(const IfName& from, const IfName& to);
  Answer set_common(const IfName& name, const Link& before, const Link& after);
  void follow_mode(Link& ipvlan);
  Answer set_mac(const IfName& name, const Mac& mac);
  Answer set_mtu(const IfName& name, uint32_t mtu);
  Answer check_mtu(const SimLink& link, uint32_t mtu) const;
  void mtu_changed(const IfName& name);
  void mac_changed(const IfName& name);
  void drop_altnames(const IfName& name, const std::vector<std::string>& wanted);
  Answer add_altnames(const IfName& name, const std::vector<std::string>& wanted);
  Answer set_token(SimLink& link, const Ip& token);
  Answer set_kind(const IfName& name, const LinkKind& before, const LinkKind& after);
  Answer check_immutable(const LinkKind& before, const LinkKind& after) const;
  Answer set_stacked(const IfName& name, const LinkKind& before, const LinkKind& after);

  // Up and down (sim_updown.cc)
  Answer set_up(const IfName& name);
  void set_down(const IfName& name);
  void inherit_mac(const IfName& vlan);
  bool macvlan_mac_busy(const SimLink& link) const;
  void came_up4(const IfName& name);
  void came_up6(const IfName& name);
  void revive(const IfName& name, Family family);
  void disable4(const IfName& name, bool gone, bool force);
  void disable6(const IfName& name, bool gone);
  void kill_routes(const IfName& name, Family family, bool gone, bool force);

  // Members (sim_master.cc)
  Answer set_master(const IfName& name, const IfName& master);
  Answer check_join(const SimLink& link, const SimLink& master) const;
  Answer check_join_bond(const SimLink& link, const SimLink& bond) const;
  void join(const IfName& name, const IfName& master);
  void leave(const IfName& name);
  void join_bond(const IfName& name, const IfName& bond);
  void leave_bond(const IfName& name, const IfName& bond);
  void adjust_bridge(const IfName& bridge);
  void cycle(const IfName& name);
  Answer write_port(const IfName& name, bool joined, const PortKind& before, const PortKind& after);
  std::vector<IfName> members(const IfName& master) const;
  bool has_members(const IfName& master) const;
  bool above(const IfName& upper, const IfName& lower) const;
  bool takes_frames(const IfName& name, bool ipvlan) const;
  uint32_t vrf_table(const IfName& dev) const;  // 0: in none

  // Bonds and bridges (sim_bond.cc, sim_bridge.cc)
  Answer set_bond(const IfName& name, const Bond& before, const Bond& after);
  Answer set_bond_option(SimLink& link, const Field& field, const Bond& after);
  Answer set_bond_delay(SimLink& link, const Field& field, const Bond& after);
  Answer set_bond_primary(SimLink& link, const IfName& primary);
  Answer set_active_member(SimLink& link, const IfName& member);
  Answer set_bond_port(const IfName& name, const BondPort& before, const BondPort& after);
  void set_bond_mode(SimLink& link, BondMode mode);
  void report_delays(SimLink& link);
  void choose_active(const IfName& bond);
  static bool shares_mac(const Bond& bond);
  Answer set_bridge(const IfName& name, const Bridge& before, const Bridge& after);
  Answer set_bridge_option(SimLink& link, const Field& field, const Bridge& after);
  Answer set_bridge_port(const IfName& name, const BridgePort& before, const BridgePort& after);
  void set_default_pvid(const IfName& bridge, uint16_t pvid);
  BridgePort fresh_bridge_port(const Bridge& bridge, const Link& link) const;
  static void set_port_vlans(BridgePort& port, const BridgePort& after);

  // Addresses (sim_addresses.cc)
  Answer carry_out(Action action, const Address* before, const Address* after);
  Answer check_address(const Address& wanted) const;
  Answer add4(const Address& wanted);
  Answer add6(const Address& wanted);
  Answer replace4(const Address& wanted);
  Answer replace6(const Address& wanted);
  Answer remove4(const Address& address);
  Answer remove6(const Address& address);
  void drop4(size_t at);
  void drop_addresses4(const IfName& dev);
  void promote(size_t at, const Address& old);
  void add_prefix_route(const Address& address);
  void add_peer_route(const Address& address);
  void remove_prefix_route(const Address& address);
  void cleanup_prefix_route6(const Address& address);
  Route prefix_route(const Address& address) const;
  void lost_local4(const IfName& dev, const Ip& local);
  void lost_local6(const IfName& dev, const Ip& local);
  Address* find_address(const Address& wanted);
  bool is_local4(const Ip& ip, uint32_t table) const;
  bool is_local6(const Ip& ip, const IfName& dev) const;
  bool promotes(const IfName& dev) const;

  // Next-hop objects (sim_nexthops.cc)
  const Nexthop* find_nexthop(uint32_t id) const;
  bool has_ipv4(const Nexthop& nexthop) const;
  std::vector<IfName> devices_of(const Nexthop& nexthop) const;
  Answer carry_out(Action action, const Nexthop* before, const Nexthop* after);
  Answer check_group(const Nexthop& group) const;
  Answer check_nexthop(const Nexthop& wanted) const;
  Answer check_replacement(const Nexthop& old, const Nexthop& wanted) const;
  void remove_nexthop(uint32_t id);
  void flush_nexthops(const IfName& dev);
  Answer check_route_object(const Route& route) const;

  // Routes (sim_routes.cc, sim_lookup.cc)
  Answer carry_out(Action action, const Route* before, const Route* after);
  Answer add_route(Route wanted, bool replace);
  Answer remove_route(const Route& route);
  Answer check_route4(Route& wanted) const;
  Answer check_route6(Route& wanted) const;
  Answer check_hop4(const Route& route, NextHop& hop) const;
  Answer check_hop6(const Route& route, NextHop& hop) const;
  Answer check_gateway4(const Route& route, NextHop& hop) const;
  Answer check_gateway6(const Route& route, NextHop& hop) const;
  void insert_kernel_route(Route route);
  struct Found {
    int code = 0;                     // ENETUNREACH and the like
    const SimRoute* route = nullptr;  // null with code 0: the address is this host's own, on `local`
    const NextHop* hop = nullptr;
    IfName local;
  };
  struct Flow {
    Ip to;
    IfName oif;
    uint8_t scope = 0;  // IPv4: routes of a wider one do not count
  };
  Found lookup(const Flow& flow) const;
  IfName local_link(const Flow& flow) const;
  Found lookup_rule(const Rule& rule, const Flow& flow) const;
  Found lookup_table(uint32_t table, const Flow& flow) const;
  bool matches(const Rule& rule, const Flow& flow) const;

  // Rules and neighbours (sim_rest.cc), parameters (sim_sysctls.cc)
  Answer carry_out(Action action, const Rule* before, const Rule* after);
  Answer check_rule(const Rule& rule) const;
  void add_vrf_rules();
  Answer carry_out(Action action, const Neighbor* before, const Neighbor* after);
  void drop_neighbors(const IfName& dev, Family family, bool proxies);
  Answer carry_out(Action action, const Sysctl* before, const Sysctl* after);
  Answer carry_out(Action action, const Ruleset* before, const Ruleset* after);
  // Queues (sim_qdiscs.cc)
  Answer carry_out(Action action, const Qdisc* before, const Qdisc* after);
  static Answer check_qdisc(const Qdisc& wanted);
  void sysctl_written(uint16_t id, const IfName& dev, const std::string& value);
  void disable_ipv6_written(const IfName& dev);
  void set_sysctl(uint16_t id, const IfName& dev, std::string_view value);
  void drop_sysctls(const IfName& dev, Family family);  // Family::none: all
  void copy_default6(const IfName& dev);
  std::string_view sysctl(uint16_t id, const IfName& dev) const;
  int64_t sysctl_number(uint16_t id, const IfName& dev) const;
  bool sysctl_exists(uint16_t id, const IfName& dev) const;
  void read_sysctls(const Query& query, State& state) const;

  Shared<std::vector<SimLink>> links_;  // sorted by name
  // Each interface's in the kernel's order.
  Shared<std::vector<Address>> addresses_;
  Shared<std::vector<SimRoute>> routes_;
  Shared<std::vector<Rule>> rules_;  // by priority, then age
  Shared<std::vector<Neighbor>> neighbors_;
  Shared<std::vector<Nexthop>> nexthops_;
  Shared<std::vector<SimSysctl>> sysctls_;
  Shared<std::vector<Qdisc>> qdiscs_;
  Shared<std::vector<Ruleset>> rulesets_;
  uint32_t last_index_ = 0;
  uint32_t addresses_made_ = 0;  // an address's `order` is its number
  uint32_t last_mac_ = 0;
  bool vrf_rules_ = false;  // made with the first VRF, kept ever after
};

// Not the parent's frames with its own address among others, but all of them, under the parent's address.
bool is_passthru(const Link& link);
// The bytes that a VXLAN leaves for its headers.
uint32_t vxlan_headroom(const Vxlan& vxlan);

}  // namespace netcfg::test
