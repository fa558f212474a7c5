// A bridge whose MAC address nobody set has the least of its ports' (br_stp_recalculate_bridge_id()): a port
// that leaves may take it along.
#include <algorithm>
#include <map>
#include <set>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

bool is_port_of(const Link& link, const IfName& bridge) {
  return link.master == bridge;
}

}  // namespace

// The node at which a link leaves its master for good; kNone when it does not.
Graph::Node Build::leaving(const IfName& name) const {
  auto at = works_.find(name);
  if (at == works_.end() || !at->second.before) return LinkWork::kNone;
  const LinkWork& w = at->second;
  bool stays = w.after && w.after->master == w.before->master;
  if (stays) return LinkWork::kNone;
  return w.away != LinkWork::kNone ? w.away : w.removed;
}

// A bridge that loses its last port, be it that another joins later, has the zero address until it gets
// another; what stands on it and shares that cannot come up then (eth_validate_addr(), in vlan_dev_open()'s
// way). So what sets it down and up again comes before.
void Build::order_last_ports() {
  std::map<IfName, std::vector<Graph::Node>> leave;
  std::set<IfName> keep_ports;
  for (const Link& port : live_.links) {
    if (!port.master || port.master->empty()) continue;
    Graph::Node left = leaving(port.name);
    left == LinkWork::kNone ? (void)keep_ports.insert(*port.master) : leave[*port.master].push_back(left);
  }
  for (const auto& [name, nodes] : leave) {
    auto work = works_.find(name);
    bool changes = work != works_.end() && work->second.after && work->second.ready != LinkWork::kNone;
    if (!changes || keep_ports.contains(name) || !std::holds_alternative<Bridge>(work->second.after->kind))
      continue;
    for (Graph::Node left : nodes) graph_.prefer(work->second.ready, left);
  }
}

void Build::announce_bridge_macs() {
  for (const Link& bridge : live_.links) {
    const Link* wanted = desired_.state.link(bridge.name);
    const Link* after = final_link(bridge.name);
    bool follows = std::holds_alternative<Bridge>(bridge.kind) && bridge.is_up() && !(wanted && wanted->mac);
    if (!follows || !after || !std::holds_alternative<Bridge>(after->kind)) continue;
    const Link* least = nullptr;
    for (const Link& port : live_.links)
      if (is_port_of(port, bridge.name) && (!least || port.mac < least->mac)) least = &port;
    if (!least || least->mac != bridge.mac) continue;
    bool kept = std::ranges::any_of(live_.links, [&](const Link& port) {
      return is_port_of(port, bridge.name) && port.mac == bridge.mac && leaving(port.name) == LinkWork::kNone;
    });
    if (Graph::Node node = leaving(least->name); !kept && node != LinkWork::kNone)
      step_of(node).disruptive = to_string(bridge.name) + " may get another MAC address";
  }
}

}  // namespace netcfg
