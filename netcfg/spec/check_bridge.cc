#include <fmt/format.h>

#include <functional>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

// IEEE 802.1D-2004, 17.14: 2 * (forward delay - 1 s) >= max age >= 2 * (hello time + 1 s), in 1/100 s.
void check_timers(const Checker& check, const Link& link, const Bridge& bridge) {
  if (!bridge.stp.value_or(false)) return;
  int64_t delay = bridge.forward_delay.value_or(1500), age = bridge.max_age.value_or(2000);
  int64_t hello = bridge.hello_time.value_or(200);
  if (delay < 200)
    check.error(check.in_block(link, "forward-delay"), "with stp the forward-delay is 2s at least",
                "write forward-delay: 2s or more, or stp: false");
  else if (2 * (delay - 100) < age)
    check.error(check.in_block(link, bridge.forward_delay ? "forward-delay" : "max-age"),
                fmt::format("with stp, twice (forward-delay - 1s) must not be less than max-age: {} < {}",
                            duration_to_string(2 * (delay - 100) * kCentisecond),
                            duration_to_string(age * kCentisecond)),
                fmt::format("write forward-delay: {} or max-age: {}",
                            duration_to_string((age / 2 + age % 2 + 100) * kCentisecond),
                            duration_to_string(std::max<int64_t>(600, 2 * (delay - 100)) * kCentisecond)));
  if (age < 2 * (hello + 100))
    check.error(check.in_block(link, bridge.hello_time ? "hello-time" : "max-age"),
                fmt::format("with stp, max-age must not be less than twice (hello-time + 1s): {} < {}",
                            duration_to_string(age * kCentisecond),
                            duration_to_string(2 * (hello + 100) * kCentisecond)),
                "raise max-age, or lower hello-time");
}

void check_bridge_values(const Checker& check, const Link& link, const Bridge& bridge) {
  if (bridge.group_fwd_mask.value_or(0) & 7)
    check.error(check.in_block(link, "group-fwd-mask"), "the three lowest bits cannot be forwarded",
                fmt::format("write {:#x}", *bridge.group_fwd_mask & ~7));
  if (!bridge.group_address) return;
  const auto& b = bridge.group_address->bytes;
  bool local = b[0] == 1 && b[1] == 0x80 && b[2] == 0xc2 && b[3] == 0 && b[4] == 0 && (b[5] & 0xf0) == 0;
  if (!local || (b[5] >= 1 && b[5] <= 3))
    check.error(
        check.in_block(link, "group-address"),
        fmt::format("{} is not a group that bridges keep to themselves", to_string(*bridge.group_address)),
        "choose 01:80:c2:00:00:00 or 01:80:c2:00:00:04 to 0f");
}

struct Vlans {
  const std::optional<VidSet>& vlans;
  const std::optional<VidSet>& untagged;
  uint16_t pvid;  // 0 for none; a member of `vlans` without being named there
};

void check_vlan_sets(const Checker& check, const Vlans& v, bool filtering,
                     const std::function<Spot(std::string_view)>& spot) {
  std::string_view first = v.vlans ? "vlans" : v.untagged ? "untagged" : "pvid";
  if ((v.vlans || v.untagged || v.pvid != 0) && !filtering)
    check.warning(spot(first), fmt::format("'{}' has no effect without vlan-filtering", first),
                  "write vlan-filtering: true in the bridge");
  if (!v.untagged) return;
  for (Span range : v.untagged->ranges)
    for (uint32_t vid = range.first; vid <= range.last; ++vid)
      if (vid != v.pvid && !(v.vlans && v.vlans->contains(vid)))
        return check.error(spot("untagged"), fmt::format("VLAN {} is not among 'vlans'", vid),
                           "add it there, or remove it here");
}

void check_port(const Checker& check, const Link& link) {
  const auto* port = std::get_if<BridgePort>(&link.port);
  const Link* master = port ? check.state.link(*link.master) : nullptr;
  const Bridge* bridge = master ? std::get_if<Bridge>(&master->kind) : nullptr;
  if (!bridge) return;
  check_vlan_sets(check, {port->vlans, port->untagged, port->pvid.value_or(0)},
                  bridge->vlan_filtering.value_or(false),
                  [&](std::string_view field) { return check.in_port(*master, link, field); });
  if (port->group_fwd_mask.value_or(0) & 2)
    check.error(check.in_port(*master, link, "group-fwd-mask"), "pause frames (bit 1) cannot be forwarded",
                fmt::format("write {:#x}", *port->group_fwd_mask & ~2));
}

}  // namespace

void check_bridges(const Checker& check) {
  for (const Link& link : check.state.links) {
    check_port(check, link);
    const auto* bridge = std::get_if<Bridge>(&link.kind);
    if (!bridge) continue;
    check_timers(check, link, *bridge);
    check_bridge_values(check, link, *bridge);
    check_vlan_sets(check, {bridge->vlans, bridge->untagged, bridge->default_pvid.value_or(1)},
                    bridge->vlan_filtering.value_or(false) || (!bridge->vlans && !bridge->untagged),
                    [&](std::string_view field) { return check.in_block(link, field); });
  }
}

}  // namespace netcfg
