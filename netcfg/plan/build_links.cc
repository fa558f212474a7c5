// From the difference of a link to the values that it passes through.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

constexpr int kDeepest = 16;  // links stand on each other eight deep at most (MAX_NEST_DEV)

bool changes_field_of(const Link& before, const Link& after, std::initializer_list<Mutability> kinds) {
  if (before.kind.index() != after.kind.index()) return false;
  FieldsOf a = fields_of(before.kind);
  FieldsOf b = fields_of(after.kind);
  return std::any_of(a.fields.begin(), a.fields.end(), [&](const Field& field) {
    return std::find(kinds.begin(), kinds.end(), field.change) != kinds.end() &&
           !field.equal(a.object, b.object);
  });
}

bool must_recreate(const Link& before, const Link& after) {
  if (before.kind.index() != after.kind.index()) return true;
  if (changes_field_of(before, after, {Mutability::recreate})) return true;
  // macvlan_changelink() in drivers/net/macvlan.c: passthru is decided when the link is made.
  return is_passthru(before) != is_passthru(after);
}

bool is_nic(const Link& link) {
  return link.kind.index() == 0 && link.foreign_kind.empty();
}

IfName master_of(const Link& link) {
  return link.master.value_or(IfName{});
}

bool has_port_options(const Link& link) {
  FieldsOf port = fields_of(link.port);
  return std::any_of(port.fields.begin(), port.fields.end(),
                     [&](const Field& f) { return f.has(port.object); });
}

bool stands_on(const Link& link, const IfName& name) {
  const auto* veth = std::get_if<Veth>(&link.kind);
  return parent_of(link) == name || (veth && veth->peer == name);
}

// The options of a bond that name a member can only be set once it is one.
void strip_member_options(Link& link) {
  if (auto* bond = std::get_if<Bond>(&link.kind)) {
    bond->primary.reset();
    bond->active_slave.reset();
  }
}

}  // namespace

void Build::collect_links() {
  for (Difference<Link>& d : diffs_.links) {
    const IfName& name = d.before ? d.before->name : d.after.name;
    if (d.verdict == Verdict::adopt) {
      Graph::Node node = step<Link>(rank::kLink, Action::update, d.verdict, d.why, d.before, keep(d.after));
      step_of(node).writes = false;
      continue;
    }
    LinkWork& w = works_[name];
    w.before = d.before;
    w.why = d.why;
    if (d.verdict != Verdict::remove) w.after = keep(d.after);
    w.recreate = w.before && w.after && must_recreate(*w.before, *w.after);
  }
  for (const Rename& rename : renames_) {
    const Link* live = live_.link(rename.to);
    LinkWork& w = work_for(*live, Why::rename, {});
    w.old_name = rename.from;
  }
  claim_altnames();
}

// An altname that the spec gives to one interface while another of its interfaces has it: that one loses it.
void Build::claim_altnames() {
  for (const Link& wanted : desired_.state.links) {
    if (!wanted.altnames) continue;
    for (const Link& holder : live_.links) {
      const Link* asked = desired_.state.link(holder.name);
      const Link* after = final_link(holder.name);
      if (holder.name == wanted.name || !asked || asked->altnames || !after || !after->altnames) continue;
      Link without = *after;
      std::erase_if(*without.altnames, [&](const std::string& name) {
        return std::find(wanted.altnames->begin(), wanted.altnames->end(), name) != wanted.altnames->end();
      });
      if (without.altnames->size() == after->altnames->size()) continue;
      work_for(holder, Why::differs, wanted.name).after = keep(std::move(without));
    }
  }
}

LinkWork& Build::work_for(const Link& live, Why why, const IfName& cause) {
  auto [it, fresh] = works_.try_emplace(live.name);
  LinkWork& w = it->second;
  if (fresh) {
    w.before = &live;
    w.after = keep(live);
    w.why = why;
    w.cause = cause;
  }
  return w;
}

bool Build::needs_empty(const LinkWork& w) const {
  return w.before && w.after &&
         changes_field_of(*w.before, *w.after, {Mutability::empty, Mutability::down_empty});
}

// What the deletion or the emptying of one link means for those that stand on it or belong to it.
void Build::spread() {
  std::vector<IfName> queue;
  for (auto& [name, w] : works_) queue.push_back(name);
  while (!queue.empty()) {
    IfName name = queue.back();
    queue.pop_back();
    spread_from(works_.at(name), queue);
  }
}

void Build::spread_from(const LinkWork& origin, std::vector<IfName>& queue) {
  if (!origin.before) return;
  bool deleted = !origin.after || origin.recreate;
  bool emptied = needs_empty(origin);
  if (!deleted && !emptied) return;
  const IfName name = origin.before->name;
  bool for_good = !origin.after;
  for (const Link& link : live_.links) {
    if (link.name == name) continue;
    if (deleted && stands_on(link, name)) {
      bool known = works_.contains(link.name);
      LinkWork& w = work_for(link, Why::recreate, name);
      if (!w.after || w.recreate) continue;
      if (!known && (for_good || !link.foreign_kind.empty())) {
        w.after = nullptr;
        w.why = Why::implied;
        bool other_end = std::holds_alternative<Veth>(link.kind);
        if (!other_end)
          plan_.warnings.push_back({Severity::warning,
                                    {},
                                    "",
                                    fmt::format("deleting {} deletes {} as well, which is not netcfg's",
                                                name.view(), link.name.view()),
                                    ""});
      } else {
        w.recreate = true;
      }
      queue.push_back(link.name);
    } else if (master_of(link) == name) {
      LinkWork& w = work_for(link, Why::rejoin, name);
      if (!w.after || w.recreate) continue;
      w.detach = true;
      if (for_good && master_of(*w.after) == name) {
        Link freed = *w.after;
        freed.master = IfName{};
        freed.port = {};
        w.after = keep(std::move(freed));
        w.why = Why::release;
      }
    }
  }
}

void Build::plan_link(LinkWork& w) {
  if (!w.after) {
    remove_link(w);
  } else if (!w.before) {
    create_link(w);
  } else if (w.recreate) {
    w.after = keep(made_anew(w));
    remove_link(w);
    create_link(w);
  } else {
    change_link(w);
  }
}

void Build::remove_link(LinkWork& w) {
  const Link* value = w.before;
  if (!w.old_name.empty()) {
    Link old = *w.before;
    old.name = w.old_name;
    value = keep(std::move(old));
  }
  Why why = w.recreate ? Why::recreate : w.why;
  w.removed = step<Link>(rank::kRemoveLink, Action::remove, Verdict::remove, why, value, nullptr);
  Step& s = step_of(w.removed);
  s.cause = to_string(w.cause);
  if (why == Why::implied) s.writes = false;
  // Deleting one end of a veth pair deletes both: the end whose name sorts first is deleted.
  const auto* veth = std::get_if<Veth>(&w.before->kind);
  LinkWork* peer = veth && veth->peer ? work(*veth->peer) : nullptr;
  if (peer && peer->before && (!peer->after || peer->recreate)) s.writes = w.before->name < *veth->peer;
  if (!s.writes) {
    s.why = Why::implied;
    if (veth && veth->peer) s.cause = to_string(*veth->peer);
  }
}

bool Build::has_early_objects(const IfName& name) const {
  const State& wanted = desired_.state;
  auto it = std::lower_bound(wanted.addresses.begin(), wanted.addresses.end(), name,
                             [](const Address& a, const IfName& dev) { return a.dev < dev; });
  if (it != wanted.addresses.end() && it->dev == name) return true;
  std::string four = fmt::format("net/ipv4/conf/{}/", name.view());
  std::string six = fmt::format("net/ipv6/conf/{}/", name.view());
  auto starts = [&](const std::string& prefix) {
    auto at = std::lower_bound(wanted.sysctls.begin(), wanted.sysctls.end(), prefix,
                               [](const Sysctl& s, const std::string& p) { return s.path < p; });
    return at != wanted.sysctls.end() && at->path.starts_with(prefix);
  };
  return starts(four) || starts(six);
}

void Build::create_link(LinkWork& w) {
  Link value = *w.after;
  strip_member_options(value);
  const Link* whole = keep(value);
  IfName master = master_of(value);
  // A new link that comes up at once cannot join a bond ("can not be enslaved while up"), and port options
  // need the port.
  bool join_later = !master.empty() && (will_be_bond(master) || has_port_options(value));
  w.early = value.is_up() && !join_later && has_early_objects(value.name);
  if (join_later) {
    value.master.reset();
    value.port = {};
  }
  if (join_later || w.early) value.state = LinkState::down;
  const Link* bare = keep(std::move(value));
  Why why = w.recreate ? Why::recreate : w.why;
  w.made = step<Link>(rank::kLink, Action::create, Verdict::create, why, nullptr, bare);
  step_of(w.made).cause = to_string(w.cause);
  if (!(*bare == *whole))
    w.ready = step<Link>(rank::kLink, Action::update, Verdict::update, Why::wanted, bare, whole);
  settle(w, *whole);
}

void Build::settle(LinkWork& w, const Link& so_far) {
  if (so_far == *w.after && !w.pin_mtu && !w.pin_mac && !w.pin_primary) return;
  Link value = so_far;
  if (w.pin_mtu) value.mtu.reset();
  if (w.pin_mac) value.mac.reset();
  if (w.pin_primary) std::get<Bond>(value.kind).primary.reset();
  w.settled =
      step<Link>(rank::kLink, Action::update, Verdict::update, Why::wanted, keep(std::move(value)), w.after);
}

bool Build::leaves_master(const LinkWork& w) const {
  IfName old = master_of(*w.before);
  return !old.empty() && (w.detach || master_of(*w.after) != old);
}

bool Build::must_go_down(const LinkWork& w) const {
  const Link& before = *w.before;
  const Link& after = *w.after;
  if (!w.old_name.empty()) return true;  // before Linux 6.2 an interface that is up cannot be renamed
  if (changes_field_of(before, after, {Mutability::down, Mutability::down_empty})) return true;
  // eth_prepare_mac_addr_change() in net/ethernet/eth.c: EBUSY while up, for many NIC drivers.
  if (is_nic(before) && before.mac != after.mac) return true;
  IfName master = master_of(after);
  bool joins = !master.empty() && (w.detach || master != master_of(before));
  return joins && will_be_bond(master);
}

// A VLAN that changes its master meanwhile cannot come up then.
bool Build::parent_goes_down(const LinkWork& w) const {
  auto it = works_.find(parent_of(*w.before));
  if (it == works_.end() || !it->second.before || !it->second.after) return false;
  return std::holds_alternative<Vlan>(w.before->kind) && it->second.before->is_up() &&
         (must_go_down(it->second) || leaves_master(it->second) || !it->second.after->is_up());
}

// A member that leaves a bond for good has its own MAC address and MTU again, unless somebody names others.
void Build::forget_bonds_values(LinkWork& w) {
  const Link* bond = live_.link(master_of(*w.before));
  if (!bond || !std::holds_alternative<Bond>(bond->kind)) return;
  const Link* wanted = desired_.state.link(w.before->name);
  const Link* original = owner_.original(*w.before);
  Link after = *w.after;
  auto named = [&](auto field) { return (wanted && wanted->*field) || (original && original->*field); };
  if (!named(&Link::mac)) after.mac.reset();
  if (!named(&Link::mtu)) after.mtu.reset();
  w.after = keep(std::move(after));
}

// Whether the link joins a master on which it stands still: that, it has to be off first.
bool Build::stands_on_master(const LinkWork& w) const {
  IfName master = master_of(*w.after);
  if (master.empty() || !std::holds_alternative<Vxlan>(w.before->kind)) return false;
  IfName below = parent_of(*w.before);
  for (int depth = 0; !below.empty() && depth < kDeepest; ++depth) {
    if (below == master) return parent_of(*w.after) != parent_of(*w.before);
    const Link* link = live_.link(below);
    below = link ? parent_of(*link) : IfName{};
  }
  return false;
}

// The value while the link is prepared: out of its old master, under its name, down if it has to be, and
// with all that can only be set then.
Link Build::offline_value(const LinkWork& w, bool leaves, bool down) const {
  Link value = *w.before;
  const Link* old_master = leaves ? live_.link(master_of(*w.before)) : nullptr;
  if (leaves) {
    value.master = IfName{};
    value.port = {};
  }
  bool released = old_master && std::holds_alternative<Bond>(old_master->kind);
  if (released) {
    // bond_release() in drivers/net/bonding/bond_main.c closes the member, and gives it back what it had
    // before it came: nobody knows what.
    down = true;
    value.mac.reset();
    value.mtu.reset();
  }
  if (down) value.state = LinkState::down;
  if (is_nic(value) && !released) value.mac = w.after->mac;
  FieldsOf wanted = fields_of(w.after->kind);
  const auto* bond = std::get_if<Bond>(&w.after->kind);
  for (const Field& field : wanted.fields)
    if (field.change == Mutability::down || field.change == Mutability::down_empty ||
        field.change == Mutability::empty ||
        // Where the new mode has no such option, it is cleared with the change of mode, or never.
        (bond && bond->mode && !mode_has(*bond->mode, field.name)))
      field.copy(object_of(value.kind), wanted.object);
  if (stands_on_master(w)) std::get<Vxlan>(value.kind).parent = IfName{};
  if (auto* port = std::get_if<BondPort>(&value.port); port && gives_queue_id(w)) port->queue_id = 0;
  // bond_option_mode_set() clears it.
  auto* now = std::get_if<Bond>(&value.kind);
  if (now && bond && now->mode != std::get<Bond>(w.before->kind).mode && now->arp_validate.value_or(0) != 0)
    now->arp_validate.reset();
  if (value.altnames && w.after->altnames)
    std::erase_if(*value.altnames, [&](const std::string& name) {
      const auto& kept = *w.after->altnames;
      return std::find(kept.begin(), kept.end(), name) == kept.end();
    });
  return value;
}

// Whether another member gets the queue of this one: two of a bond cannot have the same.
bool Build::gives_queue_id(const LinkWork& w) const {
  const auto* now = std::get_if<BondPort>(&w.before->port);
  const auto* then = std::get_if<BondPort>(&w.after->port);
  if (!now || !then || now->queue_id.value_or(0) == 0 || now->queue_id == then->queue_id) return false;
  return std::any_of(works_.begin(), works_.end(), [&](const auto& other) {
    const Link* after = other.second.after;
    const auto* port = after ? std::get_if<BondPort>(&after->port) : nullptr;
    return port && after->master == w.before->master && port->queue_id == now->queue_id;
  });
}

// Whether another link gets an altname of this one: then it goes before anything else.
bool Build::gives_altname(const LinkWork& w) const {
  if (!w.before->altnames || !w.after->altnames) return false;
  auto has = [](const Link* link, const std::string& name) {
    return link && link->altnames &&
           std::find(link->altnames->begin(), link->altnames->end(), name) != link->altnames->end();
  };
  return std::any_of(w.before->altnames->begin(), w.before->altnames->end(), [&](const std::string& name) {
    return !has(w.after, name) && std::any_of(works_.begin(), works_.end(), [&](const auto& other) {
      return has(other.second.after, name);
    });
  });
}

void Build::put_aside(LinkWork& w) {
  // Only one link of a circle of names has to step aside: the one whose new name sorts first.
  IfName at = w.before->name;
  IfName first = at;
  for (size_t i = 0; i <= renames_.size(); ++i) {
    auto holder =
        std::find_if(renames_.begin(), renames_.end(), [&](const Rename& r) { return r.from == at; });
    if (holder == renames_.end()) return;
    at = holder->to;
    first = std::min(first, at);
    if (at == w.before->name) break;
  }
  if (first != w.before->name) return;
  Link old = *w.before;
  old.name = w.old_name;
  Link passing = old;
  for (int i = 0; passing.name == old.name || live_.link(passing.name) || work(passing.name); ++i)
    passing.name = IfName(fmt::format("netcfg{}", i));
  passing.state = LinkState::down;
  w.aside =
      step<Link>(rank::kLink, Action::update, Verdict::update, Why::rename_aside, keep(old), keep(passing));
}

// Out of its old master, under its new name, down: what has to come before the change itself. What the link
// is like then.
const Link* Build::prepare(LinkWork& w, const Link* value) {
  if (!w.old_name.empty()) {
    put_aside(w);
    Link old = *value;
    old.name = w.old_name;
    value =
        w.aside == LinkWork::kNone ? keep(std::move(old)) : std::get<const Link*>(step_of(w.aside).op.after);
  }
  bool leaves = leaves_master(w);
  bool down = w.before->is_up() && (must_go_down(w) || (leaves && parent_goes_down(w)));
  bool needed = leaves || down || !w.old_name.empty() || needs_empty(w) || gives_altname(w) ||
                gives_queue_id(w) || stands_on_master(w);
  if (!needed) return value;
  const Link* next = keep(offline_value(w, leaves, down));
  Why why = !w.old_name.empty() ? Why::rename : leaves ? Why::release : Why::offline;
  w.away = step<Link>(rank::kLink, Action::update, Verdict::update, why, value, next);
  step_of(w.away).origin = w.after->origin;
  step_of(w.away).cause = to_string(w.cause);
  return next;
}

void Build::change_link(LinkWork& w) {
  const Link* value = forget_vlans(w, prepare(w, w.before));
  Link target = *w.after;
  auto* bond = std::get_if<Bond>(&target.kind);
  const auto* bond_now = std::get_if<Bond>(&value->kind);
  if (bond && bond_now) {
    bond->primary = bond_now->primary;
    bond->active_slave = bond_now->active_slave;
  }
  const Link* whole = keep(std::move(target));
  if (!(*whole == *value)) {
    Why why = w.away == LinkWork::kNone                                ? w.why
              : w.detach && master_of(*whole) == master_of(*w.before)  ? Why::rejoin
              : w.before->is_up() && whole->is_up() && !value->is_up() ? Why::up_again
                                                                       : w.why;
    w.ready = step<Link>(rank::kLink, Action::update, Verdict::update, why, value, whole);
    step_of(w.ready).cause = to_string(w.cause);
  }
  settle(w, *whole);
}

}  // namespace netcfg
