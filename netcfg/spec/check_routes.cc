#include <fmt/format.h>

#include <set>
#include <unordered_set>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

struct IpHash {
  size_t operator()(const Ip& ip) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(ip.bytes.data()), 16});
  }
};
using IpSet = std::unordered_set<Ip, IpHash>;

void check_duplicates(const Checker& check) {
  const auto& routes = check.state.routes;
  for (size_t i = 1; i < routes.size(); ++i) {
    if (routes[i - 1].key() != routes[i].key()) continue;
    bool v6 = routes[i].family() == Family::ipv6;
    check.error(check.locate.in_item("routes", routes[i].origin),
                fmt::format("{} is given twice; first at {}", id_of(routes[i]),
                            check.report.where(routes[i - 1].origin)),
                v6 ? "give one of them another metric, or join them with next-hops (1024 is the metric of an "
                     "IPv6 route without one)"
                   : "give one of them another metric, or join them with next-hops");
  }
}

// Interfaces that routes cannot leave by.
struct Unfit {
  const Link* link = nullptr;
  bool down = false;
};

Unfit unfit(const Checker& check, const IfName& dev) {
  const Link* link = dev.empty() ? nullptr : check.state.link(dev);
  if (!link) return {};
  if (link->state == LinkState::down) return {link, true};
  bool port = std::holds_alternative<BondPort>(link->port) || std::holds_alternative<BridgePort>(link->port);
  return port ? Unfit{link, false} : Unfit{};
}

// `spot(key)`: where the key of the way is written.
template <class Spots>
void check_hop(const Checker& check, const NextHop& hop, const IpSet& own, IfName& last, Spots&& spot) {
  if (hop.via && own.contains(hop.via))
    check.error(spot("via"), fmt::format("{} is this host's own address", to_string(hop.via)),
                "name the gateway");
  if (hop.dev == last) return;
  Unfit bad = unfit(check, hop.dev);
  if (!bad.link) {
    last = hop.dev;
  } else if (bad.down) {
    check.error(spot("dev"),
                fmt::format("{} is down by {}", hop.dev.view(), check.report.where(bad.link->origin)),
                "remove `state: down` there, or the route");
  } else {
    check.error(spot("dev"),
                fmt::format("{} is a member of {}, so it carries no routes", hop.dev.view(),
                            bad.link->master->view()),
                fmt::format("write dev: {}", bad.link->master->view()));
  }
}

}  // namespace

void check_routes(const Checker& check) {
  check_duplicates(check);
  IpSet own;
  for (const Address& address : check.state.addresses) own.insert(address.address.ip);
  IfName last;
  for (const Nexthop& nexthop : check.state.nexthops)
    check_hop(check, {nexthop.via, nexthop.dev, 1, nexthop.onlink}, own, last, [&](std::string_view key) {
      return check.locate.value({"nexthops", std::to_string(nexthop.id), key});
    });
  for (const Route& route : check.state.routes) {
    std::string_view several = route.hops.size() > 1 ? "next-hops" : "";
    for (const NextHop& hop : route.hops)
      check_hop(check, hop, own, last, [&](std::string_view key) {
        return check.locate.in_item("routes", route.origin, several.empty() ? key : several);
      });
    if (route.src && !own.contains(route.src) && !check.gaps.addresses)
      check.error(check.locate.in_item("routes", route.origin, "src"),
                  fmt::format("{} is no address of this host", to_string(route.src)),
                  "add it to the addresses of an interface, or remove src");
  }
}

}  // namespace netcfg
