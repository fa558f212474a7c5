// Rules (net/core/fib_rules.c) and neighbours (net/core/neighbour.c).
#include <algorithm>
#include <cerrno>

#include "tests/support/sim_host.h"
#include "tests/support/sim_sysctls.h"

namespace netcfg::test {
namespace {

constexpr uint8_t kKernelProtocol = 2;  // RTPROT_KERNEL

// What the kernel reports: selectors that select nothing are not there.
Rule full(Rule rule) {
  auto drop_false = [](std::optional<bool>& flag) {
    if (flag == false) flag.reset();
  };
  drop_false(rule.invert);
  drop_false(rule.l3mdev);
  if (rule.from && rule.from->is_default()) rule.from.reset();
  if (rule.to && rule.to->is_default()) rule.to.reset();
  if (rule.from) rule.from = rule.from->network();
  if (rule.to) rule.to = rule.to->network();
  if (rule.tos == uint8_t{0}) rule.tos.reset();
  if (rule.iif && rule.iif->empty()) rule.iif.reset();
  if (rule.oif && rule.oif->empty()) rule.oif.reset();
  if (!rule.action) rule.action = RuleAction::lookup;
  rule.origin = {};
  return rule;
}

}  // namespace

Answer SimHost::carry_out(Action action, const Rule* before, const Rule* after) {
  Rule rule = full(action == Action::remove ? *before : *after);
  auto it = std::find(rules_->begin(), rules_->end(), rule);
  if (action == Action::remove) {
    if (it == rules_->end()) return {ENOENT, ""};
    auto at = it - rules_->begin();
    rules_.edit().erase(rules_.edit().begin() + at);
    return {};
  }
  if (Answer a = check_rule(rule); a.refused()) return a;
  if (it != rules_->end()) return {action == Action::restore ? 0 : EEXIST, ""};
  auto& rules = rules_.edit();
  auto at = std::upper_bound(rules.begin(), rules.end(), rule,
                             [](const Rule& a, const Rule& b) { return a.priority < b.priority; });
  rules.insert(at, std::move(rule));
  return {};
}

Answer SimHost::check_rule(const Rule& rule) const {
  if (rule.tos && (*rule.tos & 3) != 0) return {EINVAL, "Invalid dsfield (tos): ECN bits must be 0"};
  if (rule.action == RuleAction::lookup && rule.table.value_or(0) == 0 && rule.l3mdev != true)
    return {EINVAL, ""};
  if (rule.l3mdev == true && rule.table.value_or(0) != 0)
    return {EINVAL, "l3mdev and table are mutually exclusive"};
  if (rule.action == RuleAction::goto_) {
    if (rule.goto_priority.value_or(0) <= rule.priority) return {EINVAL, "Backward goto not supported"};
  } else if (rule.goto_priority) {
    return {EINVAL, "Unexpected goto target without action goto"};
  }
  return {};
}

// The first VRF of a namespace brings its rules, and they stay (vrf_add_fib_rules()).
void SimHost::add_vrf_rules() {
  if (vrf_rules_) return;
  vrf_rules_ = true;
  for (Family family : {Family::ipv4, Family::ipv6}) {
    Rule rule;
    rule.family = family;
    rule.priority = 1000;
    rule.l3mdev = true;
    rule.action = RuleAction::lookup;
    rule.protocol = kKernelProtocol;
    static_cast<void>(carry_out(Action::create, nullptr, &rule));
  }
}

// Whatever its text: what nft makes of that is not simulated.
Answer SimHost::carry_out(Action action, const Ruleset*, const Ruleset* after) {
  auto& all = rulesets_.edit();
  if (action == Action::remove && all.empty()) return {ENOENT};
  all.clear();
  if (after) all.push_back(*after);
  return {};
}

Answer SimHost::carry_out(Action action, const Neighbor* before, const Neighbor* after) {
  const Neighbor& named = action == Action::remove ? *before : *after;
  const SimLink* link = find(named.dev);
  if (!link) return {ENODEV, ""};
  bool remove = action == Action::remove;
  if (named.address.family == Family::ipv6 && !link->ipv6 && !remove)
    return {named.proxy ? ENOBUFS : EINVAL, ""};
  // ndisc_allow_add()
  bool off = named.address.family == Family::ipv6 && sysctl_number(kDisableIpv6, named.dev) != 0;
  if (off && !named.proxy && !remove) return {EINVAL, "IPv6 is disabled on this device"};
  auto it = std::find_if(neighbors_->begin(), neighbors_->end(),
                         [&](const Neighbor& n) { return n.key() == named.key(); });
  auto at = it - neighbors_->begin();
  bool there = it != neighbors_->end();
  if (action == Action::remove) {
    if (!there) return {ENOENT, ""};
    neighbors_.edit().erase(neighbors_.edit().begin() + at);
    return {};
  }
  // The adapter replaces: an entry that the kernel learnt by itself is no obstacle.
  Neighbor added = named;
  added.origin = {};
  if (named.address.family == Family::ipv4)
    added.router.reset();
  else if (!added.router)
    added.router = false;
  if (added.proxy) added.mac.reset();
  if (there)
    neighbors_.edit()[static_cast<size_t>(at)] = added;
  else
    neighbors_.edit().push_back(added);
  return {};
}

// neigh_ifdown() takes permanent entries as well, and proxy entries; neigh_changeaddr() spares the latter.
void SimHost::drop_neighbors(const IfName& dev, Family family, bool proxies) {
  auto goes = [&](const Neighbor& n) {
    return n.dev == dev && n.address.family == family && (proxies || !n.proxy);
  };
  if (std::any_of(neighbors_->begin(), neighbors_->end(), goes)) std::erase_if(neighbors_.edit(), goes);
}

}  // namespace netcfg::test
