// Steps of addresses, neighbours, routes, rules and parameters.
#include <algorithm>
#include <numeric>

#include "netcfg/plan/build.h"

namespace netcfg {
namespace {

bool must_recreate(const Address& before, const Address& after) {
  if (!before.secondary && after.secondary) return true;
  return std::any_of(std::begin(kAddressFields), std::end(kAddressFields), [&](const Field& field) {
    return field.change == Mutability::recreate && !field.equal(&before, &after);
  });
}

uint16_t create_rank(const Route& route) {
  bool gatewayed = route.nexthop_id != 0 || std::any_of(route.hops.begin(), route.hops.end(),
                                                        [](const NextHop& h) { return bool(h.via); });
  return gatewayed ? rank::kGatewayedRoute : rank::kRoute;
}

uint16_t create_rank(const Sysctl& sysctl) {
  return dev_of(sysctl).empty() ? rank::kGlobalSysctl : rank::kSysctl;
}

// A permutation that looks random and is always the same: multiples of an odd constant, modulo 2^32.
uint32_t scatter(uint32_t i) {
  return i * 2654435761U;
}

}  // namespace

template <class T>
Graph::Node Build::plan_object(const Difference<T>& d, uint16_t create, uint16_t remove) {
  switch (d.verdict) {
    case Verdict::remove:
      return step<T>(remove, Action::remove, d.verdict, d.why, d.before, nullptr);
    case Verdict::create:
      return step<T>(create, Action::create, d.verdict, d.why, nullptr, keep(d.after));
    case Verdict::update:
    case Verdict::adopt:
      break;
  }
  Graph::Node node = step<T>(create, Action::update, d.verdict, d.why, d.before, keep(d.after));
  // A rule's tag cannot be changed, a queueing discipline's not without dropping what it holds; the ledger
  // remembers whose it is.
  bool adopts = std::is_same_v<T, Qdisc> && d.verdict == Verdict::adopt;
  if (std::is_same_v<T, Rule> || adopts) step_of(node).writes = false;
  return node;
}

void Build::plan_objects() {
  steps_.reserve(steps_.size() + diffs_.addresses.size() + diffs_.neighbors.size() + diffs_.nexthops.size() +
                 diffs_.routes.size() + diffs_.rules.size() + diffs_.sysctls.size());
  plan_addresses();
  for (const auto& d : diffs_.neighbors)
    neighbor_nodes_.push_back(plan_object(d, rank::kNeighbor, rank::kRemoveNeighbor));
  plan_nexthops();
  plan_routes();
  plan_rules();
  for (const auto& d : diffs_.sysctls)
    sysctl_nodes_.push_back(plan_object(d, create_rank(d.after), rank::kSysctl));
  for (const auto& d : diffs_.qdiscs)
    qdisc_nodes_.push_back(plan_object(d, rank::kQdisc, rank::kRemoveQdisc));
  // Its rules go by the names of interfaces, which need not be there yet.
  for (const auto& d : diffs_.rulesets) plan_object(d, rank::kRuleset, rank::kRemoveRuleset);
}

void Build::plan_addresses() {
  // The list of an interface's addresses has an order: the first of a subnet becomes its primary.
  std::vector<size_t> by_order(diffs_.addresses.size());
  for (size_t i = 0; i < by_order.size(); ++i) by_order[i] = i;
  std::stable_sort(by_order.begin(), by_order.end(), [&](size_t a, size_t b) {
    return diffs_.addresses[a].after.order < diffs_.addresses[b].after.order;
  });
  address_nodes_.resize(by_order.size());
  address_removals_.assign(by_order.size(), LinkWork::kNone);
  for (size_t i : by_order) {
    const auto& d = diffs_.addresses[i];
    if (d.verdict == Verdict::update && must_recreate(*d.before, d.after)) {
      address_removals_[i] =
          step<Address>(rank::kAddress, Action::remove, Verdict::remove, Why::recreate, d.before, nullptr);
      address_nodes_[i] = step<Address>(rank::kAddress, Action::create, Verdict::create, Why::recreate,
                                        nullptr, keep(d.after));
      continue;
    }
    address_nodes_[i] = plan_object(d, rank::kAddress, rank::kRemoveAddress);
  }
}

void Build::plan_routes() {
  // Deleting many routes in the order of their prefixes takes quadratic time in the kernel's trie.
  size_t n = diffs_.routes.size();
  route_nodes_.resize(n);
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  if (n > 1000)
    std::sort(order.begin(), order.end(), [](uint32_t a, uint32_t b) { return scatter(a) < scatter(b); });
  for (uint32_t i : order) {
    const auto& d = diffs_.routes[i];
    uint16_t rank = d.verdict == Verdict::remove ? rank::kRemoveRoute : create_rank(d.after);
    route_nodes_[i] = plan_object(d, rank, rank::kRemoveRoute);
  }
}

void Build::plan_rules() {
  // The kernel walks the list of rules from the front: add the last first, delete the first first.
  rule_nodes_.resize(diffs_.rules.size());
  for (size_t i = diffs_.rules.size(); i-- > 0;)
    if (diffs_.rules[i].verdict != Verdict::remove)
      rule_nodes_[i] = plan_object(diffs_.rules[i], rank::kRule, rank::kRemoveRule);
  for (size_t i = 0; i < diffs_.rules.size(); ++i)
    if (diffs_.rules[i].verdict == Verdict::remove)
      rule_nodes_[i] = plan_object(diffs_.rules[i], rank::kRule, rank::kRemoveRule);
}

// Of build_nexthops.cc.
template Graph::Node Build::plan_object(const Difference<Nexthop>&, uint16_t, uint16_t);

}  // namespace netcfg
