// What the kernel would refuse because of links that the plan leaves alone.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/diff/mtus.h"
#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

IfName master_of(const Link& link) {
  return link.master.value_or(IfName{});
}

// Macvlans and ipvlans receive their parent's frames, as do bonds and bridges their members': one of them at
// a time (netdev_rx_handler_register() in net/core/dev.c).
bool takes_parents_frames(const Link& link) {
  return std::holds_alternative<Macvlan>(link.kind) || std::holds_alternative<Macvtap>(link.kind) ||
         std::holds_alternative<Ipvlan>(link.kind);
}

bool takes_members_frames(const Link* master) {
  return master &&
         (std::holds_alternative<Bond>(master->kind) || std::holds_alternative<Bridge>(master->kind));
}

bool has(const std::optional<std::vector<std::string>>& names, std::string_view name) {
  return names && std::find(names->begin(), names->end(), name) != names->end();
}

}  // namespace

void Build::find_refusals(Diagnostics& problems) const {
  for (const auto& [name, w] : works_) {
    if (!w.after) continue;
    refuse_join(w, problems);
    refuse_parent(w, problems);
    refuse_names(w, problems);
    refuse_macless(w, problems);
    refuse_twin(w, problems);
  }
  refuse_ipv6(problems);
}

// A link of which the spec names no MTU may have one that IPv6 has no room in (IPV6_MIN_MTU): then it has
// neither addresses nor parameters of IPv6.
void Build::refuse_ipv6(Diagnostics& problems) const {
  constexpr uint32_t kLeast = 1280;
  constexpr std::string_view kParameters = "net/ipv6/conf/";
  Mtus mtus(live_, desired_, owner_);
  std::set<IfName> told;
  auto check = [&](const IfName& dev, const Place& origin) {
    const Link* link = final_link(dev);
    if (!link || told.contains(dev)) return;
    auto it = works_.find(dev);
    bool made = it != works_.end() && (!it->second.before || it->second.recreate);
    std::optional<uint32_t> mtu = made && !link->mtu ? mtus.usual(*link) : mtus.of(dev);
    if (!mtu || *mtu >= kLeast) return;
    told.insert(dev);
    problems.error(
        origin, "",
        fmt::format("IPv6 needs an MTU of {}, and '{}' will have one of {}", kLeast, dev.view(), *mtu),
        fmt::format(
            "raise the MTU of what '{}' stands on, or of a bridge's ports, or remove its IPv6 addresses "
            "and parameters",
            dev.view()));
  };
  for (const Address& wanted : desired_.state.addresses)
    if (wanted.address.ip.family == Family::ipv6) check(wanted.dev, wanted.origin);
  for (const Sysctl& wanted : desired_.state.sysctls)
    if (wanted.path.starts_with(kParameters)) check(dev_of(wanted), wanted.origin);
}

void Build::refuse_join(const LinkWork& w, Diagnostics& problems) const {
  IfName master = master_of(*w.after);
  bool joins = !w.before || w.recreate || w.detach || master != master_of(*w.before);
  if (!joins || !takes_members_frames(final_link(master))) return;
  for (const Link& other : live_.links) {
    const Link* stays = final_link(other.name);
    if (!stays || !takes_parents_frames(*stays) || parent_of(*stays) != w.after->name) continue;
    problems.error(w.after->origin, "",
                   fmt::format("'{}' cannot join '{}' while '{}' stands on it", w.after->name.view(),
                               master.view(), other.name.view()),
                   fmt::format("delete '{0}' (state: absent, or ip link delete dev {0}), or leave '{1}' out",
                               other.name.view(), w.after->name.view()));
  }
}

void Build::refuse_parent(const LinkWork& w, Diagnostics& problems) const {
  if (!takes_parents_frames(*w.after) || (w.before && !w.recreate)) return;
  const Link* parent = final_link(parent_of(*w.after));
  IfName master = parent ? master_of(*parent) : IfName{};
  if (!takes_members_frames(final_link(master))) return;
  problems.error(
      w.after->origin, "",
      fmt::format("'{}' cannot stand on '{}', which belongs to '{}'", w.after->name.view(),
                  parent->name.view(), master.view()),
      fmt::format("make '{}' its parent, or release '{}' from it first", master.view(), parent->name.view()));
}

// A bridge that follows its ports has no address when it has none (br_stp_recalculate_bridge_id()).
bool Build::loses_mac(const IfName& bridge) const {
  const Link* live = live_.link(bridge);
  const Link* then = final_link(bridge);
  const Link* wanted = desired_.state.link(bridge);
  if (!live || !then || (wanted && wanted->mac) || live->mac != then->mac) return false;
  auto own = works_.find(bridge);
  if (!std::holds_alternative<Bridge>(then->kind) || (own != works_.end() && own->second.recreate))
    return false;
  auto is_port = [&](const Link* link) { return link && link->master == bridge; };
  bool follows = live->mac == Mac{};
  for (const Link& link : live_.links) {
    if (is_port(final_link(link.name))) return false;
    follows = follows || (is_port(&link) && link.mac == live->mac);
  }
  return follows && std::none_of(works_.begin(), works_.end(),
                                 [&](const auto& entry) { return is_port(entry.second.after); });
}

// VLANs and passthru macvlans have their parent's address, and without one do not come up
// (eth_validate_addr()).
void Build::refuse_macless(const LinkWork& w, Diagnostics& problems) const {
  bool fresh = !w.before || w.recreate;
  Link link = fresh && w.before ? made_anew(w) : *w.after;
  bool follows = std::holds_alternative<Vlan>(link.kind) && !link.mac;
  if (!link.is_up() || (!fresh && w.before->is_up()) || !(follows || is_passthru(link))) return;
  IfName parent = parent_of(link);
  if (!loses_mac(parent)) return;
  problems.error(w.after->origin, "",
                 fmt::format("'{}' has the MAC address of '{}', which has none without ports",
                             link.name.view(), parent.view()),
                 fmt::format("give '{}' an address (mac:), or a port", parent.view()));
}

// macvlan_addr_busy() in drivers/net/macvlan.c
void Build::refuse_twin(const LinkWork& w, Diagnostics& problems) const {
  const Link& link = *w.after;
  bool macvlan = std::holds_alternative<Macvlan>(link.kind) && !is_passthru(link);
  const Link* parent = macvlan ? final_link(parent_of(link)) : nullptr;
  const Link* wanted = desired_.state.link(link.name);
  bool comes_up = link.is_up() && (!w.before || w.recreate || !w.before->is_up());
  if (!parent || !comes_up || !wanted || !wanted->mac || wanted->mac != parent->mac) return;
  const Link* wanted_parent = desired_.state.link(parent->name);
  if (may_change_mac(parent->name) && !(wanted_parent && wanted_parent->mac)) return;
  problems.error(w.after->origin, "",
                 fmt::format("'{}' cannot have the MAC address of '{}', on which it stands", link.name.view(),
                             parent->name.view()),
                 "give one of the two another address (mac:)");
}

// Names and altnames are one space of names (net/core/dev.c).
void Build::refuse_names(const LinkWork& w, Diagnostics& problems) const {
  auto refuse = [&](std::string_view name, const Link& holder) {
    problems.error(w.after->origin, "",
                   fmt::format("the name '{}' is an altname of '{}' already", name, holder.name.view()),
                   fmt::format("ip link property del dev {} altname {}, or choose another name",
                               holder.name.view(), name));
  };
  for (const Link& other : live_.links) {
    const Link* stays = final_link(other.name);
    if (!stays || other.name == w.after->name) continue;
    bool is_new = !w.before || !w.old_name.empty();
    if (is_new && has(stays->altnames, w.after->name.view())) refuse(w.after->name.view(), other);
    for (const std::string& name : w.after->altnames.value_or(std::vector<std::string>{}))
      if (has(stays->altnames, name) && !(w.before && has(w.before->altnames, name))) refuse(name, other);
  }
}

}  // namespace netcfg
