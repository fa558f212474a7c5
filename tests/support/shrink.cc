// Makes failing cases small.
#include <algorithm>

#include "netcfg/diff/owner.h"
#include "tests/support/plan_case.h"

namespace netcfg::test {
namespace {

// What taking things out can make of a spec that no spec may be.
bool valid(const State& s) {
  for (const Link& link : s.links) {
    const Link* parent = s.link(parent_of(link));
    if (link.mtu && parent && link.mtu.value() > parent->mtu.value_or(0)) return false;
    const auto* bond = std::get_if<Bond>(&link.kind);
    if (!bond) continue;
    for (const Field& field : kBondFields)
      if (field.has(bond) && !mode_has(bond->mode.value_or(BondMode::balance_rr), field.name)) return false;
    if (bond->updelay.value_or(0) + bond->downdelay.value_or(0) != 0 && bond->miimon.value_or(0) == 0)
      return false;
  }
  auto reached = [&](const Ip& via) {
    return std::any_of(s.addresses.begin(), s.addresses.end(), [&](const Address& a) {
      return a.noprefixroute != true && !a.peer && a.address.contains(via);
    });
  };
  for (const Route& route : s.routes)
    for (const NextHop& hop : route.hops)
      if (hop.via && !hop.onlink && !hop.via.is_link_local() && !reached(hop.via)) return false;
  for (const Nexthop& n : s.nexthops) {
    if (n.via && !n.onlink && !n.via.is_link_local() && !reached(n.via)) return false;
    for (const NexthopMember& member : n.group)
      if (!s.nexthop(member.id)) return false;
  }
  for (const Route& route : s.routes)
    if (route.nexthop_id != 0 && !s.nexthop(route.nexthop_id)) return false;
  for (const Neighbor& n : s.neighbors)
    if (!reached(n.address)) return false;
  return true;
}

// The first words of what went wrong, so that one failure does not shrink into another.
std::string gist(const Failure& failure) {
  std::string out = failure.what ? failure.what : "";
  int lines = 0;
  for (char c : failure.detail) {
    if (c == '\n' && ++lines == 2) break;
    if (c < '0' || c > '9') out += c;
  }
  return out;
}

bool fails_alike(const Case& c, const Failure& failure) {
  return valid(c.desired.state) && gist(check(c)) == gist(failure);
}

// Takes objects out of a table one by one, as long as the case fails the same.
template <class T>
bool shrink_table(Case& c, const Failure& failure, std::vector<T> State::*table) {
  bool any = false;
  for (size_t i = (c.desired.state.*table).size(); i-- > 0;) {
    Case smaller = c;
    auto& objects = smaller.desired.state.*table;
    objects.erase(objects.begin() + static_cast<std::ptrdiff_t>(i));
    if (!fails_alike(smaller, failure)) continue;
    c = std::move(smaller);
    any = true;
  }
  return any;
}

// A link of the spec with all that names it.
bool shrink_links(Case& c, const Failure& failure) {
  bool any = false;
  for (size_t i = c.desired.state.links.size(); i-- > 0;) {
    if (i >= c.desired.state.links.size()) continue;
    Case smaller = c;
    State& s = smaller.desired.state;
    IfName name = s.links[i].name;
    std::erase_if(s.links, [&](const Link& l) {
      const auto* veth = std::get_if<Veth>(&l.kind);
      return l.name == name || parent_of(l) == name || (veth && veth->peer == name);
    });
    auto gone = [&](const IfName& dev) { return !dev.empty() && !s.link(dev); };
    for (Link& l : s.links) {
      if (l.master == name) l.master.reset(), l.port = {};
      if (auto* bond = std::get_if<Bond>(&l.kind); bond && bond->primary == name) bond->primary.reset();
    }
    std::erase_if(s.addresses, [&](const Address& a) { return gone(a.dev); });
    std::erase_if(s.neighbors, [&](const Neighbor& n) { return gone(n.dev); });
    std::erase_if(s.nexthops, [&](const Nexthop& n) { return gone(n.dev); });
    for (Nexthop& n : s.nexthops)
      std::erase_if(n.group, [&](const NexthopMember& member) { return !s.nexthop(member.id); });
    std::erase_if(s.nexthops,
                  [&](const Nexthop& n) { return !n.is_group() && n.dev.empty() && !n.blackhole && !n.via; });
    std::erase_if(s.routes, [&](const Route& r) { return r.nexthop_id != 0 && !s.nexthop(r.nexthop_id); });
    std::erase_if(s.routes, [&](const Route& r) {
      return std::any_of(r.hops.begin(), r.hops.end(), [&](const NextHop& h) { return gone(h.dev); });
    });
    std::erase_if(s.sysctls, [&](const Sysctl& x) { return gone(dev_of(x)); });
    std::erase_if(s.qdiscs, [&](const Qdisc& q) { return gone(q.dev); });
    std::erase_if(smaller.desired.matches, [&](const Match& m) { return m.name == name; });
    if (!fails_alike(smaller, failure)) continue;
    c = std::move(smaller);
    any = true;
  }
  return any;
}

bool shrink_fields(Case& c, const Failure& failure, Fields fields, auto&& object_in) {
  bool any = false;
  for (const Field& field : fields) {
    void* object = object_in(c);
    if (field.name == "parent" || field.name == "peer" || field.name == "id" || field.name == "table" ||
        field.name == "state" || field.name == "master" || !field.has(object))
      continue;
    Case smaller = c;
    field.clear(object_in(smaller));
    if (!fails_alike(smaller, failure)) continue;
    c = std::move(smaller);
    any = true;
  }
  return any;
}

bool shrink_all_fields(Case& c, const Failure& failure) {
  bool any = false;
  for (size_t i = 0; i < c.desired.state.links.size(); ++i) {
    any |=
        shrink_fields(c, failure, kLinkFields, [i](Case& x) -> void* { return &x.desired.state.links[i]; });
    any |= shrink_fields(c, failure, fields_of(c.desired.state.links[i].kind).fields,
                         [i](Case& x) { return object_of(x.desired.state.links[i].kind); });
    any |= shrink_fields(c, failure, fields_of(c.desired.state.links[i].port).fields,
                         [i](Case& x) { return object_of(x.desired.state.links[i].port); });
  }
  for (size_t i = 0; i < c.desired.state.addresses.size(); ++i)
    any |= shrink_fields(c, failure, kAddressFields,
                         [i](Case& x) -> void* { return &x.desired.state.addresses[i]; });
  return any;
}

// Objects of the host go by the kernel's own deletion.
template <class T>
bool shrink_host(Case& c, const Failure& failure, std::vector<T> State::*table) {
  bool any = false;
  const State state = c.kernel.state();
  for (const T& object : state.*table) {
    if (is_kernels(object)) continue;
    Case smaller = c;
    if (smaller.kernel.host().apply({Action::remove, &object, static_cast<const T*>(nullptr)}).refused())
      continue;
    if (!fails_alike(smaller, failure)) continue;
    c = std::move(smaller);
    any = true;
  }
  return any;
}

// What netcfg remembers: of each object on its own.
template <class T>
bool shrink_applied(Case& c, const Failure& failure) {
  bool any = false;
  for (size_t i = table_of<T>(c.ledger.applied).size(); i-- > 0;) {
    Case smaller = c;
    auto& applied = table_of<T>(smaller.ledger.applied);
    auto key = applied[i].key();
    applied.erase(applied.begin() + static_cast<std::ptrdiff_t>(i));
    std::erase_if(table_of<T>(smaller.ledger.original), [&](const T& x) { return x.key() == key; });
    if constexpr (std::is_same_v<T, Link>) std::erase(smaller.ledger.own_links, key);
    if (!fails_alike(smaller, failure)) continue;
    c = std::move(smaller);
    any = true;
  }
  return any;
}

bool shrink_ledger(Case& c, const Failure& failure) {
  bool any = shrink_applied<Link>(c, failure);
  any |= shrink_applied<Address>(c, failure);
  any |= shrink_applied<Neighbor>(c, failure);
  any |= shrink_applied<Nexthop>(c, failure);
  any |= shrink_applied<Route>(c, failure);
  any |= shrink_applied<Rule>(c, failure);
  any |= shrink_applied<Qdisc>(c, failure);
  return shrink_applied<Sysctl>(c, failure) || any;
}

}  // namespace

Case shrink(Case c, const Failure& failure) {
  for (bool any = true; any;) {
    any = shrink_ledger(c, failure);
    any |= shrink_table(c, failure, &State::routes);
    any |= shrink_table(c, failure, &State::nexthops);
    any |= shrink_table(c, failure, &State::rules);
    any |= shrink_table(c, failure, &State::neighbors);
    any |= shrink_table(c, failure, &State::sysctls);
    any |= shrink_table(c, failure, &State::qdiscs);
    any |= shrink_table(c, failure, &State::addresses);
    any |= shrink_links(c, failure);
    any |= shrink_all_fields(c, failure);
    any |= shrink_host(c, failure, &State::rules);
    any |= shrink_host(c, failure, &State::routes);
    any |= shrink_host(c, failure, &State::nexthops);
    any |= shrink_host(c, failure, &State::neighbors);
    any |= shrink_host(c, failure, &State::qdiscs);
    any |= shrink_host(c, failure, &State::addresses);
    any |= shrink_host(c, failure, &State::links);
  }
  return c;
}

}  // namespace netcfg::test
