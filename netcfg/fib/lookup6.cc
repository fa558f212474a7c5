#include "netcfg/fib/lookup6.h"

#include <algorithm>
#include <cerrno>

#include "netcfg/fib/source.h"

namespace netcfg {
namespace {

const IfName kLoopback = "lo";

// RFC 4191's low, medium and high as 1, 2 and 3 (IPV6_DECODE_PREF).
int preference(const Route& route) {
  return static_cast<int>(route.pref.value_or(0)) ^ 2;
}

// rt6_score_route(): negative is out of the question.
int score(const Route& route, const IfName& dev, const IfName& wanted, bool strict) {
  bool fits = wanted.empty() || dev == wanted;
  if (!fits && strict) return -1;
  return (fits ? 2 : 0) | preference(route) << 2;
}

class Lookup6 {
 public:
  Lookup6(const Tables& tables, Key key) : tables_(tables), key_(key), flow_(key_.flow) {}

  Decision run() {
    if (flow_.iif.empty())
      prepare_output();
    else
      prepare_input();
    if (!wanted_.empty() && !tables_.link(wanted_)) return refused(ENODEV);
    Found found = stays_in_vrf() ? in_vrf() : walk(tables_, key_, looker(), out_);
    if (found.error == ESRCH) return refused(ENETUNREACH);
    if (found.error != 0) return refused(found.error, found.route);
    return take(found);
  }

 private:
  // rt6_need_strict()
  static bool of_link(const Ip& ip) { return ip.is_multicast() || ip.is_link_local() || ip.is_loopback(); }

  // l3mdev_link_scope_lookup(): no rule is asked.
  bool stays_in_vrf() const {
    const Ip& to = flow_.destination;
    return flow_.iif.empty() && key_.vrf && (to.is_multicast() || to.is_link_local());
  }

  // vrf_link_scope_lookup() in drivers/net/vrf.c
  Found in_vrf() {
    if (flow_.oif.empty()) return {ESRCH, nullptr, {}};  // a VRF itself is no link to send that on
    out_.table = std::get<Vrf>(key_.vrf->kind).table.value_or(0);
    Found found = look(out_.table);
    if (found.error == EAGAIN) return {ESRCH, nullptr, {}};
    auto result = found.error == 0 ? Trace::Result::found : Trace::Result::refused;
    out_.trace.push_back({nullptr, out_.table, found.route, result});
    return found;
  }

  std::function<Found(uint32_t)> looker() const {
    return [this](uint32_t table) { return look(table); };
  }

  // ip6_route_output_flags_noref()
  void prepare_output() {
    if (flow_.destination.is_zero()) flow_.destination = *parse_ip("::1");
    key_.strict = of_link(flow_.destination) || (!flow_.oif.empty() && !flow_.source);
    if (key_.vrf && key_.vrf->name == flow_.oif) flow_.oif = {};  // any link of the VRF will do
    wanted_ = flow_.oif;
  }

  void prepare_input() {
    key_.strict = of_link(flow_.destination);
    wanted_ = flow_.iif;
  }

  // fib6_table_lookup(): of the longest prefix the least metric that has a route, of those the one that
  // suits best; else the next shorter prefix.
  Found look(uint32_t table) const {
    auto routes = tables_.candidates(Family::ipv6, table, flow_.destination);
    for (size_t i = 0; i < routes.size();) {
      size_t end = i;
      while (end < routes.size() && routes[end]->to == routes[i]->to &&
             routes[end]->metric == routes[i]->metric)
        ++end;
      if (Found found = best_of({routes.data() + i, end - i}); found.route) return found;
      i = end;
    }
    return {};
  }

  Found best_of(std::span<const Route* const> routes) const {
    const Route* best = nullptr;
    int best_score = -1;
    for (const Route* route : routes) {
      for (const IfName& dev : devices_of(*route)) {
        int now = score(*route, dev, wanted_, key_.strict);
        if (now > best_score) best_score = now, best = route;
      }
    }
    if (!best) return {};
    Found found{error_of(best->type), best, {}};
    // Routes by lo that are not for this host are refusals (fib6_is_reject()).
    if (best->type == RouteType::unicast && !best->hops.empty() && best->hops[0].dev == kLoopback)
      found.error = ENETUNREACH;
    for (const NextHop& hop : best->hops)
      if (usable(*best, hop) && score(*best, hop.dev, wanted_, key_.strict) >= 0) found.hops.push_back(&hop);
    return found;
  }

  // Dead ends stand on the loopback link.
  std::vector<IfName> devices_of(const Route& route) const {
    if (error_of(route.type) != 0) return {kLoopback};
    std::vector<IfName> out;
    for (const NextHop& hop : route.hops)
      if (usable(route, hop)) out.push_back(hop.dev);
    return out;
  }

  bool usable(const Route& route, const NextHop& hop) const {
    return route.type == RouteType::local || tables_.is_up(hop.dev);
  }

  Decision refused(int error, const Route* route = nullptr) {
    out_.error = error;
    out_.route = route;
    if (route) out_.type = route->type;
    return std::move(out_);
  }

  Decision take(const Found& found) {
    const Route& route = *found.route;
    out_.route = &route;
    out_.type = route.type;
    out_.table = route.table;
    for (const NextHop* hop : found.hops) {
      Ip source = flow_.source ? flow_.source : route.src;
      if (!source) source = source6(tables_, hop->dev, flow_.destination);
      out_.ways.push_back({device_of(route, *hop), hop->via, source, hop->weight});
    }
    return std::move(out_);
  }

  // ip6_rt_get_dev_rcu(): what is for this host is delivered by lo, in a VRF by the VRF; but not what is for
  // the link alone.
  IfName device_of(const Route& route, const NextHop& hop) const {
    if (route.type != RouteType::local && route.type != RouteType::anycast) return hop.dev;
    const Link* vrf = tables_.vrf_of(hop.dev);
    return vrf && (vrf->name == hop.dev || !of_link(route.to.ip)) ? vrf->name : kLoopback;
  }

  const Tables& tables_;
  Key key_;
  Flow& flow_;
  IfName wanted_;
  Decision out_;
};

}  // namespace

Decision lookup6(const Tables& tables, Key key) {
  return Lookup6(tables, key).run();
}

}  // namespace netcfg
