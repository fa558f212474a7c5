#include "netcfg/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/diff/owner.h"
#include "netcfg/plan/build.h"
#include "netcfg/plan/resolve.h"

namespace netcfg {
namespace {

// Links that had another name when the snapshot was taken.
std::vector<Rename> names_back(const State& now, const State& snapshot) {
  std::map<uint32_t, const Link*> then;
  for (const Link& link : snapshot.links)
    if (link.index != 0) then[link.index] = &link;
  std::vector<Rename> out;
  for (const Link& link : now.links) {
    auto it = then.find(link.index);
    if (it != then.end() && it->second->name != link.name && it->second->kind.index() == link.kind.index())
      out.push_back({link.name, it->second->name, {}});
  }
  std::sort(out.begin(), out.end(), [](const Rename& a, const Rename& b) { return a.to < b.to; });
  return out;
}

// Whether the members have the bond's MAC address (bond_enslave()); else each keeps its own, but for one.
bool shares_mac(const Bond& bond) {
  BondMode mode = bond.mode.value_or(BondMode::balance_rr);
  if (mode == BondMode::active_backup) return bond.fail_over_mac.value_or(0) == 0;
  return mode != BondMode::balance_tlb && mode != BondMode::balance_alb;
}

// The kernel leaves IPv4 routes of tables besides main to themselves when their source address goes, IPv6
// routes when that goes to another VRF, and all when nothing reaches their gateway any longer; once such a
// route is gone, nobody can make it again.
bool was_left_over(const Route& route, const State& snapshot) {
  auto vrf_table = [&](const IfName& dev) -> uint32_t {
    const Link* link = snapshot.link(dev);
    const Link* master = link && link->master ? snapshot.link(*link->master) : nullptr;
    const auto* vrf = master ? std::get_if<Vrf>(&master->kind)
                      : link ? std::get_if<Vrf>(&link->kind)
                             : nullptr;
    return vrf ? vrf->table.value_or(0) : 0;
  };
  auto is_source = [&](const Address& a) {
    if (a.address.ip != route.src) return false;
    uint32_t vrf = vrf_table(a.dev);
    if (route.family() == Family::ipv6) return route.hops.empty() || vrf == vrf_table(route.hops[0].dev);
    return vrf == 0 || vrf == route.table;
  };
  auto is_own = [&](const Ip& ip) {
    return std::any_of(snapshot.addresses.begin(), snapshot.addresses.end(),
                       [&](const Address& a) { return a.address.ip == ip; });
  };
  auto reaches = [&](const NextHop& hop) {
    bool free = !hop.via || hop.onlink || hop.via.is_link_local() || is_own(hop.via);
    return free || std::any_of(snapshot.routes.begin(), snapshot.routes.end(), [&](const Route& r) {
             bool on_link = std::any_of(r.hops.begin(), r.hops.end(),
                                        [&](const NextHop& h) { return !h.via && h.dev == hop.dev; });
             return on_link && r.to.contains(hop.via);
           });
  };
  bool sourceless =
      route.src && std::none_of(snapshot.addresses.begin(), snapshot.addresses.end(), is_source);
  return sourceless || !std::all_of(route.hops.begin(), route.hops.end(), reaches);
}

// Likewise an object whose gateway nothing reached any longer, or that stood on a link without IPv6.
bool was_left_over(const Nexthop& nexthop, const State& snapshot) {
  if (nexthop.dev.empty()) return false;
  bool without_ipv6 =
      nexthop.family == Family::ipv6 &&
      std::none_of(snapshot.addresses.begin(), snapshot.addresses.end(), [&](const Address& a) {
        return a.dev == nexthop.dev && a.address.ip.family == Family::ipv6;
      });
  Route way;
  way.to.ip.family = nexthop.family;
  way.hops.push_back({nexthop.via, nexthop.dev, 1, nexthop.onlink});
  return without_ipv6 || was_left_over(way, snapshot);
}

// A link-local source is gone when its link has another MAC address now.
bool follows_a_mac(const Route& route, const State& now) {
  auto has = [&](const Address& a) { return a.address.ip == route.src; };
  return route.src && route.src.family == Family::ipv6 && route.src.is_link_local() &&
         std::none_of(now.addresses.begin(), now.addresses.end(), has);
}

// A VXLAN keeps its MTU when its parent's is lowered, but cannot be given one that its parent has no room
// for.
bool exceeds_parent(const Link& link, const State& snapshot) {
  const Link* parent = std::holds_alternative<Vxlan>(link.kind) ? snapshot.link(parent_of(link)) : nullptr;
  constexpr uint32_t kLeastHeaders = 50;
  return parent && link.mtu && parent->mtu && *link.mtu + kLeastHeaders > *parent->mtu;
}

// A snapshot as a wish: without what the kernel keeps by itself and what only lives for a while.
Desired wish_for(const State& snapshot, const State& now) {
  Desired out;
  out.state = snapshot;
  auto drop = [](auto& table, auto&& unwanted) {
    table.erase(std::remove_if(table.begin(), table.end(), unwanted), table.end());
  };
  drop(out.state.addresses,
       [](const Address& a) { return is_kernels(a) || a.valid.value_or(UINT32_MAX) != UINT32_MAX; });
  // Primary addresses first, each in the kernel's order.
  for (Address& address : out.state.addresses)
    if (address.secondary) address.order += uint32_t{1} << 24;
  // An object that cannot be made again leaves its groups, and its routes go.
  drop(out.state.nexthops, [&](const Nexthop& n) {
    const Nexthop* there = now.nexthop(n.id);
    return !(there && *there == n) && was_left_over(n, snapshot);
  });
  for (Nexthop& n : out.state.nexthops)
    std::erase_if(n.group, [&](const NexthopMember& member) { return !out.state.nexthop(member.id); });
  drop(out.state.nexthops,
       [](const Nexthop& n) { return n.group.empty() && n.dev.empty() && !n.via && !n.blackhole; });
  drop(out.state.routes, [](const Route& r) { return is_kernels(r); });
  drop(out.state.routes,
       [&](const Route& r) { return r.nexthop_id != 0 && !out.state.nexthop(r.nexthop_id); });
  drop(out.state.routes, [&](const Route& route) {
    auto range = std::equal_range(now.routes.begin(), now.routes.end(), route,
                                  [](const Route& a, const Route& b) { return a.key() < b.key(); });
    if (std::find(range.first, range.second, route) != range.second) return false;
    return was_left_over(route, snapshot) || follows_a_mac(route, now);
  });
  drop(out.state.qdiscs, [](const Qdisc& q) { return !q.foreign_kind.empty(); });
  drop(out.state.rules, [](const Rule& r) { return is_kernels(r); });
  for (Link& link : out.state.links) {
    // A bond gives its members their MAC address and takes it back, and chooses its active member itself. A
    // bridge without ports has none. Members that keep their own have it before they join again.
    const Link* master = link.master ? snapshot.link(*link.master) : nullptr;
    const Link* there = now.link(link.name);
    const auto* in = master ? std::get_if<Bond>(&master->kind) : nullptr;
    bool gets_it = in && there && (shares_mac(*in) || there->master == link.master);
    if (gets_it || link.mac == Mac{}) link.mac.reset();
    if ((!there || there->mtu != link.mtu) && exceeds_parent(link, snapshot)) link.mtu.reset();
    if (auto* bond = std::get_if<Bond>(&link.kind)) bond->active_slave.reset();
  }
  return out;
}

// The wanted table was tried where the live one is another.
void refuse_ruleset(const Snapshot& live, const Desired& desired, Diagnostics& problems) {
  if (!live.ruleset_problem || desired.state.rulesets.empty()) return;
  const Error& error = *live.ruleset_problem;
  problems.error(desired.state.rulesets.front().place_of(static_cast<uint32_t>(error.code)), "",
                 fmt::format("nftables does not take the rules: {}", error.message),
                 error.hint.empty() ? "the kernel may lack a module: see `nft -c` and `dmesg`" : error.hint);
}

// A kernel without resilient groups has plain ones, which serve as well but for what moves. Not where the
// spec asks for one by name.
void fall_back(const Snapshot& live, Desired& desired, Diagnostics& problems) {
  if (live.resilient_groups.value_or(true)) return;
  for (Nexthop& wanted : desired.state.nexthops) {
    if (!wanted.resilient) continue;
    if (wanted.any_of.empty()) {
      problems.error(wanted.origin, "", "this kernel makes no resilient groups of next hops",
                     "remove resilient for a plain group; Linux 5.13 and later have them");
      continue;
    }
    wanted.resilient.reset();
    desired.plain_groups = wanted.origin;
  }
}

void warn_of_plain_groups(const Desired& desired, Plan& plan) {
  if (desired.plain_groups)
    plan.warnings.push_back({Severity::warning, *desired.plain_groups, "",
                             "this kernel makes no resilient groups of next hops: plain ones are used",
                             "when an uplink goes or comes, flows of the others move too, unless conntrack "
                             "knows them; Linux 5.13 and later have resilient ones; resilient: false says "
                             "that plain ones are meant"});
}

void warn_of_clashes(const PlanInput& input, Plan& plan) {
  if (input.desired.state.rulesets.empty()) return;
  for (const std::string& clash : input.live.clashes)
    plan.warnings.push_back({Severity::warning, input.desired.state.rulesets.front().origin, "", clash,
                             "every table is asked, and one that drops has its way: allow there what nat "
                             "forwards"});
}

}  // namespace

const Ledger& Plan::ledger_after_renames(const Ledger& given) const {
  return ledger ? *ledger : given;
}

bool Plan::empty() const {
  return std::all_of(steps.begin(), steps.end(), [](const Step& s) { return s.verdict == Verdict::adopt; });
}

std::optional<Plan> make_plan(const PlanInput& input, Diagnostics& problems) {
  std::vector<Rename> renames = find_renames(input.live, input.desired, problems);
  refuse_ruleset(input.live, input.desired, problems);
  fall_back(input.live, input.desired, problems);
  if (problems.has_errors()) return std::nullopt;
  if (renames.empty()) {
    resolve_next_hops(input.desired, input.live.state, input.ledger, problems);
    if (problems.has_errors()) return std::nullopt;
    auto plan = Build(input.live.state, input.desired, input.ledger, {}, false).run(problems);
    if (plan) warn_of_clashes(input, *plan), warn_of_plain_groups(input.desired, *plan);
    return plan;
  }
  auto live = std::make_shared<const State>(renamed(input.live.state, renames));
  auto ledger = std::make_shared<const Ledger>(renamed(input.ledger, renames));
  resolve_next_hops(input.desired, *live, *ledger, problems);
  if (problems.has_errors()) return std::nullopt;
  auto plan = Build(*live, input.desired, *ledger, std::move(renames), false).run(problems);
  if (!plan) return plan;
  plan->live = std::move(live);
  plan->ledger = std::move(ledger);
  warn_of_clashes(input, *plan);
  warn_of_plain_groups(input.desired, *plan);
  return plan;
}

std::optional<Plan> plan_back(const State& now, const State& snapshot, const std::vector<IfName>& made,
                              Diagnostics& problems) {
  std::vector<Rename> renames = names_back(now, snapshot);
  auto live = std::make_shared<const State>(renames.empty() ? now : renamed(now, renames));
  auto wish = std::make_shared<Desired>(wish_for(snapshot, *live));
  // A NIC that was pulled out, or another program's link that is gone: netcfg cannot make it.
  auto gone = [&](const Link& link) { return link.kind.index() == 0 && !live->link(link.name); };
  auto& links = wish->state.links;
  links.erase(std::remove_if(links.begin(), links.end(), gone), links.end());
  Ledger ledger;
  ledger.own_links = made;
  std::sort(ledger.own_links.begin(), ledger.own_links.end());
  auto plan = Build(*live, *wish, ledger, std::move(renames), true).run(problems);
  if (!plan) return plan;
  plan->live = std::move(live);
  plan->wish = std::move(wish);
  return plan;
}

}  // namespace netcfg
