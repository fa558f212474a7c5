#include "netcfg/diff/diff.h"

#include <utility>

#include "netcfg/diff/merge.h"
#include "netcfg/diff/mtus.h"
#include "netcfg/diff/owner.h"
#include "netcfg/diff/waiting.h"

namespace netcfg {
namespace {

// Walks two sorted tables side by side, a group of equal keys at a time:
// f(live group, desired group) as pairs of iterators, either may be empty.
template <class T, class F>
void walk(const std::vector<T>& live, const std::vector<T>& desired, F&& f) {
  auto l = live.begin();
  auto d = desired.begin();
  auto end_of_group = [](auto it, auto end) {
    auto first = it;
    while (it != end && it->key() == first->key()) ++it;
    return it;
  };
  while (l != live.end() || d != desired.end()) {
    bool take_live = l != live.end() && (d == desired.end() || !(d->key() < l->key()));
    bool take_desired = d != desired.end() && (l == live.end() || !(l->key() < d->key()));
    auto l_end = take_live ? end_of_group(l, live.end()) : l;
    auto d_end = take_desired ? end_of_group(d, desired.end()) : d;
    f(std::pair(l, l_end), std::pair(d, d_end));
    l = l_end;
    d = d_end;
  }
}

class Differ {
 public:
  Differ(const State& live, const Desired& desired, const Ledger& ledger, bool exact)
      : live_(live), desired_(desired), owner_(ledger), exact_(exact), mtus_(live_, desired_, owner_) {}

  Differences run() {
    walk(live_.links, desired_.state.links, [&](auto l, auto d) {
      link(l.first == l.second ? nullptr : &*l.first, d.first == d.second ? nullptr : &*d.first);
    });
    simple(live_.addresses, desired_.state.addresses, out_.addresses);
    simple(live_.neighbors, desired_.state.neighbors, out_.neighbors);
    waiting_.emplace(live_, desired_, out_.links);
    walk(live_.nexthops, desired_.state.nexthops, [&](auto l, auto d) {
      nexthop(l.first == l.second ? nullptr : &*l.first, d.first == d.second ? nullptr : &*d.first);
    });
    walk(live_.routes, desired_.state.routes, [&](auto l, auto d) { routes(l, d); });
    walk(live_.rules, desired_.state.rules, [&](auto l, auto d) { rules(l, d); });
    walk(live_.sysctls, desired_.state.sysctls, [&](auto l, auto d) {
      sysctl(l.first == l.second ? nullptr : &*l.first, d.first == d.second ? nullptr : &*d.first);
    });
    walk(live_.qdiscs, desired_.state.qdiscs, [&](auto l, auto d) {
      qdisc(l.first == l.second ? nullptr : &*l.first, d.first == d.second ? nullptr : &*d.first);
    });
    walk(live_.rulesets, desired_.state.rulesets, [&](auto l, auto d) {
      ruleset(l.first == l.second ? nullptr : &*l.first, d.first == d.second ? nullptr : &*d.first);
    });
    return std::move(out_);
  }

 private:
  void link(const Link* live, const Link* wanted) {
    if (!wanted) {
      if (live) unwanted_link(*live);
    } else if (wanted->absent()) {
      if (live) out_.links.push_back({Verdict::remove, Why::absent, live, {}});
    } else if (!live) {
      Link made = *wanted;
      // A new bridge would follow its ports; one that is there gets back the default.
      const Link* applied = owner_.applied(*wanted);
      if (std::holds_alternative<Bridge>(made.kind) && applied && applied->mtu && !made.mtu)
        made.mtu = mtus_.usual(made);
      out_.links.push_back({Verdict::create, Why::wanted, nullptr, std::move(made)});
    } else {
      const Link* applied = owner_.applied(*live);
      MergedLink merged = merge(*live, *wanted, applied, owner_.original(*live));
      if (applied) default_vlans(merged.link, *wanted, *applied);
      bool bonded = std::holds_alternative<BondPort>(merged.link.port);
      if (applied && applied->mtu && !wanted->mtu && !owner_.original(*live) && !bonded)
        // What nobody can foresee is left as it is, and settled when it has come about.
        merged.link.mtu = mtus_.usual(merged.link).value_or(live->mtu.value_or(0));
      if (!(merged.link == *live))
        out_.links.push_back({Verdict::update, merged.dropped_fields ? Why::field_dropped : Why::differs,
                              live, std::move(merged.link)});
      else if (wanted->kind.index() != 0 && !exact_ && !owner_.owns(*live))
        out_.links.push_back({Verdict::adopt, Why::untagged, live, *live});
    }
  }

  // VLANs that the spec named before and no longer does: those that the bridge gives a new port, and itself.
  void default_vlans(Link& merged, const Link& wanted, const Link& applied) const {
    auto* port = std::get_if<BridgePort>(&merged.port);
    const auto* old = std::get_if<BridgePort>(&applied.port);
    const auto* now = std::get_if<BridgePort>(&wanted.port);
    if (port && old && now && applied.master == merged.master) {
      uint16_t usual = default_pvid(*merged.master);
      if (old->pvid && !now->pvid) port->pvid = !now->vlans || now->vlans->contains(usual) ? usual : 0;
      if (old->vlans && !now->vlans) port->vlans = only(port->pvid.value_or(usual));
      if (old->untagged && !now->untagged) port->untagged.emplace();
    }
    auto* bridge = std::get_if<Bridge>(&merged.kind);
    const auto* was = std::get_if<Bridge>(&applied.kind);
    const auto* is = std::get_if<Bridge>(&wanted.kind);
    if (!bridge || !was || !is) return;
    if (was->vlans && !is->vlans) bridge->vlans = only(bridge->default_pvid.value_or(1));
    if (was->untagged && !is->untagged) bridge->untagged = only(bridge->default_pvid.value_or(1));
  }

  static VidSet only(uint16_t vid) {
    VidSet out;
    if (vid != 0) out.add({vid, vid});
    return out;
  }

  uint16_t default_pvid(const IfName& name) const {
    constexpr uint16_t kUsual = 1;
    auto pvid_in = [&](const State& state) -> std::optional<uint16_t> {
      const Link* link = state.link(name);
      const auto* bridge = link ? std::get_if<Bridge>(&link->kind) : nullptr;
      return bridge ? bridge->default_pvid : std::nullopt;
    };
    if (auto wanted = pvid_in(desired_.state)) return *wanted;
    Link named;
    named.name = name;
    const Link* applied = owner_.applied(named);
    const auto* dropped = applied ? std::get_if<Bridge>(&applied->kind) : nullptr;
    return dropped && dropped->default_pvid ? kUsual : pvid_in(live_).value_or(kUsual);
  }

  void unwanted_link(const Link& live) {
    if (desired_.partial) return;
    if (owner_.owns(live)) {
      out_.links.push_back({Verdict::remove, Why::dropped, &live, {}});
      return;
    }
    const Link* applied = owner_.applied(live);
    // Of one that netcfg made only the name is left: another program's link now has it.
    if (applied && !applied->absent() && applied->kind.index() == 0) {
      // A NIC that the spec no longer names: what was set goes back, but it is not taken down.
      Link named = *applied;
      named.state.reset();
      Link nothing;
      nothing.name = live.name;
      MergedLink merged = merge(live, nothing, &named, owner_.original(live));
      if (!(merged.link == live))
        out_.links.push_back({Verdict::update, Why::field_dropped, &live, std::move(merged.link)});
    } else if (!is_kernels(live)) {
      out_.foreign.push_back(&live);
    }
  }

  // Addresses and neighbours: one object a key, merged field by field.
  template <class T>
  void simple(const std::vector<T>& live, const std::vector<T>& desired, std::vector<Difference<T>>& out) {
    walk(live, desired, [&](auto l, auto d) {
      if (l.first == l.second) {
        out.push_back({Verdict::create, Why::wanted, nullptr, *d.first});
        return;
      }
      const T& there = *l.first;
      if (d.first == d.second) {
        unwanted(there, out);
        return;
      }
      T merged = merge(there, *d.first, owner_.applied(there));
      if (exact_) leave_out(merged, *d.first);
      if (!(merged == there) || (exact_ && makes_secondary(merged, *d.first)))
        out.push_back({Verdict::update, Why::differs, &there, std::move(merged)});
      else if (untagged(there, *d.first))
        out.push_back({Verdict::adopt, Why::untagged, &there, std::move(merged)});
    });
  }

  // As wanted, but for the tag. What the kernel keeps by itself stays its own.
  template <class T>
  bool untagged(const T& live, const T& wanted) const {
    return live.protocol != wanted.protocol && (exact_ || (!owner_.owns(live) && !is_kernels(live)));
  }

  // Going back, what the snapshot lacks is not to be there.
  static void leave_out(Address& merged, const Address& wanted) {
    merged.peer = wanted.peer;
    merged.broadcast = wanted.broadcast;
  }
  static void leave_out(Neighbor&, const Neighbor&) {}

  // Going back, the primary of a subnet that was not one has to step back.
  static bool makes_secondary(Address& merged, const Address& wanted) {
    return !std::exchange(merged.secondary, wanted.secondary) && wanted.secondary;
  }
  static bool makes_secondary(const Neighbor&, const Neighbor&) { return false; }

  template <class T>
  void unwanted(const T& live, std::vector<Difference<T>>& out) {
    if (desired_.partial) return;
    if (owner_.owns(live))
      out.push_back({Verdict::remove, Why::dropped, &live, {}});
    else if (is_kernels(live))
      return;
    else if (exclusive(live))
      out.push_back({Verdict::remove, Why::exclusive, &live, {}});
    else
      out_.foreign.push_back(&live);
  }

  void nexthop(const Nexthop* live, const Nexthop* wanted) {
    if (!wanted) return unwanted(*live, out_.nexthops);
    if (const IfName* link = waiting_->link_for(wanted->id)) {
      out_.waiting.emplace_back(wanted, *link);
      return;
    }
    Nexthop possible = waiting_->possible(*wanted);
    if (!live)
      out_.nexthops.push_back({Verdict::create, Why::wanted, nullptr, std::move(possible)});
    else if (!(*live == possible) && !is_a_choice(*live, *wanted))
      out_.nexthops.push_back({Verdict::update, Why::differs, live, std::move(possible)});
    else if (untagged(*live, *wanted))
      adopt(*live, *wanted);
  }

  // Whoever chooses among the candidates may have chosen since the group was written.
  bool is_a_choice(const Nexthop& live, const Nexthop& wanted) const {
    if (wanted.any_of.empty()) return false;
    const Nexthop* applied = owner_.applied(live);
    // On the way back what they are has been taken over with the state before (apply/look.h).
    if (!exact_ && (!applied || !(*applied == wanted) || applied->any_of != wanted.any_of)) return false;
    return live.is_group() && live.resilient == wanted.resilient &&
           std::includes(wanted.any_of.begin(), wanted.any_of.end(), live.group.begin(), live.group.end());
  }

  void adopt(const Nexthop& live, const Nexthop& wanted) {
    Nexthop tagged = live;
    tagged.protocol = wanted.protocol;
    tagged.origin = wanted.origin;
    out_.nexthops.push_back({Verdict::adopt, Why::untagged, &live, std::move(tagged)});
  }

  template <class Group>
  void routes(Group live, Group wanted) {
    if (wanted.first == wanted.second) {
      for (auto it = live.first; it != live.second; ++it) unwanted(*it, out_.routes);
      return;
    }
    const Route& want = *wanted.first;
    if (want.nexthop_id != 0 && waiting_->waits(want.nexthop_id)) return;
    const Route* match = nullptr;
    for (auto it = live.first; it != live.second; ++it)
      if (*it == want && (!match || owner_.owns(*it))) match = &*it;
    bool exact = match != nullptr;
    // Nothing as wanted: write over our own one, or over another's, since two of one key cannot be.
    for (auto it = live.first; it != live.second && !exact; ++it)
      if (!match || (owner_.owns(*it) && !owner_.owns(*match))) match = &*it;
    if (!match) {
      out_.routes.push_back({Verdict::create, Why::wanted, nullptr, {&want}});
      return;
    }
    if (!exact)
      out_.routes.push_back({Verdict::update, Why::differs, match, {&want}});
    else if (untagged(*match, want))
      out_.routes.push_back({Verdict::adopt, Why::untagged, match, {&want}});
    for (auto it = live.first; it != live.second; ++it)
      if (&*it != match) unwanted(*it, out_.routes);
  }

  template <class Group>
  void rules(Group live, Group wanted) {
    // Equal rules can be there more than once; one is enough.
    const Rule* match = nullptr;
    for (auto it = live.first; it != live.second; ++it)
      if (!match || (owner_.owns(*it) && !owner_.owns(*match))) match = &*it;
    bool want = wanted.first != wanted.second;
    if (want && !match) out_.rules.push_back({Verdict::create, Why::wanted, nullptr, *wanted.first});
    if (want && match && !exact_ && !owner_.owns(*match) && !is_kernels(*match))
      out_.rules.push_back({Verdict::adopt, Why::untagged, match, *wanted.first});
    for (auto it = live.first; it != live.second; ++it) {
      if ((want && &*it == match) || desired_.partial) continue;
      if (owner_.owns(*it))
        out_.rules.push_back({Verdict::remove, Why::dropped, &*it, {}});
      else if (!is_kernels(*it))
        out_.foreign.push_back(&*it);
    }
  }

  void sysctl(const Sysctl* live, const Sysctl* wanted) {
    if (wanted) {
      if (!live)
        out_.sysctls.push_back({Verdict::create, Why::wanted, nullptr, *wanted});
      else if (!(*live == *wanted))
        out_.sysctls.push_back({Verdict::update, Why::differs, live, *wanted});
      return;
    }
    const Sysctl* before = live ? owner_.original(*live) : nullptr;
    if (live && owner_.applied(*live) && before && !(*before == *live))
      out_.sysctls.push_back({Verdict::update, Why::field_dropped, live, *before});
  }

  // A tree of another's on a link for which the spec names one is replaced; a plain one that fits is kept as
  // it is, with its handle.
  void qdisc(const Qdisc* live, const Qdisc* wanted) {
    if (!wanted) return unwanted(*live, out_.qdiscs);
    if (!live) {
      out_.qdiscs.push_back({Verdict::create, Why::wanted, nullptr, *wanted});
      return;
    }
    const Qdisc* applied = owner_.applied(*live);
    Qdisc merged = exact_ ? *wanted : merge(*live, *wanted, applied);
    if (!(merged == *live) || merged.handle != live->handle)
      out_.qdiscs.push_back({Verdict::update, Why::differs, live, std::move(merged)});
    else if (!exact_ && !owner_.owns(*live))
      out_.qdiscs.push_back({Verdict::adopt, Why::untagged, live, std::move(merged)});
  }

  // The table is netcfg's by its name, whoever made it, and is replaced as a whole.
  void ruleset(const Ruleset* live, const Ruleset* wanted) {
    if (!wanted && desired_.partial) return;
    if (!wanted)
      out_.rulesets.push_back({Verdict::remove, Why::dropped, live, {}});
    else if (!live)
      out_.rulesets.push_back({Verdict::create, Why::wanted, nullptr, *wanted});
    else if (!(*live == *wanted))
      out_.rulesets.push_back({Verdict::update, Why::differs, live, *wanted});
  }

  bool exclusive_link(const IfName& dev) const {
    if (desired_.exclusive && desired_.state.link(dev)) return true;
    return std::binary_search(desired_.exclusive_links.begin(), desired_.exclusive_links.end(), dev);
  }
  bool exclusive(const Address& a) const { return exclusive_link(a.dev); }
  bool exclusive(const Neighbor&) const { return false; }
  bool exclusive(const Nexthop&) const { return false; }
  bool exclusive(const Qdisc&) const { return false; }
  bool exclusive(const Route& r) const {
    auto all = [&](const Few<NextHop>& hops) {
      return !hops.empty() &&
             std::all_of(hops.begin(), hops.end(), [&](const NextHop& h) { return exclusive_link(h.dev); });
    };
    return all(r.nexthop_id == 0 ? r.hops : live_.hops_of(r));
  }

  const State& live_;
  const Desired& desired_;
  Owner owner_;
  bool exact_;
  Mtus mtus_;
  std::optional<Waiting> waiting_;  // when it is known what becomes of the links
  Differences out_;
};

}  // namespace

bool Differences::empty() const {
  auto only_adoptions = [](const auto& table) {
    return std::all_of(table.begin(), table.end(), [](const auto& d) { return d.verdict == Verdict::adopt; });
  };
  return only_adoptions(links) && only_adoptions(addresses) && only_adoptions(neighbors) &&
         only_adoptions(nexthops) && only_adoptions(routes) && only_adoptions(rules) &&
         only_adoptions(sysctls) && only_adoptions(qdiscs) && only_adoptions(rulesets);
}

Differences diff(const State& live, const Desired& desired, const Ledger& ledger, bool exact) {
  return Differ(live, desired, ledger, exact).run();
}

}  // namespace netcfg
