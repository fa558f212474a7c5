#include <fmt/format.h>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

constexpr uint32_t kForcedMiimon = 100;  // BOND_DEFAULT_MIIMON: what modes without ARP monitoring get

bool uses_arp(BondMode mode) {
  return mode_has(mode, "arp-interval");
}

// In milliseconds; what the kernel will have where the spec says nothing.
uint32_t effective_miimon(const Bond& bond) {
  bool arp = uses_arp(bond.mode.value_or(BondMode::balance_rr));
  return bond.miimon.value_or(arp ? 0 : kForcedMiimon);
}

bool has_targets(const Bond& bond) {
  return (bond.arp_ip_target && !bond.arp_ip_target->empty()) ||
         (bond.ns_ip6_target && !bond.ns_ip6_target->empty());
}

void check_delay(const Checker& check, const Link& link, std::string_view field, uint32_t delay,
                 uint32_t miimon) {
  if (delay == 0) return;
  if (miimon == 0)
    return check.error(check.in_block(link, field), fmt::format("{} needs miimon", field),
                       "write miimon: 100ms");
  if (delay % miimon == 0) return;
  uint32_t down = delay - delay % miimon;
  uint64_t up = uint64_t{down} + miimon;
  check.error(
      check.in_block(link, field),
      fmt::format("{} is not a multiple of miimon ({}ms); the kernel would round it down", field, miimon),
      down == 0 ? fmt::format("write {}ms", up) : fmt::format("write {}ms or {}ms", down, up));
}

}  // namespace

void check_bond_monitoring(const Checker& check, const Link& link) {
  const Bond& bond = std::get<Bond>(link.kind);
  BondMode mode = bond.mode.value_or(BondMode::balance_rr);
  uint32_t miimon = effective_miimon(bond), arp = bond.arp_interval.value_or(0);
  if (miimon > 0 && arp > 0 && uses_arp(mode))
    check.error(check.in_block(link, "arp-interval"), "miimon and arp-interval exclude each other",
                "keep one of the two");
  if (arp > 0 && !has_targets(bond) && uses_arp(mode))
    check.error(check.in_block(link, "arp-interval"), "arp-interval without anyone to ask",
                "write arp-ip-target: [ADDRESS], or ns-ip6-target");
  if (!uses_arp(mode) && bond.miimon == 0U)
    check.error(check.in_block(link, "miimon"),
                fmt::format("mode {} needs link monitoring", kBondModes[static_cast<size_t>(mode)].name),
                "write miimon: 100ms");
  else if (miimon == 0 && arp == 0 && !check.gaps.links)
    check.warning(check.locate.key({"interfaces", link.name, "bond"}),
                  "no link monitoring: a member without carrier would stay in use", "write miimon: 100ms");
  bool refused = miimon == 0 && !uses_arp(mode);
  if (refused) return;  // said above
  check_delay(check, link, "updelay", bond.updelay.value_or(0), miimon);
  check_delay(check, link, "downdelay", bond.downdelay.value_or(0), miimon);
  check_delay(check, link, "peer-notify-delay", bond.peer_notify_delay.value_or(0), miimon);
}

}  // namespace netcfg
