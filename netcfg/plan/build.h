// Inside the planner: from differences to steps in order. One Build makes one plan.
#pragma once

#include <map>
#include <set>
#include <span>
#include <unordered_map>

#include "netcfg/diff/owner.h"
#include "netcfg/plan/graph.h"
#include "netcfg/plan/match.h"
#include "netcfg/plan/plan.h"
#include "netcfg/plan/resolve.h"

namespace netcfg {

// The order of things that nothing else puts in order: make before break.
namespace rank {
inline constexpr uint16_t kGlobalSysctl = 10, kLink = 20, kSysctl = 30, kAddress = 40, kNeighbor = 50,
                          kRuleset = 55, kQdisc = 56, kRoute = 60, kNexthop = 61, kGroup = 62,
                          kGatewayedRoute = 63, kRule = 70, kRemoveRule = 80, kRemoveRoute = 81,
                          kRemoveGroup = 82, kRemoveNexthop = 83, kRemoveQdisc = 83, kRemoveNeighbor = 84,
                          kRemoveAddress = 85, kRemoveLink = 86, kRemoveRuleset = 87;
}

// What happens to one link, and the nodes of the graph at which it does.
struct LinkWork {
  static constexpr Graph::Node kNone = UINT32_MAX;

  const Link* before = nullptr;  // live, under its new name; null: it is made
  const Link* after = nullptr;   // complete; null: it is deleted
  Why why = Why::differs;
  IfName old_name;  // before a rename; empty: none
  bool recreate = false;
  bool detach = false;         // leaves its master for a moment, because the master asks for it
  bool pin_mtu = false;        // a bridge whose MTU would follow its ports' otherwise
  bool rewrite_vlans = false;  // a port whose bridge changes them meanwhile
  bool pin_mac = false;        // a bond that would take another's
  bool pin_primary = false;    // a bond whose primary gets another name
  IfName cause;                // the link that brought this work about

  Graph::Node removed = kNone;  // the live link is gone
  Graph::Node made = kNone;     // a new link exists
  Graph::Node aside = kNone;    // has a passing name, to make room
  Graph::Node away = kNone;     // has left its old master, has its name, is down if it has to be
  Graph::Node ready = kNone;    // all is set, it is a member, it is up
  Graph::Node settled = kNone;  // a bond's options that need its members are set
  bool early = false;           // new, and comes up only after its addresses and parameters are there
  // The nodes after which objects on it are gone by the kernel's hand.
  std::vector<Graph::Node> downs;
};

// A macvlan or macvtap that lends its parent its MAC address (MACVLAN_MODE_PASSTHRU).
bool is_passthru(const Link& link);

class Build {
 public:
  // `exact`: the way back to a snapshot.
  Build(const State& live, const Desired& desired, const Ledger& ledger, std::vector<Rename> renames,
        bool exact);
  std::optional<Plan> run(Diagnostics& problems);

 private:
  // build_links.cc
  void collect_links();
  // build_refusals.cc
  void find_refusals(Diagnostics& problems) const;
  void refuse_join(const LinkWork& work, Diagnostics& problems) const;
  void refuse_parent(const LinkWork& work, Diagnostics& problems) const;
  void refuse_names(const LinkWork& work, Diagnostics& problems) const;
  void refuse_ipv6(Diagnostics& problems) const;
  void refuse_macless(const LinkWork& work, Diagnostics& problems) const;
  void refuse_twin(const LinkWork& work, Diagnostics& problems) const;
  bool loses_mac(const IfName& bridge) const;
  void spread();
  void spread_from(const LinkWork& work, std::vector<IfName>& queue);
  LinkWork& work_for(const Link& live, Why why, const IfName& cause);
  void pin_bridge_mtus();
  void keep_port_vlans();
  void pin_bond_macs();
  void pin_bridge_mac(const Link& wanted);
  void pin_vlan_mac(const Link& wanted);
  bool may_change_mac(const IfName& name) const;
  struct PortMtus {
    std::optional<uint32_t> now, then;
  };
  std::map<IfName, PortMtus> port_mtus() const;
  static bool follows_ports(const PortMtus& ports, const Link* live, uint32_t mtu);
  void pin_primaries();
  std::optional<uint32_t> wanted_mtu(const IfName& name) const;
  Link made_anew(const LinkWork& work) const;
  bool keeps_mtu(const Link& live, const Link& after) const;
  void claim_altnames();
  void forget_bonds_values(LinkWork& work);
  bool parent_goes_down(const LinkWork& work) const;
  bool gives_queue_id(const LinkWork& work) const;
  bool stands_on_master(const LinkWork& work) const;
  bool gives_altname(const LinkWork& work) const;
  const Link* forget_vlans(const LinkWork& work, const Link* value);
  void plan_link(LinkWork& work);
  void remove_link(LinkWork& work);
  void create_link(LinkWork& work);
  void change_link(LinkWork& work);
  const Link* prepare(LinkWork& work, const Link* value);
  void put_aside(LinkWork& work);
  void settle(LinkWork& work, const Link& so_far);
  Link offline_value(const LinkWork& work, bool leaves, bool down) const;
  bool must_go_down(const LinkWork& work) const;
  bool leaves_master(const LinkWork& work) const;
  // build_order.cc
  void note_leavers();
  const std::vector<LinkWork*>& leavers(const IfName& name) const;
  const std::vector<LinkWork*>& movers(const IfName& master) const;
  void order_links();
  void order_link(LinkWork& work);
  void order_after_parent(LinkWork& work);
  void order_removal(LinkWork& work);
  void order_members(LinkWork& work);
  void order_queue_ids();
  Graph::Node taken_along(const LinkWork& work);
  void order_claims();
  void order_altnames();
  void order_addresses();
  void order_new_addresses();
  void order_address_removals(const IfName& dev, size_t first, size_t last);
  void order_routes();
  void order_dead_ends();
  void order_hop(const NextHop& hop, Family family, Graph::Node node);
  void order_gateways6();
  const std::vector<IfName>& holders_of(const Ip& ip);
  void order_route(const Route& route, Graph::Node node);
  void order_others();
  void order_before_renames();
  template <class T>
  void remove_by_old_name(Graph::Node node, const T& live);
  IfName old_name_of(const IfName& dev) const;
  // build_nexthops.cc
  void plan_nexthops();
  void order_nexthops();
  void order_nexthop(const Nexthop& nexthop, Graph::Node node);
  void order_nexthop_removals();
  void lose_nexthops();
  void lose_group(const Nexthop& group);
  void bring_back_group(const Nexthop& group, const std::vector<Graph::Node>& events);
  std::vector<Graph::Node> carrier_events(const IfName& dev, int depth = 0);
  const Nexthop* final_nexthop(uint32_t id) const;
  void lose_by_nexthop(const Route& route);
  bool can_come_back(const Nexthop& nexthop);
  void warn_waiting();
  // build_objects.cc
  void plan_objects();
  void plan_addresses();
  void plan_routes();
  void plan_rules();
  template <class T>
  Graph::Node plan_object(const Difference<T>& difference, uint16_t create_rank, uint16_t remove_rank);
  // bridge_mac.cc
  void order_last_ports();
  void announce_bridge_macs();
  Graph::Node leaving(const IfName& name) const;
  // build_losses.cc
  void find_losses();
  void note_downs();
  void note_mac_changes();
  void spread_mac_changes();
  void lose_routes();
  void lose_addresses();
  void note_address_ends();
  Graph::Node removal_of(const Address& live) const;
  void lose_addresses4(std::span<const Address> on_link);
  void lose_addresses6(std::span<const Address> on_link);
  bool new_one_first(const IfName& dev, const std::vector<std::pair<Prefix, Graph::Node>>& primaries,
                     const std::vector<Graph::Node>& removals);
  bool joins_bond_or_bridge(const IfName& dev) const;
  void lose_neighbors();
  void lose_qdiscs();
  void lose_sysctls();
  template <class T>
  void lose(const T& live, const std::vector<Graph::Node>& events, bool goes_along, const std::string& cause);
  template <class T>
  Graph::Node bring_back(const T& live, const std::string& cause);
  void note_ipv6_ends();
  bool can_hold_addresses(const IfName& dev, Family family) const;
  bool can_hold_objects(const IfName& dev, Family family) const;
  bool can_come_back(const Route& route);
  const Connected& connected();
  bool can_come_back(const Address& address) const {
    return can_hold_addresses(address.dev, address.address.ip.family);
  }
  bool can_come_back(const Qdisc& qdisc) const { return final_link(qdisc.dev) && qdisc.foreign_kind.empty(); }
  bool can_come_back(const Neighbor& neighbor) const {
    return can_hold_objects(neighbor.dev, neighbor.address.family);
  }
  void order_object(const Address& address, Graph::Node node);
  void order_object(const Neighbor& neighbor, Graph::Node node);
  void order_object(const Qdisc& qdisc, Graph::Node node);
  void order_qdiscs();
  void warn_replaced();
  template <class T>
  void warn_lost(const T& live, const std::string& cause);
  void remove_before(const Address& live, const std::vector<Graph::Node>& events, bool goes_with_link);

  void take_steps(const std::vector<Graph::Node>& order);

  // Adds a step and its node.
  template <class T>
  Graph::Node step(uint16_t rank, Action action, Verdict verdict, Why why, const T* before, const T* after);
  Step& step_of(Graph::Node node) { return steps_[step_index_[node]]; }
  template <class T>
  const T* keep(T value);  // into the plan's pools
  static const Route* keep(const WantedRoute& wanted) { return wanted.route; }
  Graph::Node barrier(uint16_t rank);
  std::string circle_text();
  void note_purpose(Step& step) const;
  void after(Graph::Node before, Graph::Node then) {
    if (before != LinkWork::kNone && then != LinkWork::kNone && before != then) graph_.edge(before, then);
  }
  // Rather in this order; but not where that would lead in a circle.
  void rather_after(Graph::Node before, Graph::Node then) {
    if (before != LinkWork::kNone && then != LinkWork::kNone && before != then) graph_.prefer(before, then);
  }
  // The link as it will be, or null.
  const Link* final_link(const IfName& name) const;
  IfName vrf_of(const Link* link, bool in_the_end) const;
  bool is_renamed(const IfName& name) const {
    auto it = works_.find(name);
    return it != works_.end() && !it->second.old_name.empty();
  }
  bool will_be_bond(const IfName& name) const;
  LinkWork* work(const IfName& name);
  // The node after which a link can carry objects; kNone when it always could.
  Graph::Node usable(const IfName& name);
  bool needs_empty(const LinkWork& work) const;
  bool has_early_objects(const IfName& name) const;

  const State& live_;
  const Desired& desired_;
  Owner owner_;
  std::optional<Connected> connected_;
  std::vector<Rename> renames_;
  bool exact_;
  Differences diffs_;
  Plan plan_;
  Graph graph_;
  std::vector<Step> steps_;
  std::vector<uint32_t> step_index_;  // node -> step; UINT32_MAX for barriers
  std::map<IfName, LinkWork> works_;  // ordered, for the same plan every time

  std::map<IfName, std::vector<LinkWork*>> leavers_;  // by the link that they stand on
  std::map<IfName, std::vector<LinkWork*>> movers_;   // by the master that they have, or get
  // IPv6 routes with gateways outside the main table.
  struct Gatewayed {
    uint32_t table;
    uint8_t length;
    Graph::Node node;
  };
  std::vector<Gatewayed> gateways6_;
  // Nodes of objects, by the index of their difference.
  std::vector<Graph::Node> address_nodes_, neighbor_nodes_, route_nodes_, rule_nodes_, sysctl_nodes_;
  std::vector<Graph::Node> qdisc_nodes_;
  std::vector<Graph::Node> nexthop_nodes_, nexthop_removals_;  // the latter of those that are made anew
  std::vector<Graph::Node> address_removals_;  // the first half of an address that is made anew, else kNone
  std::map<IfName, Graph::Node> addresses_ready_;  // after a link's new addresses
  std::map<IfName, Graph::Node> connected_ready_;  // after a link's new routes without gateway
  // What takes objects away, by link: it goes down; it is deleted; it loses its last IPv4 address.
  std::map<IfName, std::vector<Graph::Node>> downs_, gone_, flushes_;
  std::map<IfName, std::vector<Graph::Node>> ipv6_ends_;  // disable_ipv6 is set
  std::map<IfName, std::vector<Graph::Node>> macs_;       // it gets another MAC address, or may
  std::map<Ip, std::vector<Graph::Node>> source_gone_;    // after which an address is gone
  std::map<Ip, std::vector<IfName>> holders_;             // links that have or get an address
  std::map<Ip, Graph::Node> source_made_;                 // after which it is there
  std::map<IfName, Graph::Node> usable_again_;            // children of a link that went down and came up
  std::vector<std::pair<const Address*, Graph::Node>> restored_addresses_;
  std::vector<std::pair<const Route*, Graph::Node>> restored_routes_;
  std::vector<std::pair<const Neighbor*, Graph::Node>> restored_neighbors_;
  std::vector<std::pair<const Qdisc*, Graph::Node>> restored_qdiscs_;
  std::vector<std::pair<const Nexthop*, Graph::Node>> restored_nexthops_;
  // After which a next-hop object is gone, be it for a moment.
  struct End {
    std::vector<Graph::Node> nodes;
    bool sure = false;  // by the plan's own hand, the first of them
    bool freely() const { return sure && nodes.size() == 1; }
  };
  std::map<uint32_t, End> nexthop_ends_;
  std::map<uint32_t, Graph::Node> nexthop_ready_;      // after which it is there as wanted
  std::map<uint32_t, const Nexthop*> nexthop_finals_;  // of those that change; null: gone for good
  // Differences of live objects, for losses.
  std::unordered_map<const void*, std::pair<Verdict, Graph::Node>> node_of_live_;
  std::unordered_map<const Address*, Graph::Node> removal_of_live_;  // for good or for a moment
};

template <class T>
const T* Build::keep(T value) {
  return &plan_.pools.of<T>().emplace_back(std::move(value));
}

template <class T>
Graph::Node Build::step(uint16_t rank, Action action, Verdict verdict, Why why, const T* before,
                        const T* after) {
  Graph::Node node = graph_.add(rank);
  step_index_.resize(node + 1, UINT32_MAX);
  step_index_[node] = static_cast<uint32_t>(steps_.size());
  Step& step = steps_.emplace_back();
  step.op = {action, before, after};
  step.verdict = verdict;
  step.why = why;
  step.origin = after ? after->origin : Place{};
  return node;
}

// How a step interrupts traffic; empty when it does not.
std::string disruption(const Step& step);

}  // namespace netcfg
