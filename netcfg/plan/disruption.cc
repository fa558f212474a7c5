// Which steps interrupt traffic, and how.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

// Fields whose change in place stops or redirects traffic for a while.
struct Disruptive {
  std::string_view field;
  std::string_view how;
};
constexpr Disruptive kDisruptive[] = {
    {"mac", "neighbours have to learn the new MAC address"},
    {"arp", "neighbours may become unreachable"},
    {"bridge.stp", "ports pass through listening and learning again"},
    {"bridge.vlan-filtering", "frames of VLANs that a port has not are dropped"},
    {"bridge.vlan-protocol", "frames with the old tag are dropped"},
    {"bridge.default-pvid", "frames without tag change their VLAN"},
    {"bridge.vlans", "frames of removed VLANs are dropped"},
    {"bridge.untagged", "frames change their tags"},
    {"bond.arp-interval", "members count as down until the first answer"},
    {"bond.arp-ip-target", "members count as down until the new targets answer"},
    {"bond.arp-validate", "members count as down until the first valid answer"},
    {"bond.primary", "traffic moves to the new primary"},
    {"bond.primary-reselect", "traffic may move to the primary"},
    {"bond.active-slave", "traffic moves to another member"},
    {"bond.ad-actor-sys-prio", "LACP negotiates again"},
    {"bond.ad-actor-system", "LACP negotiates again"},
    {"bond.min-links", "the bond may lose its carrier"},
    {"bond.use-carrier", "members may count as down"},
    {"port.pvid", "frames without tag change their VLAN"},
    {"port.vlans", "frames of removed VLANs are dropped"},
    {"port.untagged", "frames change their tags"},
    {"port.isolated", "isolated ports cannot reach each other"},
    {"port.learning", "unknown frames are flooded or dropped"},
    {"port.locked", "frames of unknown sources are dropped"},
    {"port.prio", "traffic may move to another member"},
    {"port.flood", "unknown frames may be dropped"},
    {"macvlan.mode", "who may talk to whom changes"},
    {"macvtap.mode", "who may talk to whom changes"},
    {"ipvlan.mode", "who may talk to whom changes"},
    {"ipvlan.isolation", "who may talk to whom changes"},
};

std::string of_link(const Link* before, const Link* after) {
  if (!before) return {};
  if (!after) return before->is_up() ? "the link goes away" : "";
  bool was_up = before->is_up();
  if (was_up && !after->is_up()) return "the link goes down";
  if (!was_up) return {};
  if (before->master != after->master) return "the link changes its master";
  for (const std::string& field : changed_fields(*before, *after)) {
    const auto* it = std::find_if(std::begin(kDisruptive), std::end(kDisruptive),
                                  [&](const Disruptive& d) { return d.field == field; });
    if (it != std::end(kDisruptive)) return std::string(it->how);
  }
  return {};
}

}  // namespace

std::string disruption(const Step& step) {
  bool removes = step.verdict == Verdict::remove;
  if (const auto* link = std::get_if<const Link*>(&step.op.before))
    return of_link(*link, std::get<const Link*>(step.op.after));
  if (removes && std::holds_alternative<const Address*>(step.op.before))
    return "connections from this address break";
  if (removes && std::holds_alternative<const Route*>(step.op.before))
    return "traffic by this route takes another way or none";
  if (removes && std::holds_alternative<const Nexthop*>(step.op.before))
    return "traffic by this next hop takes another way or none";
  if (removes && std::holds_alternative<const Neighbor*>(step.op.before))
    return "the neighbour has to be found again";
  if (const auto* qdisc = std::get_if<const Qdisc*>(&step.op.before); qdisc && *qdisc) {
    const Qdisc* after = std::get<const Qdisc*>(step.op.after);
    if (step.writes && (!after || !changes_in_place(**qdisc, *after))) return "queued packets are dropped";
    return {};
  }
  if (removes && std::holds_alternative<const Ruleset*>(step.op.before))
    return "connections with translated addresses or ports break";
  if (step.why == Why::lost) return fmt::format("missing for a moment, with {}", step.cause.view());
  return {};
}

}  // namespace netcfg
