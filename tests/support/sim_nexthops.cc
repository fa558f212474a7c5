// Next-hop objects (net/ipv4/nexthop.c). Every link that is up has a carrier here.
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"
#include "tests/support/sim_sysctls.h"

namespace netcfg::test {
namespace {

constexpr std::string_view kOtherType = "Can not replace a nexthop group with one of a different type.";

bool holds(const Nexthop& group, uint32_t id) {
  return std::any_of(group.group.begin(), group.group.end(),
                     [&](const NexthopMember& member) { return member.id == id; });
}

}  // namespace

const Nexthop* SimHost::find_nexthop(uint32_t id) const {
  auto it = std::find_if(nexthops_->begin(), nexthops_->end(), [&](const Nexthop& n) { return n.id == id; });
  return it == nexthops_->end() ? nullptr : &*it;
}

bool SimHost::has_ipv4(const Nexthop& nexthop) const {
  auto is_ipv4 = [&](const NexthopMember& member) {
    const Nexthop* single = find_nexthop(member.id);
    return single && single->family == Family::ipv4;
  };
  return nexthop.family == Family::ipv4 || std::any_of(nexthop.group.begin(), nexthop.group.end(), is_ipv4);
}

std::vector<IfName> SimHost::devices_of(const Nexthop& nexthop) const {
  std::vector<IfName> out;
  if (!nexthop.dev.empty()) out.push_back(nexthop.dev);
  for (const NexthopMember& member : nexthop.group)
    if (const Nexthop* single = find_nexthop(member.id); single && !single->dev.empty())
      out.push_back(single->dev);
  return out;
}

Answer SimHost::carry_out(Action action, const Nexthop* before, const Nexthop* after) {
  if (action == Action::remove) {
    if (!find_nexthop(before->id)) return {ENOENT, ""};
    remove_nexthop(before->id);
    return {};
  }
  Nexthop wanted = *after;
  wanted.origin = {};
  wanted.any_of.clear();
  // The netlink adapter looks the name up before it asks.
  if (!wanted.dev.empty() && !find(wanted.dev)) return {ENODEV, ""};
  if (Answer a = wanted.is_group() ? check_group(wanted) : check_nexthop(wanted); a.refused()) return a;
  const Nexthop* there = find_nexthop(wanted.id);
  if (!there) {
    nexthops_.edit().push_back(std::move(wanted));
    return {};
  }
  if (action == Action::create) return {EEXIST, ""};
  if (Answer a = check_replacement(*there, wanted); a.refused()) return a;
  auto at = there - nexthops_->data();
  nexthops_.edit()[static_cast<size_t>(at)] = std::move(wanted);
  return {};
}

// nh_check_attr_group()
Answer SimHost::check_group(const Nexthop& group) const {
  for (const NexthopMember& member : group.group) {
    const Nexthop* single = find_nexthop(member.id);
    if (!single) return {EINVAL, "Invalid nexthop id"};
    if (single->is_group()) return {EINVAL, "Multipath group can not be a nexthop within a group"};
    if (single->blackhole && group.group.size() > 1)
      return {EINVAL, "Blackhole nexthop can not be used in a group with more than 1 path"};
  }
  return {};
}

// rtm_to_nh_config(), nh_create_ipv4(), nh_create_ipv6(): as a route's hop in the table of the link's VRF.
Answer SimHost::check_nexthop(const Nexthop& wanted) const {
  // A blackhole is on lo.
  if (wanted.blackhole) {
    const SimLink& lo = *find("lo");
    if (wanted.family == Family::ipv6 && !lo.ipv6) return {ENODEV, ""};
    if (wanted.family == Family::ipv6 && sysctl_number(kDisableIpv6, "lo") != 0)
      return {EACCES, "IPv6 is disabled on nexthop device"};
    return {lo.link.is_up() ? 0 : ENETDOWN, "Device for nexthop is not up"};
  }
  if (wanted.dev.empty()) return {EINVAL, "Device attribute required for non-blackhole and non-fdb nexthops"};
  if (!find(wanted.dev)->link.is_up()) return {ENETDOWN, "Nexthop device is not up"};
  Route way;
  way.to.ip.family = wanted.family;
  uint32_t vrf = vrf_table(wanted.dev);
  if (vrf != 0) way.table = vrf;
  NextHop hop{wanted.via, wanted.dev, 1, wanted.onlink};
  if (wanted.family == Family::ipv6) return check_hop6(way, hop);
  way.scope = uint8_t{0};
  return check_hop4(way, hop);
}

// replace_nexthop()
Answer SimHost::check_replacement(const Nexthop& old, const Nexthop& wanted) const {
  auto used_by_ipv6 = [&](uint32_t id) {
    return std::any_of(routes_->begin(), routes_->end(), [&](const SimRoute& r) {
      return r.route.nexthop_id == id && r.route.family() == Family::ipv6;
    });
  };
  constexpr std::string_view kIpv4 = "IPv6 routes can not use an IPv4 nexthop";
  if (has_ipv4(wanted) && used_by_ipv6(wanted.id)) return {EINVAL, kIpv4};
  for (const Nexthop& group : *nexthops_) {
    if (!holds(group, wanted.id)) continue;
    if (wanted.blackhole && group.group.size() > 1)
      return {EINVAL, "Blackhole nexthop can not be a member of a group with more than one path"};
    if (has_ipv4(wanted) && used_by_ipv6(group.id)) return {EINVAL, kIpv4};
  }
  if (old.is_group() != wanted.is_group()) return {EINVAL, "Can not replace a nexthop with a nexthop group."};
  if (old.resilient.has_value() != wanted.resilient.has_value()) return {EINVAL, kOtherType};
  if (old.resilient && old.resilient->buckets != wanted.resilient->buckets)
    return {EINVAL, "Can not change number of buckets of a resilient nexthop group."};
  return {};
}

// Its groups lose it, and go when they have nothing left; routes go without a word.
void SimHost::remove_nexthop(uint32_t id) {
  auto& all = nexthops_.edit();
  std::erase_if(all, [&](const Nexthop& n) { return n.id == id; });
  std::vector<uint32_t> emptied;
  for (Nexthop& group : all) {
    if (!holds(group, id)) continue;
    std::erase_if(group.group, [&](const NexthopMember& member) { return member.id == id; });
    if (group.group.empty()) emptied.push_back(group.id);
  }
  if (std::any_of(routes_->begin(), routes_->end(),
                  [&](const SimRoute& r) { return r.route.nexthop_id == id; }))
    std::erase_if(routes_.edit(), [&](const SimRoute& r) { return r.route.nexthop_id == id; });
  for (uint32_t group : emptied) remove_nexthop(group);
}

// nexthop_flush_dev()
void SimHost::flush_nexthops(const IfName& dev) {
  std::vector<uint32_t> gone;
  for (const Nexthop& n : *nexthops_)
    if (n.dev == dev) gone.push_back(n.id);
  for (uint32_t id : gone) remove_nexthop(id);
}

// fib_check_nexthop(), fib6_check_nexthop()
Answer SimHost::check_route_object(const Route& route) const {
  const Nexthop* nexthop = find_nexthop(route.nexthop_id);
  if (!nexthop) return {EINVAL, "Nexthop id does not exist"};
  if (route.family() == Family::ipv6 && has_ipv4(*nexthop))
    return {EINVAL, "IPv6 routes can not use an IPv4 nexthop"};
  return {};
}

}  // namespace netcfg::test
