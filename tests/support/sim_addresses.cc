// IPv4 addresses (net/ipv4/devinet.c, fib_frontend.c) and IPv6 addresses (net/ipv6/addrconf.c).
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"
#include "tests/support/sim_sysctls.h"

namespace netcfg::test {
namespace {

constexpr uint8_t kKernelProtocol = 2;  // RTPROT_KERNEL
constexpr uint8_t kLinkScope = 253;
constexpr uint8_t kHostScope = 254;
constexpr uint32_t kPrefixMetric = 256;  // IP6_RT_PRIO_ADDRCONF

bool is4(const Address& address) {
  return address.address.ip.family == Family::ipv4;
}

// ifa_address: the other end's, or else the own.
Prefix subnet(const Address& a) {
  return Prefix{a.peer.value_or(a.address.ip), a.address.length};
}

bool same_subnet(const Address& a, const Address& b) {
  return a.address.length == b.address.length && subnet(a).network() == subnet(b).network();
}

uint8_t scope_of(const Ip& ip) {
  if (ip.is_loopback()) return kHostScope;
  return ip.is_link_local() ? kLinkScope : 0;
}

template <class T>
void fill(std::optional<T>& field, T value) {
  if (!field) field = std::move(value);
}

// What is reported of an address besides what the request said.
Address full(Address a) {
  fill<uint32_t>(a.metric, 0);
  fill<uint32_t>(a.valid, UINT32_MAX);
  fill<uint32_t>(a.preferred, *a.valid);
  fill(a.noprefixroute, false);
  fill(a.autojoin, false);
  if (a.peer == a.address.ip) a.peer.reset();
  if (a.broadcast == Ip{}) a.broadcast.reset();
  if (is4(a)) {
    // inet_fill_ifaddr() tells of no lifetime where the address is valid for ever.
    if (a.valid == UINT32_MAX) a.preferred = UINT32_MAX;
    fill<uint8_t>(a.scope, a.address.ip.is_loopback() ? kHostScope : 0);
    fill(a.label, std::string(a.dev.view()));
    a.nodad.reset();
    a.home.reset();
    a.mngtmpaddr.reset();
  } else {
    a.scope = scope_of(a.address.ip);
    fill(a.nodad, false);
    fill(a.home, false);
    fill(a.mngtmpaddr, false);
    a.label.reset();
    a.broadcast.reset();
  }
  a.secondary = false;
  a.order = 0;
  a.origin = {};
  return a;
}

}  // namespace

Answer SimHost::carry_out(Action action, const Address* before, const Address* after) {
  if (action == Action::remove) return is4(*before) ? remove4(*before) : remove6(*before);
  if (Answer a = check_address(*after); a.refused()) return a;
  // The netlink adapter does not ask for what the kernel would overlook.
  if (action == Action::update)
    for (const Field& field : kAddressFields)
      if (field.change == Mutability::recreate && field.has(after) && !field.equal(before, after))
        return {EOPNOTSUPP, ""};
  if (action != Action::create) return is4(*after) ? replace4(full(*after)) : replace6(full(*after));
  return is4(*after) ? add4(full(*after)) : add6(full(*after));
}

Answer SimHost::check_address(const Address& wanted) const {
  const SimLink* link = find(wanted.dev);
  if (!link) return {ENODEV, ""};
  if (wanted.address.length > address_bits(wanted.address.ip.family)) return {EINVAL, ""};
  uint32_t valid = wanted.valid.value_or(UINT32_MAX);
  if (valid == 0 || wanted.preferred.value_or(valid) > valid) return {EINVAL, ""};
  if (is4(wanted)) return {};
  if (sysctl_exists(kDisableIpv6, wanted.dev) && sysctl_number(kDisableIpv6, wanted.dev) != 0)
    return {EACCES, "IPv6 is disabled on this device"};
  if (!link->ipv6) return {EINVAL, ""};
  if (wanted.mngtmpaddr == true && wanted.address.length != 64) return {EINVAL, ""};
  if (wanted.address.ip.is_multicast() && wanted.autojoin != true) return {EADDRNOTAVAIL, ""};
  return {};
}

Address* SimHost::find_address(const Address& wanted) {
  for (const Address& a : *addresses_) {
    if (a.dev != wanted.dev || a.address.ip != wanted.address.ip) continue;
    // IPv6 has an address once a link, whatever its length; IPv4 once a subnet.
    if (!is4(wanted) || (a.address.length == wanted.address.length && same_subnet(a, wanted))) {
      auto at = static_cast<size_t>(&a - addresses_->data());
      return &addresses_.edit()[at];
    }
  }
  return nullptr;
}

// __inet_insert_ifa()
Answer SimHost::add4(const Address& wanted) {
  Address added = wanted;
  added.order = ++addresses_made_;  // state() tells the place instead
  const auto& all = *addresses_;
  size_t end = all.size(), primary_at = end;
  bool headed = false;
  for (size_t i = 0; i < all.size(); ++i) {
    const Address& a = all[i];
    if (a.dev != wanted.dev || !is4(a)) continue;
    if (!headed) primary_at = i;
    headed = true;
    end = i + 1;
    if (!a.secondary && *wanted.scope <= *a.scope) primary_at = i + 1;
    if (!same_subnet(a, wanted)) continue;
    if (a.address.ip == wanted.address.ip) return {EEXIST, ""};
    if (a.scope != wanted.scope) return {EINVAL, ""};
    added.secondary = true;
  }
  size_t at = added.secondary ? end : primary_at;
  addresses_.edit().insert(addresses_.edit().begin() + static_cast<std::ptrdiff_t>(at), added);
  add_prefix_route(added);
  revive(wanted.dev, Family::ipv4);
  return {};
}

// ipv6_add_addr(): the newest of a scope comes first, narrower scopes last.
Answer SimHost::add6(const Address& wanted) {
  Address added = full(wanted);
  if (find_address(added)) return {EEXIST, ""};
  auto& all = addresses_.edit();
  auto at = std::find_if(all.begin(), all.end(), [&](const Address& a) {
    return a.dev == added.dev && !is4(a) && *added.scope <= *a.scope;
  });
  if (at == all.end()) {
    auto last = std::find_if(all.rbegin(), all.rend(), [&](const Address& a) { return a.dev == added.dev; });
    at = last == all.rend() ? all.end() : last.base();
  }
  all.insert(at, added);
  add_peer_route(added);
  return {};
}

// inet_rtm_newaddr() with NLM_F_REPLACE: only the lifetimes and the metric change.
Answer SimHost::replace4(const Address& wanted) {
  Address* there = find_address(wanted);
  if (!there) return add4(wanted);
  there->preferred = wanted.preferred;
  there->valid = wanted.valid;
  there->protocol = wanted.protocol;
  if (there->metric == wanted.metric) return {};
  Address old = *there;
  there->metric = wanted.metric;
  Address changed = *there;
  // fib_modify_prefix_metric(): the new route first, then the old one goes.
  add_prefix_route(changed);
  remove_prefix_route(old);
  return {};
}

// inet6_addr_modify()
Answer SimHost::replace6(const Address& wanted) {
  Address* there = find_address(wanted);
  if (!there) return add6(wanted);
  Address old = *there;
  Prefix kept = there->address;
  *there = wanted;
  there->address = kept;
  Address changed = *there;
  if (old.noprefixroute == changed.noprefixroute && old.metric == changed.metric && old.peer == changed.peer)
    return {};
  if (old.noprefixroute != true) remove_prefix_route(old);
  add_peer_route(changed);
  return {};
}

Answer SimHost::remove4(const Address& address) {
  if (!find(address.dev)) return {ENODEV, ""};
  for (size_t i = 0; i < addresses_->size(); ++i) {
    const Address& a = (*addresses_)[i];
    if (a.dev == address.dev && a.address == address.address &&
        (!address.peer || subnet(a).network() == subnet(address).network()) &&
        (!address.label || a.label == address.label)) {
      drop4(i);
      return {};
    }
  }
  return {EADDRNOTAVAIL, ""};
}

Answer SimHost::remove6(const Address& address) {
  const SimLink* link = find(address.dev);
  if (!link) return {ENODEV, ""};
  if (!link->ipv6) return {ENXIO, ""};
  for (size_t i = 0; i < addresses_->size(); ++i) {
    const Address gone = (*addresses_)[i];
    if (gone.dev != address.dev || gone.address != address.address) continue;
    addresses_.edit().erase(addresses_.edit().begin() + static_cast<std::ptrdiff_t>(i));
    if (gone.noprefixroute != true) cleanup_prefix_route6(gone);
    lost_local6(gone.dev, gone.address.ip);
    return {};
  }
  return {EADDRNOTAVAIL, ""};
}

// __inet_del_ifa(): secondaries go with their primary, unless the first of them takes its place.
void SimHost::drop4(size_t at) {
  Address gone = (*addresses_)[at];
  std::vector<Address> lost{gone};
  auto& all = addresses_.edit();
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
  auto secondary = [&](const Address& a) {
    return a.dev == gone.dev && is4(a) && a.secondary && same_subnet(a, gone);
  };
  if (!gone.secondary) {
    remove_prefix_route(gone);
    auto heir = std::find_if(all.begin(), all.end(), secondary);
    if (heir != all.end() && promotes(gone.dev)) {
      promote(static_cast<size_t>(heir - all.begin()), gone);
    } else {
      std::copy_if(all.begin(), all.end(), std::back_inserter(lost), secondary);
      std::erase_if(all, secondary);
    }
  }
  for (const Address& each : lost) lost_local4(each.dev, each.address.ip);
  bool last = std::none_of(addresses_->begin(), addresses_->end(),
                           [&](const Address& a) { return a.dev == gone.dev && is4(a); });
  // A link without any IPv4 address loses all its IPv4 routes and neighbours (fib_inetaddr_event()).
  if (last) disable4(gone.dev, false, true);
}

void SimHost::drop_addresses4(const IfName& dev) {
  for (;;) {
    auto it = std::find_if(addresses_->begin(), addresses_->end(),
                           [&](const Address& a) { return a.dev == dev && is4(a); });
    if (it == addresses_->end()) return;
    drop4(static_cast<size_t>(it - addresses_->begin()));
  }
}

// The heir stands behind the last primary of the same or wider scope.
void SimHost::promote(size_t at, const Address& old) {
  auto& all = addresses_.edit();
  Address heir = all[at];
  heir.secondary = false;
  auto primary_before = std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at),
                                    [&](const Address& a) { return a.dev == old.dev && is4(a); });
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
  size_t to = at;
  if (primary_before)
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i].dev == old.dev && is4(all[i]) && !all[i].secondary && *old.scope <= *all[i].scope)
        to = i + 1;
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(to), heir);
  add_prefix_route(heir);
}

// IN_DEV_PROMOTE_SECONDARIES
bool SimHost::promotes(const IfName& dev) const {
  return sysctl_number(kPromoteSecondaries, "all") != 0 || sysctl_number(kPromoteSecondaries, dev) != 0;
}

// The connected route: fib_add_ifaddr(), addrconf_prefix_route(). Its table is the VRF's when there is one.
void SimHost::add_prefix_route(const Address& a) {
  if (a.noprefixroute == true || a.secondary || !find(a.dev)->link.is_up()) return;
  if (is4(a)) {
    // What lo has is local instead.
    if (a.dev == IfName("lo") || subnet(a).network().ip.is_zero()) return;
    if (a.address.length == 32 && !a.peer) return;
  }
  insert_kernel_route(prefix_route(a));
}

// IPv6: a peer's route comes beside that of the own address, and only with the address: not when the link
// goes up again (fixup_permanent_addr()).
void SimHost::add_peer_route(const Address& a) {
  add_prefix_route(a);
  if (!a.peer) return;
  Address own = a;
  own.peer.reset();
  add_prefix_route(own);
}

Route SimHost::prefix_route(const Address& a) const {
  Route route;
  uint32_t vrf = vrf_table(a.dev);
  route.table = vrf != 0 ? vrf : kTableMain;
  route.to = subnet(a).network();
  route.protocol = kKernelProtocol;
  route.metric = *a.metric;
  if (is4(a)) {
    route.scope = kLinkScope;
    route.src = a.address.ip;
  } else {
    route.pref = 0;
    if (route.metric == 0) route.metric = kPrefixMetric;
  }
  route.hops.push_back(NextHop{{}, a.dev, 1, false});
  return route;
}

void SimHost::remove_prefix_route(const Address& a) {
  Route wanted = prefix_route(a);
  auto it = std::find_if(routes_->begin(), routes_->end(), [&](const SimRoute& r) {
    return r.route == wanted && r.route.protocol == kKernelProtocol;
  });
  if (it == routes_->end()) return;
  auto at = it - routes_->begin();
  routes_.edit().erase(routes_.edit().begin() + at);
}

// check_cleanup_prefix_route() and addrconf_get_prefix_route(): while another address of the prefix is there
// nothing goes; then the device route of the least metric, whosever it is. So prefix routes are left over
// where addresses of one prefix have different metrics.
void SimHost::cleanup_prefix_route6(const Address& a) {
  Route wanted = prefix_route(a);
  for (const Address& other : *addresses_)
    if (other.dev == a.dev && (other.valid == UINT32_MAX || other.noprefixroute == true) &&
        other.address.length == a.address.length && other.address.network() == wanted.to)
      return;
  const SimRoute* least = nullptr;
  for (const SimRoute& r : *routes_)
    if (r.route.to == wanted.to && r.route.table == wanted.table && r.route.hops.size() == 1 &&
        !r.route.hops[0].via && r.route.hops[0].dev == a.dev &&
        (!least || r.route.metric < least->route.metric))
      least = &r;
  if (!least) return;
  auto at = least - routes_->data();
  routes_.edit().erase(routes_.edit().begin() + at);
}

// fib_sync_down_addr(): routes with the address as their source go, but only in the main table or, for a
// member of a VRF, in that VRF's; in other tables they stay, with a source that is no longer there.
void SimHost::lost_local4(const IfName& dev, const Ip& local) {
  uint32_t vrf = vrf_table(dev);
  if (is_local4(local, vrf != 0 ? vrf : kTableLocal)) return;
  uint32_t table = vrf != 0 ? vrf : kTableMain;
  auto goes = [&](const SimRoute& r) { return r.route.table == table && r.route.src == local; };
  if (std::any_of(routes_->begin(), routes_->end(), goes)) std::erase_if(routes_.edit(), goes);
}

// rt6_remove_prefsrc(): routes over the same link lose their source, and stay.
void SimHost::lost_local6(const IfName& dev, const Ip& local) {
  auto uses = [&](const SimRoute& r) {
    return r.route.src == local && !r.route.hops.empty() && r.route.hops[0].dev == dev;
  };
  if (std::none_of(routes_->begin(), routes_->end(), uses)) return;
  for (SimRoute& r : routes_.edit())
    if (uses(r)) r.route.src = {};
}

// Whether an IPv4 address is this host's in a table: a VRF's, or else the local table.
bool SimHost::is_local4(const Ip& ip, uint32_t table) const {
  for (const Address& a : *addresses_) {
    if (!is4(a)) continue;
    bool hit = a.dev == IfName("lo") ? a.address.contains(ip) : a.address.ip == ip;
    if (!hit) continue;
    uint32_t vrf = vrf_table(a.dev);
    if ((vrf != 0 ? vrf : kTableLocal) == table) return true;
  }
  return false;
}

// ipv6_chk_addr(): link-local addresses count on their own link only, others within the same VRF.
bool SimHost::is_local6(const Ip& ip, const IfName& dev) const {
  return std::any_of(addresses_->begin(), addresses_->end(), [&](const Address& a) {
    if (a.address.ip != ip) return false;
    if (ip.is_link_local()) return a.dev == dev;
    return dev.empty() || a.dev == dev || vrf_table(a.dev) == vrf_table(dev);
  });
}

}  // namespace netcfg::test
