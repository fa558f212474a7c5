#include <fmt/format.h>

#include <map>
#include <tuple>

#include "netcfg/model/route.h"
#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

constexpr uint16_t kVxlanPort = 8472;  // the kernel's, from before IANA gave 4789

void check_vxlan(const Checker& check, const Link& link, const Vxlan& v) {
  bool external = v.external.value_or(false);
  if (!v.id && !external && !check.gaps.links)
    check.error(check.of_link(link), "a vxlan needs an 'id'", "write id: 100, or external: true");
  if (v.local && v.remote && v.local->family != v.remote->family)
    check.error(check.in_block(link, "remote"), "'local' and 'remote' are of different address families");
  if (v.remote && v.remote->is_multicast() && !v.parent)
    check.error(check.in_block(link, "remote"),
                fmt::format("{} is a multicast group, so 'parent' is missing", to_string(*v.remote)),
                "name the interface that joins the group: parent: eth0");
  if (v.local && v.local->is_multicast())
    check.error(check.in_block(link, "local"), "a multicast group cannot be a source address");
}

// vxlan_vni_in_use() in drivers/net/vxlan/vxlan_core.c
void check_vxlan_ids(const Checker& check) {
  std::map<std::tuple<uint32_t, uint16_t, bool, IfName>, const Link*> owners;
  for (const Link& link : check.state.links) {
    const auto* v = std::get_if<Vxlan>(&link.kind);
    if (!v) continue;
    check_vxlan(check, link, *v);
    if (!v->id) continue;
    bool v6 =
        (v->local && v->local->family == Family::ipv6) || (v->remote && v->remote->family == Family::ipv6);
    // Link-local tunnels of different parents may share an id.
    bool own_link = v->remote && v->remote->is_link_local();
    auto key = std::tuple(*v->id, v->port.value_or(kVxlanPort), v6,
                          own_link ? v->parent.value_or(IfName{}) : IfName{});
    auto [first, fresh] = owners.emplace(key, &link);
    if (!fresh)
      check.error(check.in_block(link, "id"),
                  fmt::format("VXLAN {} on port {} is {} already", *v->id, v->port.value_or(kVxlanPort),
                              first->second->name.view()),
                  "choose another id or port");
  }
}

void check_vrf_tables(const Checker& check) {
  std::map<uint32_t, const Link*> owners;
  for (const Link& link : check.state.links) {
    const auto* vrf = std::get_if<Vrf>(&link.kind);
    if (!vrf || !vrf->table) continue;
    if (*vrf->table == kTableMain || *vrf->table == kTableLocal)
      check.error(check.in_block(link, "table"),
                  fmt::format("table {} is the host's own", *vrf->table == kTableMain ? "main" : "local"),
                  "a VRF needs a table of its own");
    auto [first, fresh] = owners.emplace(*vrf->table, &link);
    if (!fresh)
      check.error(check.in_block(link, "table"),
                  fmt::format("table {} is that of {} already", *vrf->table, first->second->name.view()),
                  "give each VRF a table of its own");
  }
}

}  // namespace

void check_tunnels(const Checker& check) {
  check_vxlan_ids(check);
  check_vrf_tables(check);
}

}  // namespace netcfg
