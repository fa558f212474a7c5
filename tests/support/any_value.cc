#include "tests/support/any_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg::test {
namespace {

int64_t between(Random& random, int64_t min, int64_t max) {
  return std::uniform_int_distribution<int64_t>(min, max)(random);
}
bool coin(Random& random, double share = 0.5) {
  return std::bernoulli_distribution(share)(random);
}

// Often one of the ends, where mistakes are.
int64_t within(Random& random, Range range) {
  if (coin(random, 0.3)) return coin(random) ? range.min : range.max;
  return between(random, range.min, range.max);
}

std::string any_ip(Random& random, bool v6) {
  if (v6) return fmt::format("2001:db8:{:x}::{:x}", between(random, 1, 0xffff), between(random, 1, 0xffff));
  return fmt::format("198.51.{}.{}", between(random, 0, 255), between(random, 1, 254));
}
std::string any_mac(Random& random) {
  return fmt::format("02:00:00:00:{:02x}:{:02x}", between(random, 0, 255), between(random, 0, 255));
}
std::string any_span(Random& random, Range range) {
  if (range.max == 0) range = {1, 100};
  int64_t a = within(random, range), b = within(random, range);
  return a == b ? fmt::format("{}", a) : fmt::format("{}-{}", std::min(a, b), std::max(a, b));
}

Value any_list(const Field& field, Random& random) {
  Texts texts;
  for (int64_t n = between(random, 0, 3); n > 0; --n) {
    if (field.type == Type::vids)
      texts.push_back(any_span(random, field.range));
    else if (field.type == Type::qos)
      texts.push_back(fmt::format("{}:{}", between(random, 0, 7), between(random, 0, 7)));
    else if (field.type == Type::texts)
      texts.push_back(fmt::format("name {}", between(random, 0, 99)));
    else
      texts.push_back(any_ip(random, field.name.find("ip6") != std::string_view::npos));
  }
  return texts;
}

}  // namespace

Value any_value(const Field& field, Random& random, std::string_view name) {
  switch (field.type) {
    case Type::boolean:
    case Type::integer:
    case Type::duration:
    case Type::rate:
    case Type::size:
      return number_to_value(field, within(random, field.range));
    case Type::choice:
      return std::string(field.choices[between(random, 0, std::ssize(field.choices) - 1)].name);
    case Type::text:
      return fmt::format("a\"\\ {}", between(random, 0, 999));
    case Type::link:
      return std::string(name);
    case Type::mac:
      return any_mac(random);
    case Type::ip4:
      return any_ip(random, false);
    case Type::ip:
    case Type::ip6:
      return any_ip(random, field.type == Type::ip6 || coin(random));
    case Type::prefix:
      return any_ip(random, coin(random)) + "/24";
    case Type::mark:
      return fmt::format("{:#x}/{:#x}", between(random, 0, kU32), between(random, 0, kU32));
    case Type::span:
      return any_span(random, field.range);
    default:
      return any_list(field, random);
  }
}

void fill(Fields fields, void* object, Random& random, double share) {
  for (const Field& field : fields)
    if (coin(random, share)) {
      Value value = any_value(field, random);
      if (!field.set(field, object, value))
        throw std::logic_error(fmt::format("{} does not take {}", field.name, to_string(value)));
    }
}

Link any_link(Random& random, size_t kind, double share) {
  Link link;
  link.name = std::string_view(fmt::format("link{}", between(random, 0, 999)));
  if (kind > 0) link.kind = kKinds[kind - 1].make();
  if (kind == 0 && coin(random)) link.foreign_kind = "tun";
  fill(fields_of(link.kind).fields, object_of(link.kind), random, share);
  fill(kLinkFields, &link, random, share);
  if (coin(random)) link.port = coin(random) ? PortKind(BondPort{}) : PortKind(BridgePort{});
  fill(fields_of(link.port).fields, object_of(link.port), random, share);
  if (coin(random, 0.2)) link.master = IfName{};
  return link;
}

Address any_address(Random& random, double share) {
  Address address;
  address.dev = "eth0";
  address.address = *parse_prefix(any_ip(random, coin(random)) + "/24");
  fill(kAddressFields, &address, random, share);
  address.protocol = static_cast<uint8_t>(between(random, 0, 255));
  address.secondary = coin(random);
  address.order = static_cast<uint32_t>(between(random, 0, 9));
  return address;
}

Neighbor any_neighbor(Random& random, double share) {
  Neighbor neighbor;
  neighbor.dev = "eth0";
  neighbor.address = *parse_ip(any_ip(random, coin(random)));
  neighbor.proxy = coin(random);
  fill(kNeighborFields, &neighbor, random, share);
  neighbor.protocol = static_cast<uint8_t>(between(random, 0, 255));
  return neighbor;
}

Qdisc any_qdisc(Random& random, double share) {
  Qdisc qdisc;
  qdisc.dev = "eth0";
  auto any_queue = [&] {
    QueueKind queue = kQueues[between(random, 0, std::ssize(kQueues) - 1)].make();
    fill(fields_of(queue), object_of(queue), random, share);
    return queue;
  };
  qdisc.handle = static_cast<uint16_t>(between(random, 1, UINT16_MAX));
  if (coin(random)) {
    qdisc.kind = any_queue();
    return qdisc;
  }
  qdisc.default_class = static_cast<uint16_t>(between(random, 0, UINT16_MAX));
  for (int64_t i = between(random, 1, 3); i > 0; --i) {
    HtbClass& one = qdisc.classes.emplace_back();
    one.id = static_cast<uint16_t>(between(random, 1, UINT16_MAX));
    one.parent = static_cast<uint16_t>(between(random, 0, 2));
    fill(kHtbClassFields, &one, random, share);
    if (coin(random)) one.leaf = any_queue();
  }
  return qdisc;
}

Nexthop any_nexthop(Random& random, double share) {
  Nexthop n;
  n.id = static_cast<uint32_t>(between(random, 1, kU32));
  auto members = [&](std::vector<NexthopMember>& out) {
    for (int64_t i = between(random, 1, 3); i > 0; --i)
      out.push_back({static_cast<uint32_t>(i * 1000), static_cast<uint16_t>(between(random, 1, 256))});
    std::sort(out.begin(), out.end());
  };
  if (coin(random)) {
    members(n.group);
    if (coin(random)) members(n.any_of);
    if (coin(random)) fill(kResilientFields, &n.resilient.emplace(), random, share);
  } else {
    n.family = coin(random) ? Family::ipv4 : Family::ipv6;
    n.blackhole = coin(random, 0.2);
    if (!n.blackhole && coin(random)) n.via = *parse_ip(any_ip(random, n.family == Family::ipv6));
    if (!n.blackhole) n.dev = "eth1";
    n.onlink = n.via && coin(random);
    n.fdb = coin(random, 0.1);
  }
  n.protocol = static_cast<uint8_t>(between(random, 0, 255));
  return n;
}

Route any_route(Random& random, double share) {
  Route route;
  bool v6 = coin(random);
  route.to = parse_prefix(any_ip(random, v6) + "/24")->network();
  if (coin(random, share)) route.table = static_cast<uint32_t>(between(random, 1, kU32));
  if (coin(random, share)) route.metric = static_cast<uint32_t>(between(random, 0, kU32));
  if (coin(random, share)) route.type = static_cast<RouteType>(between(random, 1, 9));
  if (coin(random, share)) route.tos = static_cast<uint8_t>(between(random, 0, 255));
  if (coin(random, share)) route.scope = static_cast<uint8_t>(between(random, 0, 255));
  if (coin(random, share)) route.pref = static_cast<uint8_t>(between(random, 0, 3));
  if (coin(random, share)) route.src = *parse_ip(any_ip(random, v6));
  if (coin(random, share)) route.nexthop_id = static_cast<uint32_t>(between(random, 0, kU32));
  if (coin(random, share)) route.protocol = static_cast<uint8_t>(between(random, 0, 255));
  for (int64_t n = between(random, 0, 3); n > 0; --n) {
    NextHop hop;
    if (coin(random)) hop.via = *parse_ip(any_ip(random, coin(random)));
    if (coin(random)) hop.dev = "eth1";
    if (coin(random)) hop.weight = static_cast<uint16_t>(between(random, 1, 256));
    hop.onlink = coin(random);
    route.hops.push_back(hop);
  }
  if (coin(random, share)) fill(kRouteMetricFields, &route.metrics.make(), random, share);
  return route;
}

Rule any_rule(Random& random, double share) {
  Rule rule;
  rule.family = coin(random) ? Family::ipv4 : Family::ipv6;
  rule.priority = static_cast<uint32_t>(between(random, 0, kU32));
  fill(kRuleFields, &rule, random, share);
  constexpr RuleAction kActions[] = {RuleAction::lookup,    RuleAction::goto_,       RuleAction::nop,
                                     RuleAction::blackhole, RuleAction::unreachable, RuleAction::prohibit};
  if (coin(random, 0.8)) rule.action = kActions[between(random, 0, 5)];
  if (coin(random)) rule.table = static_cast<uint32_t>(between(random, 0, kU32));
  if (coin(random)) rule.goto_priority = static_cast<uint32_t>(between(random, 0, kU32));
  rule.protocol = static_cast<uint8_t>(between(random, 0, 255));
  return rule;
}

}  // namespace netcfg::test
