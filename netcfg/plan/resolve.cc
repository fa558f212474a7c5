#include "netcfg/plan/resolve.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg {

void Connected::note_vrfs(const Desired& desired, const State& live, const Owner& owner) {
  auto vrf_called = [&](const IfName& name) -> const Vrf* {
    const Link* link = desired.state.link(name);
    if (!link && !name.empty()) link = live.link(name);
    return link && !link->absent() ? std::get_if<Vrf>(&link->kind) : nullptr;
  };
  auto note = [&](const Link* wanted, const Link* there) {
    const Vrf* vrf = vrf_called(master_in_the_end(wanted, there, owner));
    vrf_of_link_[(wanted ? wanted : there)->name] = vrf ? vrf->table.value_or(0) : 0;
  };
  for (const Link& link : desired.state.links) note(&link, live.link(link.name));
  for (const Link& link : live.links)
    if (!desired.state.link(link.name)) note(nullptr, &link);
}

Connected::Connected(const Desired& desired, const State& live, const Owner& owner) {
  note_vrfs(desired, live, owner);
  for (const auto& [name, table] : vrf_of_link_)
    if (table != 0) vrf_tables_.push_back(table);
  auto add_address = [&](const Address& a) {
    if (a.noprefixroute == true) return;  // nothing is reached by it
    add(networks_, a.address, a.dev);
    if (a.peer) add(networks_, {*a.peer, a.address.length}, a.dev);
  };
  for (const Address& a : desired.state.addresses) add_address(a);
  for (const Route& r : desired.state.routes)
    if (r.hops.size() == 1 && !r.hops[0].via && !r.to.is_default()) add(networks_, r.to, r.hops[0].dev);
  // Live addresses that are not ours stay, as they are or as the spec wants them.
  auto asked = [&](const Address& a) {
    const auto& wanted = desired.state.addresses;
    auto it = std::lower_bound(wanted.begin(), wanted.end(), a,
                               [](const Address& x, const Address& y) { return x.key() < y.key(); });
    return it != wanted.end() && it->key() == a.key();
  };
  for (const Address& a : live.addresses)
    if (a.protocol != kOwnProtocol && !asked(a)) add_address(a);
  for (const Route& r : live.routes)
    if (r.protocol != kOwnProtocol && r.protocol != 2 && r.hops.size() == 1 && !r.hops[0].via &&
        !r.to.is_default())
      add(by_others_, r.to, r.hops[0].dev);
}

void Connected::add(std::vector<Network>& networks, const Prefix& prefix, const IfName& dev) const {
  auto it = vrf_of_link_.find(dev);
  networks.push_back({prefix.network(), dev, it == vrf_of_link_.end() ? 0 : it->second});
}

Connected::Way Connected::to(const Ip& gateway, uint32_t table) {
  bool of_vrf = std::find(vrf_tables_.begin(), vrf_tables_.end(), table) != vrf_tables_.end();
  uint32_t vrf = of_vrf ? table : 0;
  auto [memo, fresh] = memo_.try_emplace({gateway, vrf});
  if (!fresh) return memo->second;
  memo->second = best_of(networks_, gateway, vrf);
  if (memo->second.dev.empty()) memo->second = best_of(by_others_, gateway, vrf);
  return memo->second;
}

Connected::Way Connected::best_of(const std::vector<Network>& networks, const Ip& gateway,
                                  uint32_t vrf_table) {
  Way best;
  for (const Network& network : networks) {
    if (network.vrf_table != vrf_table || !network.prefix.contains(gateway)) continue;
    if (best.dev.empty() || network.prefix.length > best.length) {
      best = {network.dev, network.prefix.length, false};
    } else if (network.prefix.length == best.length && network.dev != best.dev) {
      best.ambiguous = true;
    }
  }
  return best;
}

bool Connected::reaches(const Ip& gateway, const IfName& dev) const {
  if (gateway.family == Family::ipv6 && gateway.is_link_local()) return true;
  auto covers = [&](const Network& network) {
    return network.dev == dev && network.prefix.contains(gateway);
  };
  return std::any_of(networks_.begin(), networks_.end(), covers) ||
         std::any_of(by_others_.begin(), by_others_.end(), covers);
}

namespace {

// Gives a way to `via` its link.
class Resolver {
 public:
  Resolver(Connected& connected, Diagnostics& problems) : connected_(connected), problems_(problems) {}

  IfName dev_for(const Ip& via, uint32_t table, Place origin, const char* section) {
    Connected::Way way = connected_.to(via, table);
    if (way.dev.empty())
      problems_.error(origin, section,
                      fmt::format("no address of this host reaches the gateway {}", to_string(via)),
                      "give an interface an address in its network, or name dev: and onlink: true");
    else if (way.ambiguous)
      problems_.error(origin, section,
                      fmt::format("the gateway {} can be reached by two interfaces", to_string(via)),
                      "say which with dev:");
    else
      return way.dev;
    return {};
  }

 private:
  Connected& connected_;
  Diagnostics& problems_;
};

}  // namespace

void resolve_next_hops(Desired& desired, const State& live, const Ledger& ledger, Diagnostics& problems) {
  auto missing = [](const Route& r) {
    return std::any_of(r.hops.begin(), r.hops.end(), [](const NextHop& h) { return h.dev.empty(); });
  };
  auto lacks_dev = [](const Nexthop& n) { return n.via && n.dev.empty(); };
  auto& nexthops = desired.state.nexthops;
  if (std::none_of(desired.state.routes.begin(), desired.state.routes.end(), missing) &&
      std::none_of(nexthops.begin(), nexthops.end(), lacks_dev))
    return;
  Connected connected(desired, live, Owner(ledger));
  Resolver resolver(connected, problems);
  for (Nexthop& nexthop : nexthops)
    if (lacks_dev(nexthop))
      nexthop.dev = resolver.dev_for(nexthop.via, kTableMain, nexthop.origin, "nexthops");
  for (Route& route : desired.state.routes) {
    if (!missing(route)) continue;
    for (NextHop& hop : route.hops) {
      if (hop.dev.empty()) hop.dev = resolver.dev_for(hop.via, route.table, route.origin, "routes");
    }
    std::sort(route.hops.begin(), route.hops.end());
  }
}

}  // namespace netcfg
