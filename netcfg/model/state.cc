#include "netcfg/model/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace netcfg {
namespace {

std::string table_name(uint32_t table) {
  switch (table) {
    case kTableMain:
      return "main";
    case kTableLocal:
      return "local";
    case kTableDefault:
      return "default";
    default:
      return std::to_string(table);
  }
}

}  // namespace

State::State() = default;
State::State(const State& other) = default;
State::State(State&& other) noexcept = default;
State& State::operator=(const State& other) = default;
State& State::operator=(State&& other) noexcept = default;
State::~State() = default;
bool State::operator==(const State& other) const = default;

const Link* State::link(const IfName& name) const {
  auto it = std::lower_bound(links.begin(), links.end(), name,
                             [](const Link& link, const IfName& wanted) { return link.name < wanted; });
  return it != links.end() && it->name == name ? &*it : nullptr;
}

const Nexthop* State::nexthop(uint32_t id) const {
  auto it = std::lower_bound(nexthops.begin(), nexthops.end(), id,
                             [](const Nexthop& n, uint32_t wanted) { return n.id < wanted; });
  return it != nexthops.end() && it->id == id ? &*it : nullptr;
}

Few<NextHop> State::hops_of(const Route& route) const {
  if (route.nexthop_id == 0) return route.hops;
  std::vector<NextHop> hops;
  auto add = [&](const Nexthop* nexthop, uint16_t weight) {
    if (nexthop && !nexthop->blackhole) hops.push_back({nexthop->via, nexthop->dev, weight, nexthop->onlink});
  };
  const Nexthop* nexthop = this->nexthop(route.nexthop_id);
  if (!nexthop || !nexthop->is_group())
    add(nexthop, 1);
  else
    for (const NexthopMember& member : nexthop->group) add(this->nexthop(member.id), member.weight);
  std::sort(hops.begin(), hops.end());
  return hops;
}

// The values are large: their numbers are sorted, and then each is moved once.
template <class T>
void sort_by_key(std::vector<T>& table) {
  auto less = [](const T& a, const T& b) { return a.key() < b.key(); };
  if (std::is_sorted(table.begin(), table.end(), less)) return;
  std::vector<uint32_t> order(table.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return less(table[a], table[b]); });
  // order[i]: where the value that comes i-th is now. They change places circle by circle.
  for (uint32_t start = 0; start < order.size(); ++start) {
    if (order[start] == start) continue;
    T first = std::move(table[start]);
    uint32_t at = start;
    while (order[at] != start) {
      uint32_t from = std::exchange(order[at], at);
      table[at] = std::move(table[from]);
      at = from;
    }
    table[at] = std::move(first);
    order[at] = at;
  }
}

void State::sort() {
  for_each_kind(*this, [](auto& table) { sort_by_key(table); });
}

std::string id_of(const Link& link) {
  return to_string(link.name);
}

std::string id_of(const Address& a) {
  return fmt::format("{} {}", a.dev.view(), to_string(a.address));
}

std::string id_of(const Neighbor& n) {
  return fmt::format("{} {}{}", n.dev.view(), to_string(n.address), n.proxy ? " proxy" : "");
}

std::string id_of(const Nexthop& n) {
  return std::to_string(n.id);
}

std::string id_of(const Route& r) {
  std::string out =
      r.to.is_default() ? (r.family() == Family::ipv6 ? "default6" : "default") : to_string(r.to);
  if (r.table != kTableMain) out += " table " + table_name(r.table);
  if (r.tos != 0) out += fmt::format(" tos {:#x}", r.tos);
  if (r.metric != (r.family() == Family::ipv6 ? kIpv6DefaultMetric : 0))
    out += fmt::format(" metric {}", r.metric);
  return out;
}

std::string id_of(const Rule& r) {
  std::string out = fmt::format("{}{}:", r.family == Family::ipv6 ? "ipv6 " : "", r.priority);
  for (const Field& field : kRuleFields) {
    if (!field.has(&r)) continue;
    Value value = field.get(field, &r);
    if (value == Value(false)) continue;
    out += fmt::format(" {}", field.name);
    if (field.type != Type::boolean) out += " " + to_string(value);
  }
  RuleAction action = r.action.value_or(RuleAction::lookup);
  if (action == RuleAction::lookup && r.table) return out + " lookup " + table_name(*r.table);
  if (action == RuleAction::goto_) return out + fmt::format(" goto {}", r.goto_priority.value_or(0));
  for (const Choice& choice : kRuleActions)
    if (choice.number == static_cast<int64_t>(action) && action != RuleAction::lookup)
      out += fmt::format(" {}", choice.name);
  return out;
}

std::string id_of(const Sysctl& s) {
  return s.path;
}

std::string id_of(const Qdisc& q) {
  return to_string(q.dev);
}

std::string id_of(const Ruleset& r) {
  return r.name;
}

}  // namespace netcfg
