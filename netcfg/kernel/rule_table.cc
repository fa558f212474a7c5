#include "netcfg/kernel/rule_table.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "netcfg/kernel/rule.h"

namespace netcfg::nl {

bool deletion_matches(const Rule& wanted, const Rule& live) {
  if (wanted.action != live.action) return false;
  if (wanted.table.value_or(0) != 0 && wanted.table != live.table) return false;
  if (wanted.protocol != 0 && wanted.protocol != live.protocol) return false;
  // What is not asked for is not compared; nor are inversion and the target of a goto.
  return std::all_of(std::begin(kRuleFields), std::end(kRuleFields), [&](const Field& field) {
    return field.name == "not" || !field.has(&wanted) || field.equal(&wanted, &live);
  });
}

Result<> RuleTable::load(Socket& socket) {
  Message request;
  request.start<fib_rule_hdr>(RTM_GETRULE, 0);
  rules_.clear();
  auto done = socket.dump(
      request, [&] { rules_.clear(); },
      [&](const nlmsghdr& message) {
        if (auto rule = decode_rule(message)) add(*rule);
      });
  loaded_ = done.ok();
  return done;
}

bool RuleTable::contains(const Rule& rule) const {
  auto it = rules_.find({rule.family, rule.priority});
  return it != rules_.end() && std::find(it->second.begin(), it->second.end(), rule) != it->second.end();
}

void RuleTable::add(const Rule& rule) {
  // The kernel adds a rule behind those of its priority.
  rules_[{rule.family, rule.priority}].push_back(rule);
}

std::optional<std::vector<Rule>> RuleTable::take(const Rule& rule) {
  auto it = rules_.find({rule.family, rule.priority});
  if (it == rules_.end()) return std::nullopt;
  auto& list = it->second;
  auto exact = std::find_if(list.begin(), list.end(),
                            [&](const Rule& live) { return live == rule && live.protocol == rule.protocol; });
  if (exact == list.end()) return std::nullopt;
  auto in_the_way = [&](const Rule& live) { return deletion_matches(rule, live); };
  std::vector<Rule> moved;
  std::vector<Rule> kept;
  for (auto live = list.begin(); live != list.end(); ++live) {
    if (live == exact) continue;
    (live < exact && in_the_way(*live) ? moved : kept).push_back(*live);
  }
  list = std::move(kept);
  list.insert(list.end(), moved.begin(), moved.end());
  return moved;
}

}  // namespace netcfg::nl
