#include "netcfg/plan/outcome.h"

#include <algorithm>
#include <iterator>

#include "netcfg/plan/change.h"

namespace netcfg {
namespace {

constexpr uint8_t kKernelProtocol = 2;  // RTPROT_KERNEL
constexpr uint8_t kLinkScope = 253;
constexpr uint32_t kIpv6PrefixMetric = 256;  // IP6_RT_PRIO_ADDRCONF

// A table with what is taken out and put in, so that its order lasts until all is done.
template <class T>
class Edit {
 public:
  explicit Edit(std::vector<T>& table) : table_(table), gone_(table.size()) {}

  // The place of an object that is there: of its key, and of several of one key the equal one.
  T* find(const T& wanted) {
    auto [first, last] = std::equal_range(table_.begin(), table_.end(), wanted,
                                          [](const T& a, const T& b) { return a.key() < b.key(); });
    auto same = std::find(first, last, wanted);
    if (same == last) same = first;
    return same == last ? nullptr : &*same;
  }
  void remove(const T* at) { gone_[static_cast<size_t>(at - table_.data())] = true; }
  T& add() { return added_.emplace_back(); }

  void finish() {
    size_t i = 0;
    std::erase_if(table_, [&](const T&) { return gone_[i++]; });
    std::move(added_.begin(), added_.end(), std::back_inserter(table_));
  }

 private:
  std::vector<T>& table_;
  std::vector<bool> gone_;
  std::vector<T> added_;
};

class Outcome {
 public:
  Outcome(const Plan& plan, const State& live) : plan_(plan), out_(plan.live ? *plan.live : live) {}

  State run() {
    auto changes = net_changes(plan_);
    for_each_kind(out_, [&](auto& table) { change(changes, table); });
    out_.sort();
    mark_secondaries();
    connect();
    out_.sort();
    return std::move(out_);
  }

 private:
  template <class T>
  void change(const std::vector<NetChange>& changes, std::vector<T>& table) {
    Edit<T> edit(table);
    for (const NetChange& change : changes) {
      const auto* before = std::get_if<const T*>(&change.before);
      if (before == nullptr || change.restored) continue;
      const T* after = std::get<const T*>(change.after);
      T* there = *before != nullptr ? edit.find(**before) : nullptr;
      if (after != nullptr)
        put(there != nullptr ? *there : edit.add(), *after);
      else if (there != nullptr)
        edit.remove(there);
    }
    edit.finish();
  }

  static void put(Link& there, const Link& wanted) {
    uint32_t index = there.index;
    there = wanted;
    there.index = index != 0 ? index : UINT32_MAX;  // new ones are the last
  }
  void put(Address& there, const Address& wanted) {
    bool is_new = there.dev.empty();
    uint32_t order = there.order;
    there = wanted;
    there.order = is_new ? UINT32_MAX / 2 + wanted.order : order;
  }
  static void put(Rule& there, const Rule& wanted) {
    there = wanted;
    there.order = UINT32_MAX;  // behind those of its priority
  }
  template <class T>
  static void put(T& there, const T& wanted) {
    there = wanted;
  }

  static Prefix subnet(const Address& a) {
    return Prefix{a.peer.value_or(a.address.ip), a.address.length}.network();
  }

  // The first address of a subnet is its primary one.
  void mark_secondaries() {
    for (Address& a : out_.addresses) {
      if (a.address.ip.family != Family::ipv4) continue;
      a.secondary = std::ranges::any_of(out_.addresses, [&](const Address& other) {
        return other.dev == a.dev && other.order < a.order && subnet(other) == subnet(a);
      });
    }
  }

  bool is_up(const IfName& dev) const {
    const Link* link = out_.link(dev);
    return link && link->state.value_or(LinkState::up) == LinkState::up;
  }

  uint32_t table_of_link(const IfName& dev) const {
    const Link* link = out_.link(dev);
    if (link && link->master) link = out_.link(*link->master);
    const auto* vrf = link ? std::get_if<Vrf>(&link->kind) : nullptr;
    return vrf ? vrf->table.value_or(kTableMain) : kTableMain;
  }

  // fib_add_ifaddr() in net/ipv4/fib_frontend.c, addrconf_prefix_route() in net/ipv6/addrconf.c.
  std::optional<Route> route_of(const Address& a) const {
    bool ipv4 = a.address.ip.family == Family::ipv4;
    Prefix to = subnet(a);
    bool host = ipv4 && a.address.length == 32 && to.ip == a.address.ip;
    if (a.secondary || a.noprefixroute == true || host || !is_up(a.dev) || a.dev == IfName("lo"))
      return std::nullopt;
    Route route;
    route.to = to;
    route.table = table_of_link(a.dev);
    route.protocol = kKernelProtocol;
    route.metric = a.metric.value_or(0);
    if (!ipv4 && route.metric == 0) route.metric = kIpv6PrefixMetric;
    if (ipv4) {
      route.scope = kLinkScope;
      route.src = a.address.ip;
    }
    route.hops.push_back({{}, a.dev, 1, false});
    return route;
  }

  static bool is_connected(const Route& route) {
    return route.protocol == kKernelProtocol && route.hops.size() == 1 && !route.hops[0].via;
  }

  // Routes of subnets go and come with the addresses.
  void connect() {
    std::vector<Route> wanted;
    for (const Address& a : out_.addresses)
      if (auto route = route_of(a)) wanted.push_back(std::move(*route));
    auto key = [](const Route& r) { return std::tie(r.hops[0].dev, r.table, r.to); };
    auto less = [&](const Route& a, const Route& b) { return key(a) < key(b); };
    std::sort(wanted.begin(), wanted.end(), less);
    std::vector<Route> kept;
    std::erase_if(out_.routes, [&](const Route& live) {
      if (!is_connected(live)) return false;
      if (!std::binary_search(wanted.begin(), wanted.end(), live, less)) return true;
      kept.push_back(live);
      return false;
    });
    std::sort(kept.begin(), kept.end(), less);
    for (Route& route : wanted)
      if (!std::binary_search(kept.begin(), kept.end(), route, less)) out_.routes.push_back(std::move(route));
  }

  const Plan& plan_;
  State out_;
};

}  // namespace

State outcome(const Plan& plan, const State& live) {
  return Outcome(plan, live).run();
}

}  // namespace netcfg
