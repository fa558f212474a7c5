#include "netcfg/json/read.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/json/parts.h"
#include "netcfg/json/write.h"

namespace netcfg {
namespace {

using namespace json_parts;

}  // namespace

IfName json_parts::name_of(JsonReader& in) {
  return parsed(
      in, [](std::string_view t) { return t.empty() ? IfName{} : parse<IfName>(t); }, "an interface name");
}

Ip json_parts::ip_of(JsonReader& in) {
  return parsed(in, parse_ip, "an address");
}

namespace {

Prefix prefix_of(JsonReader& in) {
  return parsed(in, parse_prefix, "an address with its prefix length");
}
}  // namespace

int64_t json_parts::choice_of(JsonReader& in, std::span<const Choice> choices) {
  if (in.peek() != '"') return in.number();
  std::string_view text = in.text();
  for (const Choice& choice : choices)
    if (choice.name == text) return choice.number;
  in.fail(fmt::format("\"{}\" is unknown", text));
  return 0;
}

Place json_parts::place_of(JsonReader& in) {
  int64_t numbers[3] = {};
  size_t n = 0;
  in.array([&] {
    int64_t number = in.number();
    if (n < 3) numbers[n] = number;
    ++n;
  });
  return {static_cast<uint32_t>(numbers[1]), static_cast<uint16_t>(numbers[2]),
          static_cast<uint16_t>(numbers[0])};
}

namespace {

int64_t duration_of(JsonReader& in, const Field& field) {
  std::string_view text = in.text();
  if (text == "forever") return kU32;
  auto ns = parse_duration(text);
  if (in.ok() && (!ns || *ns % field.unit != 0)) in.fail(fmt::format("\"{}\" is not a duration", text));
  return ns.value_or(0) / field.unit;
}

int64_t rate_of(JsonReader& in) {
  std::string_view text = in.text();
  if (text == "unlimited") return 0;
  auto rate = parse_rate(text);
  if (in.ok() && !rate) in.fail(fmt::format("\"{}\" is not a rate", text));
  return rate.value_or(0);
}

int64_t number_of(JsonReader& in, const Field& field) {
  switch (field.type) {
    case Type::boolean:
      return in.boolean() ? 1 : 0;
    case Type::duration:
      return duration_of(in, field);
    case Type::choice:
      return choice_of(in, field.choices);
    case Type::rate:
      return rate_of(in);
    default:
      return in.number();
  }
}

}  // namespace

// Field::set() checks what a spec may ask for; what was written here comes from a kernel as well, so
// numbers are set as they are, and without a range texts and spans are not bounded.
bool json_parts::read_field(JsonReader& in, Fields fields, void* object, std::string_view key) {
  const Field* field = find_field(fields, key);
  if (!field) return false;
  if (is_numeric(field->type)) {
    int64_t n = number_of(in, *field);
    if (!in.ok()) return true;
    field->set_number(object, n);
    if (field->number(object) != n) in.fail(fmt::format("{}: {} is out of range", field->name, n));
    return true;
  }
  Field unbounded = field->within({});
  Value value = in.value();
  if (in.ok() && !field->set(unbounded, object, value))
    in.fail(fmt::format("{}: {} is not {}", field->name, to_string(value), describe(*field)));
  return true;
}

void json_parts::unknown(JsonReader& in, std::string_view key) {
  in.fail(fmt::format("unknown key \"{}\"", key));
}

namespace {

void read_block(JsonReader& in, FieldsOf fields, void* object) {
  in.object([&](std::string_view key) {
    if (!read_field(in, fields.fields, object, key)) unknown(in, key);
  });
}

void read_port(JsonReader& in, PortKind& port) {
  in.object([&](std::string_view key) {
    if (key == "kind") {
      std::string_view kind = in.text();
      if (kind == Bond::kind)
        port = BondPort{};
      else if (kind == Bridge::kind)
        port = BridgePort{};
      else
        in.fail("the kind of a port is bond or bridge");
    } else if (!read_field(in, fields_of(port).fields, object_of(port), key)) {
      unknown(in, key);
    }
  });
}

void read_kind(JsonReader& in, Link& link) {
  std::string kind(in.text());
  if (const KindInfo* info = find_kind(kind))
    link.kind = info->make();
  else
    link.foreign_kind = kind;
}

bool read_hop_key(JsonReader& in, std::string_view key, NextHop& hop) {
  if (key == "via")
    hop.via = ip_of(in);
  else if (key == "dev")
    hop.dev = name_of(in);
  else if (key == "weight")
    hop.weight = number_as<uint16_t>(in);
  else if (key == "onlink")
    hop.onlink = in.boolean();
  else
    return false;
  return true;
}

NextHop read_hop(JsonReader& in) {
  NextHop hop;
  in.object([&](std::string_view key) {
    if (!read_hop_key(in, key, hop)) unknown(in, key);
  });
  return hop;
}

Family family_of(JsonReader& in) {
  std::string_view text = in.text();
  if (in.ok() && text != "ipv4" && text != "ipv6") in.fail(fmt::format("\"{}\" is no family", text));
  return text == "ipv6" ? Family::ipv6 : Family::ipv4;
}

void read_members(JsonReader& in, std::vector<NexthopMember>& members) {
  in.object([&](std::string_view key) {
    auto id = parse_unsigned(key);
    if (!id || *id > UINT32_MAX) return in.fail(fmt::format("\"{}\" is no id", key));
    members.push_back({static_cast<uint32_t>(*id), number_as<uint16_t>(in)});
  });
}

bool read_nexthop_key(JsonReader& in, std::string_view key, Nexthop& nexthop) {
  if (key == "id")
    nexthop.id = number_as<uint32_t>(in);
  else if (key == "family")
    nexthop.family = family_of(in);
  else if (key == "via")
    nexthop.via = ip_of(in);
  else if (key == "dev")
    nexthop.dev = name_of(in);
  else if (key == "onlink")
    nexthop.onlink = in.boolean();
  else if (key == "blackhole")
    nexthop.blackhole = in.boolean();
  else if (key == "fdb")
    nexthop.fdb = in.boolean();
  else if (key == "group")
    read_members(in, nexthop.group);
  else if (key == "any-of")
    read_members(in, nexthop.any_of);
  else if (key == "resilient")
    read_block(in, {nullptr, kResilientFields}, &nexthop.resilient.emplace());
  else if (key == "protocol")
    nexthop.protocol = number_as<uint8_t>(in);
  else if (key == "origin")
    nexthop.origin = place_of(in);
  else
    return false;
  return true;
}

uint16_t class_id(JsonReader& in, std::string_view text) {
  auto id = parse_unsigned(fmt::format("0x{}", text));
  if (!id || *id > UINT16_MAX) in.fail(fmt::format("\"{}\" is no id of a class", text));
  return static_cast<uint16_t>(id.value_or(0));
}

void read_class(JsonReader& in, HtbClass& out) {
  in.object([&](std::string_view key) {
    if (key == "parent") {
      out.parent = class_id(in, in.text());
    } else if (key == "leaf") {
      const QueueInfo* info = find_queue(in.text());
      if (!info) return in.fail("the leaf is of no known kind");
      out.leaf = info->make();
    } else if (key.starts_with(kLeafPrefix)) {
      if (!read_field(in, fields_of(out.leaf), object_of(out.leaf), key.substr(kLeafPrefix.size())))
        unknown(in, key);
    } else if (!read_field(in, kHtbClassFields, &out, key)) {
      unknown(in, key);
    }
  });
}

bool read_qdisc_key(JsonReader& in, std::string_view key, Qdisc& qdisc) {
  const QueueInfo* info = queue_info(qdisc.kind);
  if (key == "dev") {
    qdisc.dev = name_of(in);
  } else if (key == "kind") {
    std::string kind(in.text());
    const QueueInfo* named = find_queue(kind);
    if (named)
      qdisc.kind = named->make();
    else
      qdisc.foreign_kind = kind;
  } else if (key == "default") {
    qdisc.default_class = class_id(in, in.text());
  } else if (key == "classes") {
    qdisc.foreign_kind.clear();  // "htb", which has no fields of its own
    in.object([&](std::string_view id) {
      HtbClass& one = qdisc.classes.emplace_back();
      one.id = class_id(in, id);
      read_class(in, one);
    });
  } else if (key == "handle") {
    qdisc.handle = number_as<uint16_t>(in);
  } else if (key == "origin") {
    qdisc.origin = place_of(in);
  } else if (info && key == info->name) {
    read_block(in, {nullptr, info->fields}, object_of(qdisc.kind));
  } else {
    return false;
  }
  return true;
}

bool read_route_key(JsonReader& in, std::string_view key, Route& route) {
  if (key == "to")
    route.to = prefix_of(in);
  else if (key == "table")
    route.table = number_as<uint32_t>(in);
  else if (key == "metric")
    route.metric = number_as<uint32_t>(in);
  else if (key == "type")
    route.type = static_cast<RouteType>(choice_of(in, kRouteTypes));
  else if (key == "next-hops")
    in.array([&] { route.hops.push_back(read_hop(in)); });
  else if (key == "nexthop")
    route.nexthop_id = number_as<uint32_t>(in);
  else if (key == "src")
    route.src = ip_of(in);
  else if (key == "tos")
    route.tos = number_as<uint8_t>(in);
  else if (key == "scope")
    route.scope = static_cast<uint8_t>(choice_of(in, kScopes));
  else if (key == "pref")
    route.pref = static_cast<uint8_t>(choice_of(in, kRoutePrefs));
  else if (key == "protocol")
    route.protocol = number_as<uint8_t>(in);
  else if (key == "origin")
    route.origin = place_of(in);
  else
    return false;
  return true;
}

bool read_rule_key(JsonReader& in, std::string_view key, Rule& rule) {
  if (key == "family")
    rule.family = in.text() == "ipv6" ? Family::ipv6 : Family::ipv4;
  else if (key == "priority")
    rule.priority = number_as<uint32_t>(in);
  else if (key == "action")
    rule.action = static_cast<RuleAction>(choice_of(in, kRuleActions));
  else if (key == "table")
    rule.table = number_as<uint32_t>(in);
  else if (key == "goto")
    rule.goto_priority = number_as<uint32_t>(in);
  else if (key == "protocol")
    rule.protocol = number_as<uint8_t>(in);
  else if (key == "origin")
    rule.origin = place_of(in);
  else
    return read_field(in, kRuleFields, &rule, key);
  return true;
}

}  // namespace

Link read_link(JsonReader& in) {
  Link link;
  in.object([&](std::string_view key) {
    const KindInfo* info = kind_info(link.kind);
    if (key == "name")
      link.name = name_of(in);
    else if (key == "kind")
      read_kind(in, link);
    else if (key == "master")  // the empty name means "of none"
      link.master = name_of(in);
    else if (key == "port")
      read_port(in, link.port);
    else if (key == "origin")
      link.origin = place_of(in);
    else if (info && key == info->name)
      read_block(in, fields_of(link.kind), object_of(link.kind));
    else if (!read_field(in, kLinkFields, &link, key))
      unknown(in, key);
  });
  return link;
}

Address read_address(JsonReader& in) {
  Address address;
  in.object([&](std::string_view key) {
    if (key == "dev")
      address.dev = name_of(in);
    else if (key == "address")
      address.address = prefix_of(in);
    else if (key == "protocol")
      address.protocol = number_as<uint8_t>(in);
    else if (key == "secondary")
      address.secondary = in.boolean();
    else if (key == "order")
      address.order = number_as<uint32_t>(in);
    else if (key == "origin")
      address.origin = place_of(in);
    else if (!read_field(in, kAddressFields, &address, key))
      unknown(in, key);
  });
  return address;
}

Neighbor read_neighbor(JsonReader& in) {
  Neighbor neighbor;
  in.object([&](std::string_view key) {
    if (key == "dev")
      neighbor.dev = name_of(in);
    else if (key == "address")
      neighbor.address = ip_of(in);
    else if (key == "proxy")
      neighbor.proxy = in.boolean();
    else if (key == "protocol")
      neighbor.protocol = number_as<uint8_t>(in);
    else if (key == "origin")
      neighbor.origin = place_of(in);
    else if (!read_field(in, kNeighborFields, &neighbor, key))
      unknown(in, key);
  });
  return neighbor;
}

Nexthop read_nexthop(JsonReader& in) {
  Nexthop nexthop;
  in.object([&](std::string_view key) {
    if (!read_nexthop_key(in, key, nexthop)) unknown(in, key);
  });
  return nexthop;
}

Route read_route(JsonReader& in) {
  Route route;
  NextHop hop;
  bool flat = false;
  in.object([&](std::string_view key) {
    if (read_route_key(in, key, route)) return;
    if (read_hop_key(in, key, hop))
      flat = true;
    else if (key == "metrics")
      read_block(in, {&route.metrics.make(), {}}, &route.metrics.make());
    else if (!find_field(kRouteMetricFields, key) ||
             !read_field(in, kRouteMetricFields, &route.metrics.make(), key))
      unknown(in, key);
  });
  if (flat) route.hops.push_back(hop);
  return route;
}

Rule read_rule(JsonReader& in) {
  Rule rule;
  in.object([&](std::string_view key) {
    if (!read_rule_key(in, key, rule)) unknown(in, key);
  });
  return rule;
}

Sysctl read_sysctl(JsonReader& in) {
  Sysctl sysctl;
  in.object([&](std::string_view key) {
    if (key == "path")
      sysctl.path = in.text();
    else if (key == "value")
      sysctl.value = in.text();
    else if (key == "origin")
      sysctl.origin = place_of(in);
    else
      unknown(in, key);
  });
  return sysctl;
}

Qdisc read_qdisc(JsonReader& in) {
  Qdisc qdisc;
  in.object([&](std::string_view key) {
    if (!read_qdisc_key(in, key, qdisc)) unknown(in, key);
  });
  return qdisc;
}

Ruleset read_ruleset(JsonReader& in) {
  Ruleset ruleset;
  auto line = [&] {
    Ruleset::Line& out = ruleset.lines.emplace_back();
    in.object([&](std::string_view key) {
      if (key == "number")
        out.number = number_as<uint32_t>(in);
      else if (key == "origin")
        out.place = place_of(in);
      else
        unknown(in, key);
    });
  };
  in.object([&](std::string_view key) {
    if (key == "name")
      ruleset.name = in.text();
    else if (key == "text")
      ruleset.text = in.text();
    else if (key == "origin")
      ruleset.origin = place_of(in);
    else if (key == "lines")
      in.array(line);
    else
      unknown(in, key);
  });
  return ruleset;
}

}  // namespace netcfg
