#include "netcfg/fib/lookup4.h"

#include <algorithm>
#include <cerrno>

#include "netcfg/fib/source.h"

namespace netcfg {
namespace {

constexpr uint8_t kUniverse = 0, kLinkScope = 253, kHostScope = 254;
constexpr uint8_t kUdp = 17, kIgmp = 2;
constexpr std::string_view kNotOurs = "its source is no address of this host";
constexpr std::string_view kMartian = "dropped: no packet may have such a source or destination";
constexpr std::string_view kDown = "the interface is down";
constexpr std::string_view kNotForwarded = "dropped: forwarding is off on the interface that it comes in by";
constexpr std::string_view kFiltered =
    "dropped: the way back to its source leaves by another interface (rp_filter)";
constexpr std::string_view kPartly = "dropped where it would leave by another of its route's links";
constexpr uint8_t kTosBits = 0xfc;
const IfName kLoopback = "lo";

bool is_limited_broadcast(const Ip& ip) {
  return std::ranges::all_of(std::span(ip.bytes).first(4), [](uint8_t b) { return b == 255; });
}

bool is_zeronet(const Ip& ip) {
  return ip.bytes[0] == 0;
}

bool is_local_multicast(const Ip& ip) {  // 224.0.0.0/24
  return ip.bytes[0] == 224 && ip.bytes[1] == 0 && ip.bytes[2] == 0;
}

// The hops that can be used: of the link that the socket is bound to, if it is.
std::vector<const NextHop*> good_hops(const Tables& tables, const Route& route, const IfName& oif) {
  std::vector<const NextHop*> out;
  for (const NextHop& hop : route.hops)
    if ((route.type == RouteType::local || tables.is_up(hop.dev)) && (oif.empty() || hop.dev == oif))
      out.push_back(&hop);
  return out;
}

uint8_t scope_of(const Route& route) {
  if (route.scope) return *route.scope;
  return route.hops.size() == 1 && !route.hops[0].via ? kLinkScope : kUniverse;
}

// fib_table_lookup() in net/ipv4/fib_trie.c
Found look(const Tables& tables, const Key& key, const std::vector<const Route*>& candidates) {
  for (const Route* route : candidates) {
    if (route->tos != 0 && route->tos != (key.flow.tos & kTosBits)) continue;
    if (scope_of(*route) < key.scope) continue;
    if (int error = error_of(route->type)) return {error, route, {}};
    auto hops = good_hops(tables, *route, key.flow.oif);
    if (!hops.empty()) return {0, route, std::move(hops)};
  }
  return {};
}

// fib_lookup()
Found route_of(const Tables& tables, const Key& key, Decision& out) {
  const Ip& to = key.flow.destination;
  auto table = [&](uint32_t id) { return look(tables, key, tables.candidates(Family::ipv4, id, to)); };
  if (tables.has_custom_rules(Family::ipv4)) return walk(tables, key, table, out);
  Found found = look(tables, key, tables.merged_candidates(to));
  if (found.error == EAGAIN) found = table(kTableDefault);
  if (found.error == EAGAIN) return {ESRCH, nullptr, {}};
  const auto& rules = tables.rules(Family::ipv4);
  auto rule = std::ranges::find_if(rules, [&](const Rule* r) { return r->table == found.route->table; });
  if (rule != rules.end()) out.rule = *rule;
  out.table = found.route->table;
  out.trace.push_back(
      {out.rule, out.table, found.route, found.error == 0 ? Trace::Result::found : Trace::Result::refused});
  return found;
}

class Lookup4 {
 public:
  Lookup4(const Tables& tables, Key key) : tables_(tables), key_(key), flow_(key_.flow) {
    // getroute takes a UDP packet where nothing is said (inet_rtm_getroute()).
    if (!flow_.ip_proto) flow_.ip_proto = kUdp;
  }

  Decision output() {
    if (int error = check_output()) return noted(error, error == EINVAL ? kMartian : why_not_sent());
    choose_source();
    if (flow_.destination.is_zero()) return to_self();
    if (!flow_.oif.empty() && sends_on_link()) return on_link();
    // Bound to a VRF, any of its links will do.
    if (key_.vrf && key_.vrf->name == flow_.oif) flow_.oif = {};
    Found found = route_of(tables_, key_, out_);
    if (found.error == 0) return take(found);
    // "Apparently, routing tables are wrong. Assume that the destination is on link."
    if (!flow_.oif.empty() && (flow_.destination.is_multicast() || !key_.vrf)) return on_link();
    return refused(found.error == ESRCH ? ENETUNREACH : found.error, found.route);
  }

  Decision input() {
    flow_.uid = 0;  // sock_net_uid()
    if (int error = check_input()) return noted(error, kMartian);
    if (is_limited_broadcast(flow_.destination) || flow_.destination.is_zero()) return to_everybody();
    Found found = route_of(tables_, key_, out_);
    bool forwards = conf(flow_.iif, "forwarding", 0) != 0;
    if (found.error != 0) {
      // No route's error is told where nothing is forwarded.
      int error = found.error == ESRCH ? ENETUNREACH : found.error;
      if (!forwards) out_.note = kNotForwarded;
      return refused(forwards ? error : EHOSTUNREACH, found.route);
    }
    RouteType type = found.route->type;
    if (type == RouteType::broadcast) return to_everybody();
    bool stays = type == RouteType::local;
    if (!stays && !forwards) return noted(EHOSTUNREACH, kNotForwarded);
    if (!stays && type != RouteType::unicast) return noted(EINVAL, kMartian);
    if (stays) {
      int error = check_source({}, flow_.destination);
      return error != 0 ? noted(error, error == EXDEV ? kFiltered : kMartian) : take(found);
    }
    return forward(std::move(found));
  }

 private:
  // The way back may differ with the link by which the packet would leave, and so may the answer.
  Decision forward(Found found) {
    int error = 0;
    size_t all = found.hops.size();
    std::erase_if(found.hops, [&](const NextHop* hop) {
      int now = check_source(hop->dev, flow_.destination);
      if (error == 0) error = now;
      return now != 0;
    });
    if (found.hops.empty()) return noted(error, error == EXDEV ? kFiltered : kMartian);
    if (found.hops.size() < all) out_.note = kPartly;
    return take(found);
  }

  // What ip_route_output_key_hash_rcu() asks of the addresses first.
  int check_output() {
    const Ip& source = flow_.source;
    bool to_many = flow_.destination.is_multicast() || is_limited_broadcast(flow_.destination);
    if (source) {
      if (source.is_multicast() || is_limited_broadcast(source) || is_zeronet(source)) return EINVAL;
      IfName owner = tables_.owner_of(source);
      if (owner.empty()) return ENETUNREACH;
      if (flow_.oif.empty() && to_many) {
        flow_.oif = owner;  // what goes to many needs a link
        by_source_ = true;
        return 0;
      }
    }
    if (flow_.oif.empty()) return 0;
    if (!tables_.link(flow_.oif)) return ENODEV;
    return tables_.is_up(flow_.oif) ? 0 : ENETUNREACH;
  }

  // Rules may ask for it, so that it has to be known before.
  void choose_source() {
    if (flow_.source || flow_.oif.empty()) return;
    if (flow_.destination.is_multicast())
      flow_.source =
          source4(tables_, flow_.oif, {}, is_local_multicast(flow_.destination) ? kLinkScope : kUniverse);
    else if (flow_.destination.is_zero())
      flow_.source = source4(tables_, flow_.oif, {}, kHostScope);
  }

  bool sends_on_link() const {
    if (by_source_ || is_limited_broadcast(flow_.destination)) return true;
    return is_local_multicast(flow_.destination) || flow_.ip_proto == kIgmp;
  }

  // To 0.0.0.0 is to oneself.
  Decision to_self() {
    Ip self = flow_.source ? flow_.source : *parse_ip("127.0.0.1");
    out_.type = RouteType::local;
    out_.ways.push_back({kLoopback, {}, self, 1});
    return std::move(out_);
  }

  Decision on_link() {
    Ip source = flow_.source ? flow_.source : source4(tables_, flow_.oif, {}, kLinkScope);
    out_.rule = nullptr;
    out_.table = 0;
    out_.ways.push_back({flow_.oif, {}, source, 1});
    return made();
  }

  Decision to_everybody() {
    if (int error = flow_.source ? check_source({}, *parse_ip("0.0.0.0")) : 0)
      return noted(error, error == EXDEV ? kFiltered : kMartian);
    out_.type = RouteType::broadcast;
    out_.ways.push_back({kLoopback, {}, flow_.source, 1});
    return std::move(out_);
  }

  std::string_view why_not_sent() const {
    return flow_.source && tables_.owner_of(flow_.source).empty() ? kNotOurs : kDown;
  }

  Decision noted(int error, std::string_view note) {
    out_.note = note;
    return refused(error);
  }

  Decision refused(int error, const Route* route = nullptr) {
    out_.error = error;
    out_.route = route;
    out_.ways.clear();
    if (route) out_.type = route->type;
    return std::move(out_);
  }

  Decision take(const Found& found) {
    const Route& route = *found.route;
    out_.route = &route;
    out_.type = route.type;
    out_.table = route.table;
    if (route.type == RouteType::local) {
      const Link* vrf = tables_.vrf_of(route.hops[0].dev);
      Ip source = flow_.source ? flow_.source : route.src ? route.src : flow_.destination;
      out_.ways.push_back({vrf ? vrf->name : kLoopback, {}, source, 1});
    } else {
      for (const NextHop* hop : found.hops) {
        Ip source = flow_.source ? flow_.source : source_of(route, *hop);
        out_.ways.push_back({hop->dev, is_self(route, *hop) ? Ip{} : hop->via, source, hop->weight});
      }
    }
    return flow_.iif.empty() ? made() : std::move(out_);
  }

  // fib_select_path(): what leaves its VRF keeps an address of that.
  Ip source_of(const Route& route, const NextHop& hop) const {
    if (key_.vrf && tables_.vrf_of(hop.dev) != key_.vrf)
      return source4(tables_, key_.vrf->name, {}, kLinkScope);
    Ip gateway = hop.via.family == Family::ipv4 ? hop.via : Ip{};
    return route.src ? route.src : source4(tables_, hop.dev, gateway, scope_of(route));
  }

  // A gateway that is this host itself is none (fib_check_nh_v4_gw(), rt_set_nexthop()).
  bool is_self(const Route& route, const NextHop& hop) const {
    if (hop.via.family != Family::ipv4 || hop.onlink) return false;
    Key key;
    key.flow.destination = hop.via;
    key.flow.oif = hop.dev;
    key.scope = kLinkScope;
    Found found;
    if (route.table != kTableMain)
      found = look(tables_, key, tables_.candidates(Family::ipv4, route.table, hop.via));
    Decision ignored;
    if (found.error != 0) found = route_of(tables_, key, ignored);
    return found.error == 0 && found.route->type == RouteType::local;
  }

  // __mkroute_output()
  Decision made() {
    for (Way& way : out_.ways) {
      const Link* vrf = tables_.vrf_of(way.dev);
      bool loopback = way.dev == kLoopback || (vrf && vrf->name == way.dev);
      bool localnet = conf(way.dev, "route_localnet", 0) != 0;
      if (way.source && way.source.is_loopback() && !loopback && !localnet) return noted(EINVAL, kMartian);
    }
    bool to_all = is_limited_broadcast(flow_.destination), to_many = flow_.destination.is_multicast();
    if (to_all) out_.type = RouteType::broadcast;
    if (to_many) out_.type = RouteType::multicast;
    if (!to_all && !to_many && is_zeronet(flow_.destination)) return noted(EINVAL, kMartian);
    // The default route's gateway is none for multicasts.
    bool direct =
        to_all || out_.type == RouteType::broadcast || (to_many && out_.route && out_.route->to.length < 4);
    if (direct)
      for (Way& way : out_.ways) way.gateway = {};
    return std::move(out_);
  }

  int64_t conf(const IfName& dev, std::string_view name, int64_t otherwise) const {
    return tables_.sysctl("net/ipv4/conf/" + std::string(dev.view()) + "/" + std::string(name), otherwise);
  }

  // The martians of ip_route_input_slow(). Which groups the host has joined is not known.
  int check_input() const {
    const Ip &from = flow_.source, &to = flow_.destination;
    if (!tables_.link(flow_.iif)) return ENODEV;
    if (to.is_multicast()) return EINVAL;
    if (from && (from.is_multicast() || is_limited_broadcast(from))) return EINVAL;
    if (is_limited_broadcast(to) || (!from && to.is_zero())) return 0;
    if (!from || is_zeronet(from) || is_zeronet(to)) return EINVAL;
    if (!to.is_loopback() && !from.is_loopback()) return 0;
    bool localnet = conf("all", "route_localnet", 0) != 0 || conf(flow_.iif, "route_localnet", 0) != 0;
    return localnet ? 0 : EINVAL;
  }

  // fib_validate_source(): the reverse path filter. `out` is the link by which the packet would leave.
  int check_source(const IfName& out, const Ip& destination) const {
    int64_t filter = std::max(conf("all", "rp_filter", 0), conf(flow_.iif, "rp_filter", 0));
    bool accepts_local = conf("all", "accept_local", 0) != 0 || conf(flow_.iif, "accept_local", 0) != 0;
    if (filter == 0 && !tables_.has_custom_rules(Family::ipv4) && !has_own_local_routes()) {
      bool own = !accepts_local && has_address(flow_.source);
      return own ? EINVAL : 0;
    }
    Decision ignored;
    Found found = route_of(tables_, way_back(out, destination), ignored);
    if (found.error != 0) return filter != 0 ? EXDEV : 0;
    RouteType type = found.route->type;
    if (type != RouteType::unicast && (type != RouteType::local || !accepts_local)) return EINVAL;
    if (filter == 0) return 0;
    const auto& hops = found.route->hops;
    if (std::ranges::any_of(hops, [&](const NextHop& hop) { return comes_by(hop.dev); })) return 0;
    bool loose = filter == 2 && std::ranges::any_of(tables_.addresses_of(flow_.iif), [](const Address* a) {
                   return a->address.ip.family == Family::ipv4;
                 });
    return loose ? 0 : EXDEV;
  }

  // fib_info_nh_uses_dev()
  bool comes_by(const IfName& dev) const {
    const Link* vrf = tables_.vrf_of(dev);
    return dev == flow_.iif || (vrf && vrf->name == flow_.iif);
  }

  // fib_has_custom_local_routes
  bool has_own_local_routes() const {
    return std::ranges::any_of(tables_.state().routes, [](const Route& r) {
      return r.family() == Family::ipv4 && r.type == RouteType::local;
    });
  }

  bool has_address(const Ip& ip) const {
    return std::ranges::any_of(tables_.state().addresses,
                               [&](const Address& a) { return a.address.ip == ip; });
  }

  Key way_back(const IfName& out, const Ip& destination) const {
    Key back = key_;
    back.flow.source = destination;
    back.flow.destination = flow_.source;
    back.flow.iif = out;
    if (!back.vrf && !out.empty()) back.vrf = tables_.vrf_of(out);
    back.flow.mark = 0;  // but with src_valid_mark
    std::swap(back.flow.sport, back.flow.dport);
    return back;
  }

  const Tables& tables_;
  Key key_;
  Flow& flow_;
  bool by_source_ = false;  // the link was chosen for the source's sake
  Decision out_;
};

}  // namespace

Decision lookup4(const Tables& tables, Key key) {
  bool comes_in = !key.flow.iif.empty();
  Lookup4 lookup(tables, key);
  return comes_in ? lookup.input() : lookup.output();
}

}  // namespace netcfg
