#include <fmt/format.h>

#include <algorithm>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

constexpr uint32_t kFewProbes = 4;  // fewer tell nothing of a share

struct Spots {
  const Checker& check;
  const Uplink& uplink;
  Spot operator()(std::string_view key) const {
    return check.locate.value({"uplinks", "links", std::string_view(uplink.name), "health", key});
  }
};

std::string ms(uint32_t time) {
  return duration_to_string(int64_t{time} * kMillisecond);
}

void check_times(const Checker& check, const Uplink& uplink) {
  const Health& health = uplink.health;
  Spots at{check, uplink};
  if (*health.timeout > *health.interval)
    check.error(at("timeout"),
                fmt::format("a timeout of {} is longer than the interval of {}", ms(*health.timeout),
                            ms(*health.interval)),
                "a probe has to end before the next one begins");
  if (!health.loss_limit && !health.latency_limit) return;
  if (*health.window / *health.interval < kFewProbes)
    check.error(
        at("window"),
        fmt::format("a window of {} has room for fewer than {} probes", ms(*health.window), kFewProbes),
        fmt::format("write {} or more", ms(*health.interval * kFewProbes)));
  if (health.loss_limit && *health.loss_clear >= *health.loss_limit)
    check.error(
        at("loss-clear"),
        fmt::format("loss-clear ({}) is not below loss-limit ({})", *health.loss_clear, *health.loss_limit),
        "the space between them keeps the uplink from flapping");
  if (health.latency_limit && *health.latency_clear >= *health.latency_limit &&
      check.locate.given({"uplinks", "links", std::string_view(uplink.name), "health", "latency-clear"}))
    check.error(at("latency-clear"),
                fmt::format("latency-clear ({}) is not below latency-limit ({})", ms(*health.latency_clear),
                            ms(*health.latency_limit)),
                "the space between them keeps the uplink from flapping");
  if (health.latency_limit && *health.latency_limit > *health.timeout)
    check.error(at("latency-limit"),
                fmt::format("no answer counts after {}: a mean of {} is never seen", ms(*health.timeout),
                            ms(*health.latency_limit)),
                "raise the timeout, or lower the limit");
}

// How many things are asked: a gateway of each family counts by itself.
size_t count_targets(const Uplink& uplink) {
  size_t gateways = (uplink.gateway4 ? 1 : 0) + (uplink.gateway6 ? 1 : 0), count = 0;
  for (const ProbeSpec& target : uplink.health.targets)
    count += target.kind == ProbeKind::command || target.address ? 1 : gateways;
  return count;
}

// The first interface of another uplink whose networks hold the target.
const Uplink* reached_by_another(const Checker& check, const Uplinks& uplinks, const Uplink& uplink,
                                 const Ip& ip) {
  auto holds = [&](const IfName& dev) {
    return std::ranges::any_of(check.state.addresses, [&](const Address& a) {
      return a.dev == dev && (a.peer ? Prefix{*a.peer, a.address.length} : a.address).contains(ip);
    });
  };
  if (holds(uplink.dev)) return nullptr;
  auto at = std::ranges::find_if(uplinks.links, [&](const Uplink& other) { return holds(other.dev); });
  return at == uplinks.links.end() ? nullptr : &*at;
}

// Whether this hop leads to that uplink's provider: by its gateway, or out of its interface.
bool leads_to(const NextHop& hop, const Uplink& uplink) {
  return hop.via ? hop.via == uplink.gateway(hop.via.family) : hop.dev == uplink.dev;
}

// The route of the spec that takes what is sent to the target, whichever uplink is active.
const Route* routed_by_itself(const Checker& check, const Ip& ip) {
  const Route* out = nullptr;
  for (const Route& route : check.state.routes) {
    if (route.table != kTableMain || route.type != RouteType::unicast || route.to.is_default()) continue;
    if (!route.to.contains(ip) || (out != nullptr && out->to.length > route.to.length)) continue;
    if (out == nullptr || out->to.length < route.to.length || route.metric < out->metric) out = &route;
  }
  return out;
}

// Such a route by another uplink and not by this one.
const Route* routed_by_another(const Checker& check, const Uplinks& uplinks, const Uplink& uplink,
                               const Ip& ip, const Uplink*& other) {
  const Route* route = check.gaps.routes ? nullptr : routed_by_itself(check, ip);
  if (route == nullptr) return nullptr;
  for (const NextHop& hop : route->hops)
    if (leads_to(hop, uplink)) return nullptr;
  for (const Uplink& one : uplinks.links)
    for (const NextHop& hop : route->hops)
      if (leads_to(hop, one)) return other = &one, route;
  return nullptr;
}

void check_targets(const Checker& check, const Uplinks& uplinks, const Uplink& uplink) {
  for (const ProbeSpec& target : uplink.health.targets) {
    if (!target.address) continue;
    Spot spot{target.origin, fmt::format("uplinks.links.{}.health.targets", uplink.name)};
    Family family = target.address.family;
    if (!uplink.gateway(family))
      check.error(spot,
                  fmt::format("{} cannot be reached: the uplink has no IPv{} gateway",
                              to_string(target.address), static_cast<int>(family)),
                  "name one, or remove the target");
    else if (check.address(target.address))
      check.error(spot,
                  fmt::format("{} is an address of this host: it answers whatever becomes of the uplink",
                              to_string(target.address)),
                  "choose a target that is reached by the gateway");
    else if (target.address.is_link_local())
      continue;
    else if (const Uplink* other = reached_by_another(check, uplinks, uplink, target.address);
             other != nullptr)
      check.error(spot,
                  fmt::format("{} lies in a network of {}: it tells of uplink {}, not of {}",
                              to_string(target.address), other->dev.view(), other->name, uplink.name),
                  "choose a target that is reached by the gateway");
    else if (const Route* route = routed_by_another(check, uplinks, uplink, target.address, other))
      check.error(
          spot,
          fmt::format("{} is routed by uplink {} at {}: it tells of that one, not of {}",
                      to_string(target.address), other->name, check.report.where(route->origin), uplink.name),
          "choose a target that is reached by the gateway");
  }
  size_t count = count_targets(uplink);
  if (*uplink.health.require != kRequireAll && *uplink.health.require > std::max<size_t>(count, 1))
    check.error(Spots{check, uplink}("require"),
                fmt::format("{} targets have to be up, but there are {}", *uplink.health.require, count),
                "write all, or a smaller number");
}

}  // namespace

void check_health(const Checker& check, const Uplinks& uplinks, const Uplink& uplink) {
  check_times(check, uplink);
  if (!check.gaps.links && !check.gaps.addresses) check_targets(check, uplinks, uplink);
}

}  // namespace netcfg
