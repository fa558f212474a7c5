// What the kernel would refuse because of links that the plan leaves alone.
#include <fmt/format.h>

#include <algorithm>

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
  }
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
