#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

// Networks by interface and length, for "which of them holds this address" in a few look-ups.
class Networks {
 public:
  void add(const IfName& dev, const Prefix& network) {
    for (const IfName& key : {dev, IfName{}}) {
      auto& lengths = by_dev_[{key, network.ip.family}];
      lengths[network.length].insert(text(network.network().ip));
    }
  }
  // On `dev`, or on any interface where it is empty.
  bool hold(const IfName& dev, const Ip& ip) const {
    auto found = by_dev_.find({dev, ip.family});
    if (found == by_dev_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const auto& row) {
      return row.second.contains(text(Prefix{ip, row.first}.network().ip));
    });
  }

 private:
  static std::string text(const Ip& ip) {
    return {reinterpret_cast<const char*>(ip.bytes.data()), ip.size()};
  }
  std::map<std::pair<IfName, Family>, std::map<uint8_t, std::unordered_set<std::string>>> by_dev_;
};

// What lies on a link: the networks of its addresses, and routes without a gateway.
Networks on_link(const State& state) {
  Networks out;
  for (const Address& a : state.addresses) {
    if (a.noprefixroute.value_or(false)) continue;
    out.add(a.dev, a.peer ? Prefix{*a.peer, a.address.length} : a.address);
  }
  for (const Route& route : state.routes)
    for (const NextHop& hop : route.hops)
      if (route.type == RouteType::unicast && !hop.via && !hop.dev.empty() && !route.to.is_default())
        out.add(hop.dev, route.to);
  return out;
}

// Interfaces that may learn networks from router advertisements, as the spec asks.
std::set<IfName> learning(const State& state) {
  std::set<IfName> out;
  for (const Sysctl& sysctl : state.sysctls)
    if (sysctl.path.starts_with("net/ipv6/conf/") && sysctl.path.ends_with("/accept_ra") &&
        sysctl.value != "0")
      if (IfName dev = dev_of(sysctl); !dev.empty()) out.insert(dev);
  return out;
}

bool reachable(const Checker& check, const Networks& networks, const std::set<IfName>& learners,
               const NextHop& hop) {
  if (!hop.via || hop.onlink) return true;
  if (!hop.dev.empty() && !check.present(hop.dev)) return true;  // said where references are checked
  if (hop.via.family == Family::ipv6 && hop.via.is_link_local()) return true;
  if (networks.hold(hop.dev, hop.via)) return true;
  bool learns = hop.dev.empty() ? !learners.empty() : learners.contains(hop.dev);
  return hop.via.family == Family::ipv6 && learns;
}

void say_unreachable(const Checker& check, const NextHop& hop, const Spot& spot) {
  std::string where = hop.dev.empty() ? "any interface" : std::string(hop.dev.view());
  check.error(spot, fmt::format("no network of {} holds the gateway {}", where, to_string(hop.via)),
              hop.dev.empty() ? "add an address in its network to an interface, or name the interface and "
                                "write onlink: true"
                              : fmt::format("add an address in its network to {}, or write onlink: true",
                                            hop.dev.view()));
}

}  // namespace

void check_gateways(const Checker& check) {
  if (check.gaps.addresses || check.gaps.routes || check.gaps.links) return;
  Networks networks = on_link(check.state);
  std::set<IfName> learners = learning(check.state);
  for (const Nexthop& nexthop : check.state.nexthops) {
    NextHop hop{nexthop.via, nexthop.dev, 1, nexthop.onlink};
    if (!reachable(check, networks, learners, hop))
      say_unreachable(check, hop, check.locate.value({"nexthops", std::to_string(nexthop.id), "via"}));
  }
  NextHop last;  // most routes of a long list share a gateway
  for (const Route& route : check.state.routes)
    for (const NextHop& hop : route.hops) {
      if (hop.via == last.via && hop.dev == last.dev && hop.onlink == last.onlink) continue;
      if (reachable(check, networks, learners, hop))
        last = hop;
      else
        say_unreachable(
            check, hop,
            check.locate.in_item("routes", route.origin, route.hops.size() > 1 ? "next-hops" : "via"));
    }
}

}  // namespace netcfg
