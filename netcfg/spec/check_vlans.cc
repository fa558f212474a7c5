#include <fmt/format.h>

#include <map>
#include <tuple>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

void check_vlan_ids(const Checker& check) {
  std::map<std::tuple<IfName, uint16_t, uint16_t>, const Link*> owners;
  for (const Link& link : check.state.links) {
    const auto* vlan = std::get_if<Vlan>(&link.kind);
    if (!vlan || !vlan->parent || !vlan->id) continue;
    if (*vlan->id == 0)
      check.error(check.in_block(link, "id"), "VLAN 0 is no VLAN: it only carries a priority",
                  "choose an id from 1 to 4094");
    auto [first, fresh] =
        owners.emplace(std::tuple(*vlan->parent, *vlan->id, vlan->protocol.value_or(0x8100)), &link);
    if (!fresh)
      check.error(check.in_block(link, "id"),
                  fmt::format("VLAN {} on {} is {} already", *vlan->id, vlan->parent->view(),
                              first->second->name.view()),
                  "choose another id, or give one of them protocol: 802.1ad");
  }
}

// drivers/net/macvlan.c and ipvlan_main.c: one kind of them per parent; passthru is alone on its parent;
// the ipvlans of a parent have one mode.
void check_shared_parents(const Checker& check) {
  std::map<IfName, const Link*> owners;
  auto is_passthru = [](const Link& link) {
    const auto* tap = std::get_if<Macvtap>(&link.kind);
    const Macvlan* macvlan = tap ? tap : std::get_if<Macvlan>(&link.kind);
    return macvlan && macvlan->mode == 8U;
  };
  for (const Link& link : check.state.links) {
    const auto* ipvlan = std::get_if<Ipvlan>(&link.kind);
    bool mac_kind = std::holds_alternative<Macvlan>(link.kind) || std::holds_alternative<Macvtap>(link.kind);
    if (!ipvlan && !mac_kind) continue;
    auto [it, fresh] = owners.emplace(parent_of(link), &link);
    const Link& first = *it->second;
    const auto* other = std::get_if<Ipvlan>(&first.kind);
    if (fresh) continue;
    if ((ipvlan != nullptr) != (other != nullptr))
      check.error(
          check.in_block(link, "parent"),
          fmt::format("{} carries the {} {} already", it->first.view(), kind_name(first), first.name.view()),
          "macvlans and ipvlans cannot share a parent");
    else if (is_passthru(link) || is_passthru(first))
      check.error(check.in_block(link, "parent"),
                  fmt::format("{} carries {} already", it->first.view(), first.name.view()),
                  "a macvlan of mode passthru must be alone on its parent");
    else if (ipvlan && other && ipvlan->mode.value_or(1) != other->mode.value_or(1))
      check.error(check.in_block(link, "mode"),
                  fmt::format("the ipvlans of {} share one mode, and {} has another", it->first.view(),
                              first.name.view()),
                  "give both the same mode");
  }
}

}  // namespace

void check_vlans(const Checker& check) {
  check_vlan_ids(check);
  check_shared_parents(check);
}

}  // namespace netcfg
