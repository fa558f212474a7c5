#include <fmt/format.h>

#include <algorithm>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

// `name` stands at `spot`: it must be declared, and not be absent.
void must_exist(const Checker& check, const IfName& name, const Spot& spot) {
  if (name.empty() || name == IfName("lo")) return;
  const Link* link = check.state.link(name);
  if (!link) {
    if (!check.gaps.links)
      check.error(spot, fmt::format("interface {} is not declared", name.view()),
                  undeclared_hint(check, name));
  } else if (link->absent()) {
    check.error(spot, fmt::format("{} is absent by {}", name.view(), check.report.where(link->origin)),
                "remove `state: absent` there, or name another interface");
  }
}

void check_member(const Checker& check, const Link& link) {
  if (!link.master || link.master->empty()) return;
  const Link* master = check.state.link(*link.master);
  if (!master) return;
  if (link.absent())
    check.error(check.of_member(*master, link),
                fmt::format("{} is absent by {}", link.name.view(), check.report.where(link.origin)),
                "remove it from the members, or `state: absent` there");
  if (link.name == IfName("lo"))
    check.error(check.of_member(*master, link), "lo cannot be a member of another interface");
}

void check_backup_port(const Checker& check, const Link& link) {
  const auto* port = std::get_if<BridgePort>(&link.port);
  const Link* bridge = link.master ? check.state.link(*link.master) : nullptr;
  if (!port || !port->backup_port || !bridge) return;
  const Link* backup = check.state.link(*port->backup_port);
  bool own = *port->backup_port == link.name;
  if (own || !backup || backup->master != link.master)
    check.error(check.in_port(*bridge, link, "backup-port"),
                own ? "a port cannot be its own backup"
                    : fmt::format("{} is not a member of {}", port->backup_port->view(), bridge->name.view()),
                "name another member of the bridge");
}

// Addresses, neighbours and parameters belong to an interface that is to exist: the reader sees to that,
// since they stand below it. What remains is routes, next hops and what links name.
void check_hops(const Checker& check) {
  for (const Nexthop& nexthop : check.state.nexthops)
    if (!nexthop.dev.empty() && !check.present(nexthop.dev))
      must_exist(check, nexthop.dev, check.locate.value({"nexthops", std::to_string(nexthop.id), "dev"}));
  IfName last;  // most routes of a long list leave by the same interface
  for (const Route& route : check.state.routes) {
    bool several = route.hops.size() > 1;
    for (const NextHop& hop : route.hops) {
      if (hop.dev.empty() || hop.dev == last) continue;
      if (check.present(hop.dev)) {
        last = hop.dev;
        continue;
      }
      must_exist(check, hop.dev, check.locate.in_item("routes", route.origin, several ? "next-hops" : "dev"));
    }
  }
}

}  // namespace

void check_references(const Checker& check) {
  for (const Link& link : check.state.links) {
    if (IfName parent = parent_of(link); !parent.empty() && parent != link.name)
      must_exist(check, parent, check.in_block(link, "parent"));
    if (const auto* veth = std::get_if<Veth>(&link.kind); veth && veth->peer)
      must_exist(check, *veth->peer, check.in_block(link, "peer"));
    check_member(check, link);
    check_backup_port(check, link);
  }
  check_hops(check);
}

}  // namespace netcfg
