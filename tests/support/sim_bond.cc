// The bonding driver's options (drivers/net/bonding/bond_options.c).
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"

namespace netcfg::test {
namespace {

constexpr uint32_t kDefaultMiimon = 100;  // BOND_DEFAULT_MIIMON, milliseconds

bool uses_arp(BondMode mode) {
  return (kArpModes & mode_bit(mode)) != 0;
}
bool uses_primary(BondMode mode) {
  return (kPrimaryModes & mode_bit(mode)) != 0;
}

}  // namespace

// Whether members take the bond's MAC. In balance-tlb and balance-alb each keeps its own but one, and which
// one is chance.
bool SimHost::shares_mac(const Bond& bond) {
  bool follows = bond.mode == BondMode::active_backup && bond.fail_over_mac.value_or(0) != 0;
  bool own = bond.mode == BondMode::balance_tlb || bond.mode == BondMode::balance_alb;
  return !follows && !own;
}

// As the netlink adapter writes them: what the new mode lacks goes before the mode, what neither has is
// left out, as are delays of zero without miimon; and delays are written again when miimon changes.
Answer SimHost::set_bond(const IfName& name, const Bond& before, const Bond& after) {
  Bond wanted = after;
  wanted.active_slave.reset();  // set_fields() does it last
  auto changed = [&](auto member) { return wanted.*member && before.*member != wanted.*member; };
  bool both = wanted.miimon.value_or(0) != 0 && wanted.arp_interval.value_or(0) != 0;
  if (both && changed(&Bond::miimon) && changed(&Bond::arp_interval))
    return {EINVAL, "ARP monitoring cannot be used with MII monitoring"};
  uint32_t interval = wanted.miimon.value_or(before.miimon.value_or(0));
  auto settle = [&](auto member) {
    bool zero = wanted.*member == 0U;
    if (zero && interval == 0) (wanted.*member).reset();
    return changed(member) || (wanted.*member && interval != 0 && changed(&Bond::miimon));
  };
  bool delays[] = {settle(&Bond::updelay), settle(&Bond::downdelay), settle(&Bond::peer_notify_delay)};
  BondMode from = *std::get<Bond>(find(name)->link.kind).mode, to = wanted.mode.value_or(from);
  for (bool leaving : {true, false}) {
    for (const Field& field : kBondFields) {
      bool goes = !mode_has(to, field.name);
      const std::string_view kDelays[] = {"updelay", "downdelay", "peer-notify-delay"};
      const auto* delay = std::find(std::begin(kDelays), std::end(kDelays), field.name);
      bool write = delay != std::end(kDelays) ? delays[delay - std::begin(kDelays)]
                                              : field.has(&wanted) && !field.equal(&before, &wanted);
      if (!write || goes != leaving || (goes && (from == to || !mode_has(from, field.name)))) continue;
      if (Answer a = set_bond_option(edit(name), field, wanted); a.refused()) return a;
    }
  }
  choose_active(name);
  return {};
}

Answer SimHost::set_bond_option(SimLink& link, const Field& field, const Bond& after) {
  auto& bond = std::get<Bond>(link.link.kind);
  // bond_opt_check_deps(), in this order
  if (!mode_has(*bond.mode, field.name)) return {EACCES, "option not supported in this mode"};
  bool empty = field.change == Mutability::empty || field.change == Mutability::down_empty;
  bool down = field.change == Mutability::down || field.change == Mutability::down_empty;
  if (empty && has_members(link.link.name))
    return {ENOTEMPTY, "unable to set option because the bond has slaves"};
  if (down && link.link.is_up()) return {EBUSY, "unable to set option because the bond is up"};
  if (field.name == "mode") return set_bond_mode(link, *after.mode), Answer{};
  if (field.name == "primary") return set_bond_primary(link, *after.primary);
  if (field.name == "active-slave") return set_active_member(link, *after.active_slave);
  if (field.name == "updelay" || field.name == "downdelay" || field.name == "peer-notify-delay")
    return set_bond_delay(link, field, after);
  if (field.name == "ad-actor-system" && (after.ad_actor_system->bytes[0] & 1)) return {EINVAL, ""};
  field.copy(&bond, &after);
  if (field.name == "miimon") {
    if (*bond.miimon != 0 && *bond.arp_interval != 0) {
      bond.arp_interval = 0;
      bond.arp_validate = 0;
    }
    report_delays(link);
  }
  if (field.name == "arp-interval" && *bond.arp_interval != 0) {
    bond.miimon = 0;
    report_delays(link);
  }
  return {};
}

void SimHost::set_bond_mode(SimLink& link, BondMode mode) {
  auto& bond = std::get<Bond>(link.link.kind);
  if (!uses_arp(mode)) {
    bond.arp_interval = 0;
    if (*bond.miimon == 0) bond.miimon = kDefaultMiimon;
  }
  if (mode == BondMode::balance_alb) bond.tlb_dynamic_lb = true;
  bond.arp_validate = 0;
  bond.mode = mode;
  report_delays(link);
}

// They are kept as multiples of miimon, so that a change of miimon changes them too.
void SimHost::report_delays(SimLink& link) {
  auto& bond = std::get<Bond>(link.link.kind);
  bond.updelay = link.updelay * *bond.miimon;
  bond.downdelay = link.downdelay * *bond.miimon;
  bond.peer_notify_delay = link.peer_notify_delay * *bond.miimon;
}

// _bond_option_delay_set(): refused without miimon, even for zero.
Answer SimHost::set_bond_delay(SimLink& link, const Field& field, const Bond& after) {
  auto& bond = std::get<Bond>(link.link.kind);
  if (*bond.miimon == 0) return {EPERM, "unable to set the delay as MII monitoring is disabled"};
  uint32_t& kept = field.name == "updelay"     ? link.updelay
                   : field.name == "downdelay" ? link.downdelay
                                               : link.peer_notify_delay;
  kept = static_cast<uint32_t>(field.number(&after)) / *bond.miimon;
  report_delays(link);
  return {};
}

// A name that is no member is remembered until it becomes one.
Answer SimHost::set_bond_primary(SimLink& link, const IfName& primary) {
  if (!primary.empty() && !find(primary)) return {ENODEV, ""};
  link.primary = primary;
  auto& bond = std::get<Bond>(link.link.kind);
  if (!primary.empty()) bond.active_slave = IfName();
  return {};
}

Answer SimHost::set_active_member(SimLink& link, const IfName& member) {
  auto& bond = std::get<Bond>(link.link.kind);
  if (member.empty()) {
    bond.active_slave = IfName();
    return {};
  }
  const SimLink* slave = find(member);
  if (!slave) return {ENODEV, ""};
  if (slave->link.master != link.link.name) return {EINVAL, "device is not a slave of this bond"};
  if (!link.link.is_up() || !slave->link.is_up()) return {EINVAL, "the device or the link is down"};
  bond.active_slave = member;
  return {};
}

// What the bond reports of its members: the primary while it is one, and the active one in modes that have
// one. Every member is taken to have carrier.
void SimHost::choose_active(const IfName& name) {
  SimLink& link = edit(name);
  auto& bond = std::get<Bond>(link.link.kind);
  auto member = [&](const IfName& n) {
    const SimLink* other = n.empty() ? nullptr : find(n);
    return other && other->link.master == name;
  };
  bond.primary = IfName();
  if (!uses_primary(*bond.mode)) {
    bond.active_slave = IfName();
    return;
  }
  if (member(link.primary)) bond.primary = link.primary;
  if (member(*bond.active_slave)) return;
  bond.active_slave = IfName();
  if (!bond.primary->empty()) {
    bond.active_slave = bond.primary;
    return;
  }
  for (const SimLink& other : *links_)
    if (other.link.master == name && bond.active_slave->empty()) bond.active_slave = other.link.name;
}

Answer SimHost::set_bond_port(const IfName& name, const BondPort& before, const BondPort& after) {
  SimLink& link = edit(name);
  auto& port = std::get<BondPort>(link.link.port);
  const auto& bond = std::get<Bond>(find(*link.link.master)->link.kind);
  if (after.prio && before.prio != after.prio) {
    if (!mode_has(*bond.mode, "prio")) return {EACCES, "option prio: not supported in this mode"};
    port.prio = after.prio;
  }
  if (after.queue_id && before.queue_id != after.queue_id) {
    if (*after.queue_id != 0)
      for (const SimLink& other : *links_)
        if (other.link.master == link.link.master && other.link.index != link.link.index &&
            std::get<BondPort>(other.link.port).queue_id == after.queue_id)
          return {EINVAL, "queue id is in use by another member"};
    port.queue_id = after.queue_id;
  }
  return {};
}

}  // namespace netcfg::test
