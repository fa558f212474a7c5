#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

std::string_view mode_name(BondMode mode) {
  return kBondModes[static_cast<size_t>(mode)].name;
}

std::string modes_with(std::string_view option) {
  std::string out;
  for (const Choice& mode : kBondModes)
    if (mode_has(static_cast<BondMode>(mode.number), option))
      out += fmt::format("{}{}", out.empty() ? "" : ", ", mode.name);
  return out;
}

void check_modes(const Checker& check, const Link& link, const Bond& bond) {
  BondMode mode = bond.mode.value_or(BondMode::balance_rr);
  std::string_view note = bond.mode ? "" : " (the default)";
  for (const Field& field : kBondFields)
    if (field.has(&bond) && !mode_has(mode, field.name))
      check.error(check.locate.key({"interfaces", link.name, "bond", field.name}),
                  fmt::format("mode {}{} has no {}", mode_name(mode), note, field.name),
                  fmt::format("remove it; the modes that have it: {}", modes_with(field.name)));
}

bool is_member(const Checker& check, const Link& bond, const IfName& name) {
  const Link* link = check.state.link(name);
  return link && link->master == bond.name;
}

void check_named_members(const Checker& check, const Link& link, const Bond& bond) {
  auto one = [&](std::string_view field, const std::optional<IfName>& name) {
    if (name && !is_member(check, link, *name))
      check.error(check.in_block(link, field),
                  fmt::format("{} is not a member of {}", name->view(), link.name.view()),
                  "name one of its members, or add it to them");
  };
  one("primary", bond.primary);
  one("active-slave", bond.active_slave);
}

void check_target_list(const Checker& check, const Link& link, std::string_view field,
                       const std::optional<std::vector<Ip>>& list, Family family) {
  if (!list) return;
  for (size_t i = 0; i < list->size(); ++i) {
    const Ip& ip = (*list)[i];
    Spot spot = check.locate.value({"interfaces", link.name, "bond", field, i});
    if (ip.family != family)
      check.error(
          spot,
          fmt::format("{} is not an {} address", to_string(ip), family == Family::ipv4 ? "IPv4" : "IPv6"),
          family == Family::ipv4 ? "write it under ns-ip6-target" : "write it under arp-ip-target");
    else if (std::find(list->begin(), list->begin() + static_cast<ptrdiff_t>(i), ip) !=
             list->begin() + static_cast<ptrdiff_t>(i))
      check.error(spot, fmt::format("{} is in the list twice", to_string(ip)), "remove one");
    else if (ip.is_zero() || ip.is_multicast())
      check.error(spot, fmt::format("{} cannot be asked", to_string(ip)), "name a host on the link");
  }
}

void check_lacp(const Checker& check, const Link& link, const Bond& bond) {
  if (bond.ad_actor_system && (bond.ad_actor_system->bytes[0] & 1) != 0)
    check.error(check.in_block(link, "ad-actor-system"), "the LACP system cannot be a multicast address");
}

// All ports of the bonds, by bond.
void check_ports(const Checker& check) {
  std::map<std::pair<IfName, uint16_t>, const Link*> queues;
  std::map<IfName, uint32_t> members;
  for (const Link& link : check.state.links) {
    const auto* port = std::get_if<BondPort>(&link.port);
    const Link* master = port ? check.state.link(*link.master) : nullptr;
    const Bond* bond = master ? std::get_if<Bond>(&master->kind) : nullptr;
    if (!bond) continue;
    ++members[master->name];
    BondMode mode = bond->mode.value_or(BondMode::balance_rr);
    if (port->prio && !mode_has(mode, "prio"))
      check.error(check.in_port(*master, link, "prio"), fmt::format("mode {} has no prio", mode_name(mode)),
                  fmt::format("remove it; the modes that have it: {}", modes_with("prio")));
    if (port->queue_id.value_or(0) == 0) continue;
    auto [first, fresh] = queues.emplace(std::pair(master->name, *port->queue_id), &link);
    if (!fresh)
      check.error(check.in_port(*master, link, "queue-id"),
                  fmt::format("queue {} is that of {} already", *port->queue_id, first->second->name.view()),
                  "give each member a queue of its own");
  }
  for (const Link& link : check.state.links) {
    const auto* bond = std::get_if<Bond>(&link.kind);
    if (bond && bond->min_links.value_or(0) > members[link.name])
      check.warning(
          check.in_block(link, "min-links"),
          fmt::format("the bond has {} members, so it would never have carrier", members[link.name]),
          "lower min-links, or add members");
  }
}

}  // namespace

void check_bonds(const Checker& check) {
  for (const Link& link : check.state.links) {
    const auto* bond = std::get_if<Bond>(&link.kind);
    if (!bond) continue;
    check_modes(check, link, *bond);
    check_named_members(check, link, *bond);
    check_target_list(check, link, "arp-ip-target", bond->arp_ip_target, Family::ipv4);
    check_target_list(check, link, "ns-ip6-target", bond->ns_ip6_target, Family::ipv6);
    check_lacp(check, link, *bond);
    check_bond_monitoring(check, link);
  }
  check_ports(check);
}

}  // namespace netcfg
