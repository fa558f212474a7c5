// Links as commands: ip link, ip token, bridge vlan.
#include <fmt/format.h>

#include <algorithm>

#include "netcfg/plan/ip_words.h"

namespace netcfg {
namespace {

Group group_of(const LinkKind& kind) {
  std::string_view name = kind_info(kind)->name;
  return name == "bond"                           ? Group::bond
         : name == "bridge"                       ? Group::bridge
         : name == "vlan"                         ? Group::vlan
         : name == "vxlan"                        ? Group::vxlan
         : name == "macvlan" || name == "macvtap" ? Group::macvlan
         : name == "ipvlan"                       ? Group::ipvlan
                                                  : Group::plain;
}

// The words of all fields that are set and, if there is a `before`, differ from it.
std::string words_of(Group group, FieldsOf now, const void* before) {
  std::string out;
  for (const Field& field : now.fields) {
    if (!field.has(now.object) || (before && field.equal(now.object, before))) continue;
    std::string words = option_words(group, field, now.object, before);
    if (!words.empty()) out += " " + words;
  }
  return out;
}

std::string name_of(const IfName& name) {
  return shell_word(name.view());
}

class LinkCommands {
 public:
  LinkCommands(const Link* before, const Link& after) : before_(before), after_(after) {}

  std::vector<std::string> create() {
    std::string line = "ip link add";
    IfName parent = parent_of(after_);
    bool in_type = std::holds_alternative<Vxlan>(after_.kind);  // vxlan: `dev PARENT`
    if (!parent.empty() && !in_type) line += " link " + name_of(parent);
    line += " name " + name_of(after_.name);
    line += fmt::format(" type {}", kind_info(after_.kind)->name);
    if (const auto* veth = std::get_if<Veth>(&after_.kind))
      line += " peer name " + name_of(veth->peer.value_or(IfName{}));
    else
      line += words_of(group_of(after_.kind), fields_of(after_.kind), nullptr);
    out_.push_back(line);
    common();
    return std::move(out_);
  }

  // The other end of a veth came with the first.
  std::vector<std::string> set_up_existing() {
    common();
    return std::move(out_);
  }

  std::vector<std::string> update() {
    if (before_->state != after_.state && after_.state == LinkState::down) set("down");
    if (before_->name != after_.name)
      out_.push_back(fmt::format("ip link set dev {} name {}", name_of(before_->name), name_of(after_.name)));
    type_options();
    common();
    return std::move(out_);
  }

 private:
  void set(std::string_view words) {
    const IfName& name = before_ && out_.empty() ? before_->name : after_.name;
    out_.push_back(fmt::format("ip link set dev {} {}", name_of(name), words));
  }
  void set_after(const std::string& words) {
    if (!words.empty()) out_.push_back(fmt::format("ip link set dev {} {}", name_of(after_.name), words));
  }

  void type_options() {
    if (after_.kind.index() == 0 || before_->kind.index() != after_.kind.index()) return;
    FieldsOf now = fields_of(after_.kind);
    const auto* bond = std::get_if<Bond>(&after_.kind);
    const auto* old = std::get_if<Bond>(&before_->kind);
    // No word takes a bond's primary away.
    if (bond && bond->primary == IfName{} && old->primary != bond->primary)
      out_.push_back(fmt::format("echo '' > /sys/class/net/{}/bonding/primary", name_of(after_.name)));
    Bond rest;
    if (bond && bond->mode && old->mode != bond->mode) {
      rest = clear_for_mode(*bond, *old);
      now.object = &rest;
    }
    const auto* macvlan = std::get_if<Macvlan>(&after_.kind);
    std::string words = words_of(group_of(after_.kind), now, fields_of(before_->kind).object);
    if (macvlan && macvlan->nopromisc == false && std::get<Macvlan>(before_->kind).nopromisc == true)
      words += " flag null";
    if (!words.empty()) set_after(fmt::format("type {}{}", kind_info(after_.kind)->name, words));
  }

  // What the new mode does not have is cleared while the old one is there: ip(8) puts the mode first into a
  // request, and then the kernel refuses the others. Returns what is left for the request with the mode.
  Bond clear_for_mode(const Bond& bond, const Bond& old) {
    Bond leaving = bond, rest = bond;
    for (const Field& field : kBondFields) field.clear(mode_has(*bond.mode, field.name) ? &leaving : &rest);
    std::string words = words_of(Group::bond, {&leaving, kBondFields}, &old);
    if (!words.empty()) set_after("type bond" + words);
    return rest;
  }

  // What every link has, in an order in which the kernel takes it: up comes last.
  void common() {
    std::string words = words_of(Group::link, {&after_, kLinkFields}, before_);
    if (!words.empty()) set_after(words.substr(1));
    altnames();
    if (after_.token && (!before_ || before_->token != after_.token))
      out_.push_back(fmt::format("ip token set {} dev {}", to_string(*after_.token), name_of(after_.name)));
    membership();
    if (after_.state && (!before_ || before_->state != after_.state) && *after_.state == LinkState::up)
      set_after("up");
    for (std::string& line : vlan_commands(before_, after_)) out_.push_back(std::move(line));
  }

  void altnames() {
    if (!after_.altnames) return;
    const std::vector<std::string> none;
    const auto& old = before_ && before_->altnames ? *before_->altnames : none;
    auto missing_in = [](const std::vector<std::string>& list, const std::string& name) {
      return std::find(list.begin(), list.end(), name) == list.end();
    };
    for (const std::string& name : old)
      if (missing_in(*after_.altnames, name)) property("del", name);
    for (const std::string& name : *after_.altnames)
      if (missing_in(old, name)) property("add", name);
  }
  void property(std::string_view verb, const std::string& name) {
    out_.push_back(
        fmt::format("ip link property {} dev {} altname {}", verb, name_of(after_.name), shell_word(name)));
  }

  void membership() {
    bool moves = after_.master && (!before_ || before_->master != after_.master);
    if (moves && !after_.master->empty()) set_after("master " + name_of(*after_.master));
    if (moves && after_.master->empty() && before_ && before_->master) set_after("nomaster");
    if (after_.port.index() == 0) return;
    bool bond = std::holds_alternative<BondPort>(after_.port);
    bool same_kind = before_ && !moves && before_->port.index() == after_.port.index();
    // What a new member of a bond has anyway some modes refuse to be told.
    static const BondPort kNewMember{.prio = 0, .queue_id = 0};
    const void* old = same_kind ? fields_of(before_->port).object : bond ? &kNewMember : nullptr;
    std::string words = words_of(bond ? Group::bond_slave : Group::bridge_slave, fields_of(after_.port), old);
    if (!words.empty()) set_after(fmt::format("type {}_slave{}", bond ? "bond" : "bridge", words));
    if (!bond) sysfs_options(static_cast<const BridgePort*>(old));
  }
  // iproute2 6.1 has no word for it.
  void sysfs_options(const BridgePort* old) {
    const auto& port = std::get<BridgePort>(after_.port);
    if (!port.mcast_eht_hosts_limit || (old && old->mcast_eht_hosts_limit == port.mcast_eht_hosts_limit))
      return;
    out_.push_back(fmt::format("echo {} > /sys/class/net/{}/brport/multicast_eht_hosts_limit",
                               *port.mcast_eht_hosts_limit, name_of(after_.name)));
  }

  const Link* before_;
  const Link& after_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> link_commands(const Op& op, bool exists) {
  const Link* before = std::get<const Link*>(op.before);
  const Link* after = std::get<const Link*>(op.after);
  if (!after) return {"ip link del dev " + name_of(before->name)};
  LinkCommands commands(before, *after);
  if (before) return commands.update();
  if (after->kind.index() == 0)
    return {"# " + std::string(after->name.view()) + " is not a link that can be made"};
  return exists ? commands.set_up_existing() : commands.create();
}

}  // namespace netcfg
