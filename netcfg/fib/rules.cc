#include "netcfg/fib/rules.h"

#include <algorithm>
#include <cerrno>

namespace netcfg {
namespace {

const IfName kLoopback = "lo";

bool in(const std::optional<Span>& span, std::optional<uint32_t> value) {
  if (!span) return true;
  return value && span->first <= *value && *value <= span->last;
}

// fib4_rule_match(), fib6_rule_match()
bool source_fits(const Rule& rule, const Key& key) {
  if (!rule.from || rule.from->is_default()) return true;
  if (key.family() == Family::ipv6) return key.has_source && rule.from->contains(key.flow.source);
  Ip zero;
  zero.family = Family::ipv4;
  return rule.from->contains(key.flow.source ? key.flow.source : zero);
}

// The lower two bits are ECN's, and no rule's.
bool tos_fits(const Rule& rule, uint8_t tos) {
  return rule.tos.value_or(0) == 0 || *rule.tos == (tos & 0xfc);
}

bool ports_fit(const Rule& rule, const Flow& flow) {
  return in(rule.sport, flow.sport) && in(rule.dport, flow.dport);
}

// A packet that comes in has no owner, whom only a range up to the last id holds.
bool uid_fits(const Rule& rule, const Flow& flow) {
  uint32_t uid = flow.uid.value_or(flow.iif.empty() ? 0 : UINT32_MAX);
  return in(rule.uid_range, uid);
}

// A VRF does not stand for its members here; in kernels newer than 6.1 it does (fib_rule_iif_match()).
bool iif_fits(const Rule& rule, const Key& key) {
  return !rule.iif || *rule.iif == (key.flow.iif.empty() ? kLoopback : key.flow.iif);
}

// What is bound to a VRF is bound to no link by then (l3mdev_update_flow()).
bool oif_fits(const Rule& rule, const Key& key) {
  return !rule.oif || *rule.oif == key.flow.oif;
}

// What fib_rule_match() looks at before the VRF.
bool first_selectors_fit(const Rule& rule, const Key& key) {
  if (!iif_fits(rule, key) || !oif_fits(rule, key)) return false;
  if (rule.fwmark && ((rule.fwmark->value ^ key.flow.mark) & rule.fwmark->mask) != 0) return false;
  return rule.tun_id.value_or(0) == 0;  // the packet is in no tunnel
}

// fib_rule_match()
bool selectors_fit(const Rule& rule, const Key& key) {
  const Flow& flow = key.flow;
  if (!first_selectors_fit(rule, key)) return false;
  if (rule.l3mdev == true && !key.vrf) return false;
  if (!uid_fits(rule, flow) || !source_fits(rule, key)) return false;
  if (rule.to && !rule.to->contains(flow.destination)) return false;
  if (!tos_fits(rule, flow.tos)) return false;
  if (rule.ip_proto && rule.ip_proto != flow.ip_proto) return false;
  return ports_fit(rule, flow);
}

int error_of(RuleAction action) {
  if (action == RuleAction::prohibit) return EACCES;
  return action == RuleAction::unreachable ? ENETUNREACH : EINVAL;
}

// fib4_rule_suppress(), fib6_rule_suppress()
bool suppressed(const Tables& tables, const Rule& rule, const Found& found) {
  if (rule.suppress_prefix_length && found.route->to.length <= *rule.suppress_prefix_length) return true;
  if (!rule.suppress_group || found.hops.empty()) return false;
  // Of several hops IPv4 takes the first, whether it is the one that will be used or not.
  bool ipv4 = found.route->family() == Family::ipv4;
  const Link* link = tables.link(ipv4 ? found.route->hops.front().dev : found.hops.front()->dev);
  return link && link->group.value_or(0) == static_cast<uint32_t>(*rule.suppress_group);
}

class Walk {
 public:
  Walk(const Tables& tables, const Key& key, const std::function<Found(uint32_t)>& look, Decision& out)
      : tables_(tables), key_(key), look_(look), out_(out) {}

  Found run() {
    const auto& rules = tables_.rules(key_.family());
    for (size_t i = 0; i < rules.size(); ++i) {
      const Rule& rule = *rules[i];
      if (rule.l3mdev == true && key_.vrf && first_selectors_fit(rule, key_)) knows_vrf_ = true;
      if (!applies(rule, key_)) continue;
      RuleAction action = rule.action.value_or(RuleAction::lookup);
      if (action == RuleAction::nop || action == RuleAction::goto_) {
        size_t target = action == RuleAction::goto_ ? target_of(rules, i) : rules.size();
        note(rule, 0, nullptr, target < rules.size() ? Trace::Result::jumped : Trace::Result::passed);
        if (target < rules.size()) i = target - 1;
        continue;
      }
      Found found = action == RuleAction::lookup ? ask(rule) : refuse(rule, action);
      if (found.error != EAGAIN) return found;
    }
    return {ESRCH, nullptr, {}};
  }

 private:
  // Where a `not` made an l3mdev rule apply, the VRF's table may not be known; main it is then
  // (l3mdev_fib_rule_match(), fib_get_table()).
  uint32_t table_of(const Rule& rule) const {
    if (rule.l3mdev != true) return rule.table.value_or(0);
    return knows_vrf_ ? std::get<Vrf>(key_.vrf->kind).table.value_or(0) : kTableMain;
  }

  // The first rule of that priority; a goto leads only on.
  static size_t target_of(const std::vector<const Rule*>& rules, size_t from) {
    uint32_t priority = rules[from]->goto_priority.value_or(0);
    auto at = std::find_if(rules.begin() + static_cast<ptrdiff_t>(from) + 1, rules.end(),
                           [&](const Rule* r) { return r->priority == priority; });
    return static_cast<size_t>(at - rules.begin());
  }

  Found refuse(const Rule& rule, RuleAction action) {
    note(rule, 0, nullptr, Trace::Result::refused);
    out_.rule = &rule;
    return {error_of(action), nullptr, {}};
  }

  Found ask(const Rule& rule) {
    uint32_t table = table_of(rule);
    Found found = look_(table);
    if (found.error == EAGAIN) {
      note(rule, table, found.route, found.route ? Trace::Result::thrown : Trace::Result::nothing);
      return found;
    }
    if (found.error == 0 && suppressed(tables_, rule, found)) {
      note(rule, table, found.route, Trace::Result::suppressed);
      return {};
    }
    note(rule, table, found.route, found.error == 0 ? Trace::Result::found : Trace::Result::refused);
    out_.rule = &rule;
    out_.table = table;
    return found;
  }

  void note(const Rule& rule, uint32_t table, const Route* route, Trace::Result result) {
    out_.trace.push_back({&rule, table, route, result});
  }

  const Tables& tables_;
  const Key& key_;
  const std::function<Found(uint32_t)>& look_;
  Decision& out_;
  bool knows_vrf_ = false;  // an l3mdev rule has asked for it
};

}  // namespace

int error_of(RouteType type) {
  switch (type) {
    case RouteType::blackhole:
      return EINVAL;
    case RouteType::unreachable:
      return EHOSTUNREACH;
    case RouteType::prohibit:
      return EACCES;
    case RouteType::throw_:
      return EAGAIN;
    default:
      return 0;
  }
}

bool applies(const Rule& rule, const Key& key) {
  return selectors_fit(rule, key) != rule.invert.value_or(false);
}

Found walk(const Tables& tables, const Key& key, const std::function<Found(uint32_t table)>& look,
           Decision& decision) {
  return Walk(tables, key, look, decision).run();
}

}  // namespace netcfg
