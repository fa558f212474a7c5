// What has to wait for what.
#include <algorithm>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

constexpr auto kNone = LinkWork::kNone;

IfName master_of(const Link* link) {
  return link ? link->master.value_or(IfName{}) : IfName{};
}

Graph::Node first_of(std::initializer_list<Graph::Node> nodes) {
  for (Graph::Node node : nodes)
    if (node != kNone) return node;
  return kNone;
}

// The node at which the link is set up for good (but for what needs its members).
Graph::Node done(const LinkWork& w) {
  return first_of({w.ready, w.away, w.made});
}
// The node at which a link of this name is there.
Graph::Node exists(const LinkWork& w) {
  return first_of({w.made, w.away});
}

bool is_bond_or_bridge(const Link* link) {
  return link && (std::holds_alternative<Bond>(link->kind) || std::holds_alternative<Bridge>(link->kind));
}

}  // namespace

// Which links that go stand on a link, or are the other end of it; and which are, or will be, its members.
void Build::note_leavers() {
  for (auto& [name, w] : works_) {
    IfName from = master_of(w.before), to = master_of(w.after);
    if (!from.empty()) movers_[from].push_back(&w);
    if (!to.empty() && to != from) movers_[to].push_back(&w);
    if (w.removed == kNone) continue;
    const auto* veth = std::get_if<Veth>(&w.before->kind);
    IfName below = veth ? veth->peer.value_or(IfName{}) : parent_of(*w.before);
    if (!below.empty()) leavers_[below].push_back(&w);
  }
}

const std::vector<LinkWork*>& Build::leavers(const IfName& name) const {
  static const std::vector<LinkWork*> kNobody;
  auto it = leavers_.find(name);
  return it == leavers_.end() ? kNobody : it->second;
}

const std::vector<LinkWork*>& Build::movers(const IfName& master) const {
  static const std::vector<LinkWork*> kNobody;
  auto it = movers_.find(master);
  return it == movers_.end() ? kNobody : it->second;
}

void Build::order_links() {
  note_leavers();
  for (auto& [name, w] : works_) {
    order_link(w);
    order_members(w);
  }
}

void Build::order_link(LinkWork& w) {
  after(w.removed, w.made);
  after(w.aside, w.away);
  after(w.made, w.ready);
  after(w.away, w.ready);
  after(done(w), w.settled);
  if (w.after) order_after_parent(w);
  if (w.removed != kNone) order_removal(w);
}

void Build::order_after_parent(LinkWork& w) {
  IfName name = parent_of(*w.after);
  if (LinkWork* parent = work(name); parent && parent->after) {
    // Made or changed when the parent has the MTU that bounds its own.
    for (Graph::Node node : {w.made, w.ready}) {
      after(done(*parent), node);
      if (parent->pin_mtu) after(parent->settled, node);
    }
  }
  if (w.pin_mac) {
    if (const LinkWork* parent = work(name))
      for (Graph::Node node : {parent->away, parent->ready, parent->settled}) after(node, w.settled);
    for (const LinkWork* member : movers(name))
      for (Graph::Node node : {member->away, member->ready, member->removed}) after(node, w.settled);
  }
  // A bridge's MTU follows its ports while they come and go, and bounds what stands on it.
  bool gets_mtu = w.made != kNone || (w.after->mtu && w.after->mtu != w.before->mtu);
  if (gets_mtu && is_bond_or_bridge(final_link(name)))
    for (const LinkWork* port : movers(name))
      for (Graph::Node node : {w.made, w.ready}) {
        after(master_of(port->after) == name ? done(*port) : first_of({port->away, port->removed}), node);
      }
  const auto* veth = std::get_if<Veth>(&w.after->kind);
  LinkWork* peer = veth && veth->peer ? work(*veth->peer) : nullptr;
  if (peer && w.after->name < *veth->peer) {
    after(w.made, peer->made);
    if (w.made != kNone && peer->made != kNone) step_of(peer->made).why = Why::made_with_peer;
  }
}

void Build::order_removal(LinkWork& w) {
  // It gives its parent the address back that that had (macvlan_port_destroy() in drivers/net/macvlan.c).
  if (LinkWork* parent = is_passthru(*w.before) ? work(parent_of(*w.before)) : nullptr)
    for (Graph::Node node : {parent->aside, parent->away, parent->ready}) after(w.removed, node);
  // Children first; but what only goes along is listed behind what takes it along.
  for (const LinkWork* child : leavers(w.before->name)) {
    if (child == &w) continue;
    bool veth = std::holds_alternative<Veth>(child->before->kind);
    if (!step_of(child->removed).writes) {
      after(w.removed, child->removed);
      after(child->removed, w.made);
    } else if (!veth) {
      after(child->removed, w.removed);
      after(child->removed, taken_along(w));
    } else {
      after(child->removed, w.made);
    }
  }
}

// The deletion that takes a link along which is not deleted itself.
Graph::Node Build::taken_along(const LinkWork& w) {
  if (step_of(w.removed).writes) return w.removed;
  const auto* veth = std::get_if<Veth>(&w.before->kind);
  LinkWork* root = work(veth && veth->peer ? *veth->peer : parent_of(*w.before));
  if (!root || root->removed == kNone) return kNone;
  return veth && !step_of(root->removed).writes ? kNone : taken_along(*root);
}

void Build::order_members(LinkWork& w) {
  // Into the new master, when that is set up.
  if (LinkWork* master = w.after ? work(master_of(w.after)) : nullptr) {
    // A new link may be born as a member, and come up later.
    bool born = w.made != kNone && !master_of(std::get<const Link*>(step_of(w.made).op.after)).empty();
    Graph::Node join = born ? w.made : first_of({w.ready, w.made, w.away});
    if (master_of(w.before) != master_of(w.after) || w.detach || w.recreate || !w.before || w.rewrite_vlans) {
      // A new master is better up, with its addresses, before its members leave what they have; one that
      // stands on a link whose addresses it takes over cannot.
      if (master->early)
        after(master->made, join), rather_after(master->ready, join);
      else
        after(done(*master), join);
    }
    after(join, master->settled);
  }
  // A link on which others stand that take its frames cannot join; they go first.
  if (w.before && !master_of(w.after).empty())
    for (const LinkWork* child : leavers(w.before->name))
      if (!std::holds_alternative<Veth>(child->before->kind))
        after(child->removed, first_of({w.ready, w.away}));
  // Out of the old one, before that is changed or deleted.
  IfName old = master_of(w.before);
  LinkWork* master = old.empty() ? nullptr : work(old);
  if (!master) return;
  Graph::Node leave = first_of({w.away, w.removed});
  if (w.detach || master_of(w.after) != old || w.removed != kNone) {
    after(leave, master->removed);
    after(leave, master->settled);
    if (needs_empty(*master)) after(leave, master->away);
  }
}

// Names, VLAN ids and the like that one link has to give up before another can have them.
void Build::order_claims() {
  std::map<IfName, Graph::Node> names;
  std::map<std::tuple<IfName, uint16_t, uint16_t>, Graph::Node> vlans;
  std::map<std::pair<uint32_t, uint16_t>, Graph::Node> vxlans;
  auto vlan_claim = [](const Link& link) {
    const auto* vlan = std::get_if<Vlan>(&link.kind);
    return vlan ? std::tuple(vlan->parent.value_or(IfName{}), vlan->protocol.value_or(0x8100),
                             vlan->id.value_or(0))
                : std::tuple(IfName{}, uint16_t{0}, uint16_t{0});
  };
  auto vxlan_claim = [](const Link& link) {
    const auto* vxlan = std::get_if<Vxlan>(&link.kind);
    return vxlan ? std::pair(vxlan->id.value_or(0) + 1, vxlan->port.value_or(8472))
                 : std::pair(0U, uint16_t{0});
  };
  for (auto& [name, w] : works_) {
    if (!w.old_name.empty()) names[w.old_name] = first_of({w.aside, w.away});
    if (w.removed == kNone) continue;
    names[w.old_name.empty() ? name : w.old_name] = w.removed;
    vlans[vlan_claim(*w.before)] = w.removed;
    vxlans[vxlan_claim(*w.before)] = w.removed;
  }
  order_queue_ids();
  order_altnames();
  for (auto& [name, w] : works_) {
    Graph::Node claim = first_of({w.made, w.old_name.empty() ? kNone : w.away});
    if (claim == kNone) continue;
    if (auto it = names.find(name); it != names.end()) after(it->second, claim);
    if (auto it = vlans.find(vlan_claim(*w.after)); it != vlans.end() && !std::get<0>(it->first).empty())
      after(it->second, claim);
    if (auto it = vxlans.find(vxlan_claim(*w.after)); it != vxlans.end() && it->first.first != 0)
      after(it->second, claim);
  }
}

void Build::order_altnames() {
  std::map<std::string, Graph::Node> altnames;
  for (auto& [name, w] : works_)
    for (const std::string& altname :
         w.before&& w.before->altnames ? *w.before->altnames : std::vector<std::string>{})
      altnames[altname] = w.removed != kNone ? w.removed : first_of({w.away, w.ready});
  for (auto& [name, w] : works_)
    for (const std::string& altname :
         w.after&& w.after->altnames ? *w.after->altnames : std::vector<std::string>{})
      if (auto it = altnames.find(altname); it != altnames.end())
        if (!w.before || w.recreate || !w.before->altnames ||
            std::find(w.before->altnames->begin(), w.before->altnames->end(), altname) ==
                w.before->altnames->end())
          after(it->second, first_of({w.made, w.ready, w.away}));
}

// bond_option_queue_id_set(): no two members have the same.
void Build::order_queue_ids() {
  auto claim = [](const Link* link) {
    const auto* port = link ? std::get_if<BondPort>(&link->port) : nullptr;
    return std::pair(master_of(link), port ? port->queue_id.value_or(0) : uint16_t{0});
  };
  std::map<std::pair<IfName, uint16_t>, std::pair<IfName, Graph::Node>> queues;
  for (auto& [name, w] : works_)
    if (auto queue = claim(w.before); queue.second != 0)
      queues[queue] = {name, first_of({w.removed, w.away, w.ready})};
  for (auto& [name, w] : works_)
    if (auto it = queues.find(claim(w.after)); it != queues.end() && it->second.first != name)
      after(it->second.second, first_of({w.ready, w.made, w.away}));
}

void Build::order_object(const Address& address, Graph::Node node) {
  LinkWork* w = work(address.dev);
  if (w && w->early) {
    // On a new link addresses come before "up": thousands of IPv6 addresses are much faster so, and duplicate
    // address detection runs once.
    after(w->made, node);
    after(node, w->ready);
  } else {
    after(usable(address.dev), node);
    if (w) after(w->made, node);
  }
  auto [it, fresh] = addresses_ready_.try_emplace(address.dev, kNone);
  if (fresh) it->second = barrier(rank::kAddress);
  after(node, it->second);
  source_made_[address.address.ip] = node;
}

void Build::order_object(const Neighbor& neighbor, Graph::Node node) {
  if (auto it = macs_.find(neighbor.dev); it != macs_.end())
    for (Graph::Node event : it->second) after(event, node);
  after(usable(neighbor.dev), node);
  if (auto it = addresses_ready_.find(neighbor.dev); it != addresses_ready_.end()) after(it->second, node);
}

void Build::order_addresses() {
  order_new_addresses();
  std::map<Ip, std::vector<std::pair<IfName, Graph::Node>>> leaving;
  for (size_t i = 0; i < diffs_.addresses.size(); ++i) {
    const auto& d = diffs_.addresses[i];
    if (d.verdict == Verdict::remove)
      leaving[d.before->address.ip].emplace_back(d.before->dev, address_nodes_[i]);
  }
  for (size_t i = 0; i < diffs_.addresses.size(); ++i) {
    const auto& d = diffs_.addresses[i];
    if (d.verdict == Verdict::remove) continue;
    order_object(d.after, address_nodes_[i]);
    after(address_removals_[i], address_nodes_[i]);
    // An address that moves to another link leaves the first one before.
    if (auto it = leaving.find(d.after.address.ip); it != leaving.end())
      for (const auto& [dev, node] : it->second) after(node, address_nodes_[i]);
  }
  for (size_t i = 0; i < diffs_.addresses.size();) {
    const Address& a = diffs_.addresses[i].before ? *diffs_.addresses[i].before : diffs_.addresses[i].after;
    size_t end = i;
    auto dev_at = [&](size_t k) {
      return diffs_.addresses[k].before ? diffs_.addresses[k].before->dev : diffs_.addresses[k].after.dev;
    };
    while (end < diffs_.addresses.size() && dev_at(end) == a.dev) ++end;
    order_address_removals(a.dev, i, end);
    i = end;
  }
}

// The first address of a subnet that a link gets becomes its primary, and of several subnets the first counts
// where the kernel chooses a source address (inet_select_addr() in net/ipv4/devinet.c): the list's order
// holds. Subnets with addresses that go for a moment stand apart: what goes has to wait for what is new, so
// that the link is never without an address.
void Build::order_new_addresses() {
  using Nodes = std::vector<std::pair<uint32_t, Graph::Node>>;
  std::map<std::pair<IfName, Prefix>, Nodes> subnets;
  std::set<std::pair<IfName, Prefix>> mixed;
  auto made = [&](const Address& a, uint32_t order, Graph::Node node, bool is_new) {
    if (a.address.ip.family != Family::ipv4) return;
    std::pair subnet(a.dev, a.address.network());
    subnets[subnet].emplace_back(order, node);
    if (!is_new) mixed.insert(subnet);
  };
  for (size_t i = 0; i < diffs_.addresses.size(); ++i) {
    const auto& d = diffs_.addresses[i];
    bool anew = address_removals_[i] != kNone ||
                (d.verdict != Verdict::remove && step_of(address_nodes_[i]).op.action == Action::restore);
    if (anew || d.verdict == Verdict::create) made(d.after, d.after.order, address_nodes_[i], !anew);
  }
  for (const auto& [address, node] : restored_addresses_) {
    const auto& wanted = desired_.state.addresses;
    auto it = std::lower_bound(wanted.begin(), wanted.end(), *address,
                               [](const Address& a, const Address& b) { return a.key() < b.key(); });
    bool asked = it != wanted.end() && it->key() == address->key();
    made(*address, asked ? it->order : address->secondary ? UINT32_MAX : 0, node, false);
  }
  std::map<IfName, Nodes> links;
  for (auto& [subnet, nodes] : subnets) {
    std::sort(nodes.begin(), nodes.end());
    for (size_t i = 1; i < nodes.size(); ++i) after(nodes[i - 1].second, nodes[i].second);
    Nodes& all = links[subnet.first];
    if (!mixed.contains(subnet)) all.insert(all.end(), nodes.begin(), nodes.end());
  }
  // One that waits for its subnet's old primary may come after one for which that waits.
  for (auto& [dev, nodes] : links) {
    std::sort(nodes.begin(), nodes.end());
    for (size_t i = 1; i < nodes.size(); ++i) rather_after(nodes[i - 1].second, nodes[i].second);
  }
}

bool Build::joins_bond_or_bridge(const IfName& dev) const {
  auto it = works_.find(dev);
  if (it == works_.end() || !it->second.after) return false;
  IfName master = master_of(it->second.after);
  return master != master_of(it->second.before) && is_bond_or_bridge(final_link(master));
}

// Deleting the first address of a subnet deletes the others (inet_del_ifa() in net/ipv4/devinet.c), unless
// promote_secondaries is set. So the others go before it, and new ones of its subnet come after.
void Build::order_address_removals(const IfName& dev, size_t first, size_t last) {
  LinkWork* w = work(dev);
  bool joins = joins_bond_or_bridge(dev);
  for (size_t i = first; i < last; ++i) {
    const auto& d = diffs_.addresses[i];
    Graph::Node gone = d.verdict == Verdict::remove ? address_nodes_[i] : address_removals_[i];
    if (gone == kNone) continue;
    if (joins && step_of(gone).writes) after(gone, first_of({w->ready, w->away}));
    if (d.before->address.ip.family != Family::ipv4 || d.before->secondary) continue;
    for (size_t k = first; k < last; ++k) {
      const auto& other = diffs_.addresses[k];
      if (k == i) continue;
      const Address& value = other.before ? *other.before : other.after;
      if (value.address.network() != d.before->address.network()) continue;
      Graph::Node other_gone = other.verdict == Verdict::remove ? address_nodes_[k] : address_removals_[k];
      if (other_gone != kNone && other.before->secondary) after(other_gone, gone);
      if (other.verdict == Verdict::create || other_gone == address_removals_[k])
        after(gone, other.verdict == Verdict::remove ? kNone : address_nodes_[k]);
    }
  }
}

void Build::order_others() {
  for (size_t i = 0; i < diffs_.neighbors.size(); ++i)
    if (diffs_.neighbors[i].verdict != Verdict::remove)
      order_object(diffs_.neighbors[i].after, neighbor_nodes_[i]);
  for (const auto& [neighbor, node] : restored_neighbors_) order_object(*neighbor, node);
  for (size_t i = 0; i < diffs_.sysctls.size(); ++i) {
    IfName dev = dev_of(diffs_.sysctls[i].after);
    LinkWork* w = dev.empty() ? nullptr : work(dev);
    if (!w) continue;
    after(exists(*w), sysctl_nodes_[i]);
    if (w->early)
      after(sysctl_nodes_[i], w->ready);
    else
      after(w->ready, sysctl_nodes_[i]);
  }
  // Parameters of a link come before its addresses: disable_ipv6, accept_dad.
  std::map<IfName, Graph::Node> last;
  for (size_t i = 0; i < diffs_.sysctls.size(); ++i) {
    IfName dev = dev_of(diffs_.sysctls[i].after);
    if (dev.empty()) continue;
    auto [it, fresh] = last.try_emplace(dev, kNone);
    if (fresh) it->second = barrier(rank::kSysctl);
    after(sysctl_nodes_[i], it->second);
  }
  for (size_t i = 0; i < diffs_.addresses.size(); ++i)
    if (diffs_.addresses[i].verdict != Verdict::remove)
      if (auto it = last.find(diffs_.addresses[i].after.dev); it != last.end())
        after(it->second, address_nodes_[i]);
}

IfName Build::old_name_of(const IfName& dev) const {
  auto it = works_.find(dev);
  return it == works_.end() ? IfName{} : it->second.old_name;
}

// What is to be deleted of a link that gets another name goes before, while it is surely there: whether it
// would survive that the link goes down, nobody knows.
template <class T>
void Build::remove_by_old_name(Graph::Node node, const T& live) {
  T old = live;
  auto rename = [&](IfName& dev) {
    IfName name = old_name_of(dev);
    if (name.empty()) return;
    const LinkWork& w = *work(dev);
    after(node, first_of({w.aside, w.away}));
    dev = name;
  };
  if constexpr (std::is_same_v<T, Route>) {
    for (NextHop& hop : old.hops) rename(hop.dev);
    std::sort(old.hops.begin(), old.hops.end());
  } else {
    rename(old.dev);
    // The name is the first part of a label, and changes with it.
    if constexpr (std::is_same_v<T, Address>) old.label.reset();
  }
  if (!(old == live)) step_of(node).op.before = keep(std::move(old));
}

void Build::order_before_renames() {
  if (renames_.empty()) return;
  for (size_t i = 0; i < diffs_.addresses.size(); ++i) {
    const auto& d = diffs_.addresses[i];
    if (d.verdict == Verdict::remove) remove_by_old_name(address_nodes_[i], *d.before);
    if (address_removals_[i] != kNone) remove_by_old_name(address_removals_[i], *d.before);
  }
  for (size_t i = 0; i < diffs_.neighbors.size(); ++i)
    if (diffs_.neighbors[i].verdict == Verdict::remove)
      remove_by_old_name(neighbor_nodes_[i], *diffs_.neighbors[i].before);
  for (size_t i = 0; i < diffs_.routes.size(); ++i)
    if (diffs_.routes[i].verdict == Verdict::remove)
      remove_by_old_name(route_nodes_[i], *diffs_.routes[i].before);
}

}  // namespace netcfg
