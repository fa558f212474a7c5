#include "netcfg/kernel/bond_order.h"

namespace netcfg::nl {
namespace {

constexpr std::string_view kDelays[] = {"updelay", "downdelay", "peer-notify-delay"};

size_t row(std::string_view name) {
  return row_of(kBondFields, name);
}

// The kernel keeps delays as multiples of miimon: they change with it, are 0 without it, and cannot be
// written then, not even to 0 (bond_option_updelay_set() and its siblings).
void settle_delays(const Bond* before, const Bond& after, Rows& rows) {
  bool new_interval = before ? rows[row("miimon")] : true;
  bool monitored = after.miimon.value_or(before ? before->miimon.value_or(0) : 0) != 0;
  for (std::string_view name : kDelays) {
    const Field& field = kBondFields[row(name)];
    if (!field.has(&after)) continue;
    int64_t value = field.number(&after);
    if (!monitored && value == 0) rows.reset(row(name));
    if (monitored && new_interval && (before || value != 0)) rows.set(row(name));
  }
}

// What the new mode does not have is written, that is cleared, while the old mode still holds.
Rows leaving(BondMode from, BondMode to, const Rows& rows) {
  Rows out;
  for (size_t i = 0; i < std::size(kBondFields); ++i) {
    std::string_view name = kBondFields[i].name;
    out[i] = rows[i] && !mode_has(to, name) && mode_has(from, name);
  }
  return out;
}

}  // namespace

BondSteps bond_steps(const Bond* before, const Bond& after, Rows rows) {
  rows.reset(row("active-slave"));
  // A new bond has no primary, and none of the options of other modes but at their defaults.
  if (!before && after.primary && after.primary->empty()) rows.reset(row("primary"));
  settle_delays(before, after, rows);
  BondMode to =
      after.mode.value_or(before ? before->mode.value_or(BondMode::balance_rr) : BondMode::balance_rr);
  BondMode from = before ? before->mode.value_or(to) : to;
  BondSteps out;
  if (from != to) out.first = leaving(from, to, rows);
  for (size_t i = 0; i < std::size(kBondFields); ++i)
    out.second[i] = rows[i] && !out.first[i] && mode_has(to, kBondFields[i].name);
  return out;
}

}  // namespace netcfg::nl
