#include "netcfg/json/write.h"

#include "netcfg/json/parts.h"

namespace netcfg {

void json_parts::write_fields(JsonSink& out, Fields fields, const void* object) {
  for (const Field& field : fields)
    if (field.has(object)) out.member_value(field.name, field.get(field, object));
}

void json_parts::write_origin(JsonSink& out, Place origin, Origins origins) {
  if (origins == Origins::drop || !origin) return;
  out.key("origin");
  out.begin('[');
  out.number(origin.file), out.number(origin.line), out.number(origin.column);
  out.end(']');
}

namespace {

using namespace json_parts;

void write_number(JsonSink& out, std::string_view name, int64_t number, int64_t usual) {
  if (number == usual) return;
  out.key(name);
  out.number(number);
}

void write_choice(JsonSink& out, std::string_view name, std::span<const Choice> choices, int64_t number) {
  out.key(name);
  for (const Choice& choice : choices)
    if (choice.number == number) return out.text(choice.name);
  out.number(number);
}

void write_hop(JsonSink& out, const NextHop& hop) {
  if (hop.via) out.member("via", to_string(hop.via));
  if (!hop.dev.empty()) out.member("dev", hop.dev.view());
  write_number(out, "weight", hop.weight, 1);
  if (hop.onlink) out.key("onlink"), out.boolean(true);
}

// A single next hop stands in the route itself, as in the spec.
void write_hops(JsonSink& out, const Few<NextHop>& hops) {
  if (hops.empty()) return;
  if (hops.size() == 1 && hops[0] != NextHop{}) return write_hop(out, hops[0]);
  out.key("next-hops");
  out.begin('[');
  for (const NextHop& hop : hops) write(out, hop);
  out.end(']');
}

void write_members(JsonSink& out, std::string_view name, const std::vector<NexthopMember>& members) {
  if (members.empty()) return;
  out.key(name), out.begin('{');
  for (const NexthopMember& member : members) out.key(std::to_string(member.id)), out.number(member.weight);
  out.end('}');
}

void write_match(JsonSink& out, const Match& match) {
  out.begin('{');
  out.member("name", match.name.view());
  auto text = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) out.member(name, *value);
  };
  text("ifname", match.ifname);
  if (match.mac) out.member("mac", to_string(*match.mac));
  if (match.permanent_mac) out.member("permanent-mac", to_string(*match.permanent_mac));
  text("pci", match.pci);
  text("driver", match.driver);
  text("path", match.path);
  write_origin(out, match.origin, Origins::keep);
  out.end('}');
}

}  // namespace

void json_parts::write_probe(JsonSink& out, const ProbeSpec& probe) {
  out.begin('{');
  out.member("kind", name_of(probe.kind));
  if (probe.address) out.member("address", to_string(probe.address));
  write_number(out, "port", probe.port, 0);
  if (!probe.path.empty()) out.member("path", probe.path);
  if (!probe.words.empty()) {
    out.key("words"), out.begin('[');
    for (const std::string& word : probe.words) out.text(word);
    out.end(']');
  }
  write_fields(out, kProbeFields, &probe);
  write_origin(out, probe.origin, Origins::keep);
  out.end('}');
}

namespace {

void write_guard(JsonText& out, const GuardSpec& guard) {
  out.begin('{');
  write_fields(out, kGuardFields, &guard);
  if (guard.probes_named) out.key("probes-named"), out.boolean(true);
  if (!guard.probes.empty()) {
    out.key("probes"), out.begin('[');
    for (const ProbeSpec& probe : guard.probes) write_probe(out, probe);
    out.end(']');
  }
  out.end('}');
}

}  // namespace

void write(JsonSink& out, const Link& link, Origins origins) {
  out.begin('{');
  out.member("name", link.name.view());
  const KindInfo* info = kind_info(link.kind);
  std::string_view kind = info ? info->name : std::string_view(link.foreign_kind);
  if (!kind.empty()) out.member("kind", kind);
  FieldsOf block = fields_of(link.kind);
  if (info && !block.fields.empty()) {
    out.key(info->name);
    out.begin('{');
    write_fields(out, block.fields, block.object);
    out.end('}');
  }
  write_fields(out, kLinkFields, &link);
  if (link.port.index() != 0) {
    FieldsOf port = fields_of(link.port);
    out.key("port");
    out.begin('{');
    out.member("kind", std::holds_alternative<BondPort>(link.port) ? Bond::kind : Bridge::kind);
    write_fields(out, port.fields, port.object);
    out.end('}');
  }
  write_origin(out, link.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const Address& address, Origins origins) {
  out.begin('{');
  out.member("dev", address.dev.view());
  out.member("address", to_string(address.address));
  write_fields(out, kAddressFields, &address);
  write_number(out, "protocol", address.protocol, 0);
  if (address.secondary) out.key("secondary"), out.boolean(true);
  write_number(out, "order", address.order, 0);
  write_origin(out, address.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const Neighbor& neighbor, Origins origins) {
  out.begin('{');
  out.member("dev", neighbor.dev.view());
  out.member("address", to_string(neighbor.address));
  if (neighbor.proxy) out.key("proxy"), out.boolean(true);
  write_fields(out, kNeighborFields, &neighbor);
  write_number(out, "protocol", neighbor.protocol, 0);
  write_origin(out, neighbor.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const Nexthop& nexthop, Origins origins) {
  out.begin('{');
  out.key("id"), out.number(nexthop.id);
  if (nexthop.family != Family::none) out.member("family", nexthop.family == Family::ipv6 ? "ipv6" : "ipv4");
  if (nexthop.via) out.member("via", to_string(nexthop.via));
  if (!nexthop.dev.empty()) out.member("dev", nexthop.dev.view());
  for (auto [name, flag] : {std::pair("onlink", nexthop.onlink), std::pair("blackhole", nexthop.blackhole),
                            std::pair("fdb", nexthop.fdb)})
    if (flag) out.key(name), out.boolean(true);
  write_members(out, "group", nexthop.group);
  if (nexthop.resilient) {
    out.key("resilient"), out.begin('{');
    write_fields(out, kResilientFields, &*nexthop.resilient);
    out.end('}');
  }
  write_members(out, "any-of", nexthop.any_of);
  write_number(out, "protocol", nexthop.protocol, kOwnProtocol);
  write_origin(out, nexthop.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const NextHop& hop) {
  out.begin('{');
  write_hop(out, hop);
  out.end('}');
}

void write(JsonSink& out, const Route& route, Origins origins) {
  out.begin('{');
  out.member("to", to_string(route.to));
  write_number(out, "table", route.table, kTableMain);
  write_number(out, "metric", route.metric, 0);
  if (route.type != RouteType::unicast)
    write_choice(out, "type", kRouteTypes, static_cast<int64_t>(route.type));
  write_hops(out, route.hops);
  write_number(out, "nexthop", route.nexthop_id, 0);
  if (route.src) out.member("src", to_string(route.src));
  write_number(out, "tos", route.tos, 0);
  if (route.scope) write_choice(out, "scope", kScopes, *route.scope);
  if (route.pref) write_choice(out, "pref", kRoutePrefs, *route.pref);
  if (route.metrics) {
    // A block of metrics without any is not the same as none.
    if (*route.metrics == RouteMetrics{}) out.key("metrics"), out.begin('{'), out.end('}');
    write_fields(out, kRouteMetricFields, route.metrics.get());
  }
  write_number(out, "protocol", route.protocol, kOwnProtocol);
  write_origin(out, route.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const Rule& rule, Origins origins) {
  out.begin('{');
  out.member("family", rule.family == Family::ipv6 ? "ipv6" : "ipv4");
  out.key("priority"), out.number(rule.priority);
  write_fields(out, kRuleFields, &rule);
  if (rule.action) write_choice(out, "action", kRuleActions, static_cast<int64_t>(*rule.action));
  if (rule.table) out.key("table"), out.number(*rule.table);
  if (rule.goto_priority) out.key("goto"), out.number(*rule.goto_priority);
  write_number(out, "protocol", rule.protocol, kOwnProtocol);
  write_origin(out, rule.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const Sysctl& sysctl, Origins origins) {
  out.begin('{');
  out.member("path", sysctl.path);
  out.member("value", sysctl.value);
  write_origin(out, sysctl.origin, origins);
  out.end('}');
}

namespace {

// A class's queue stands beside its rates, each field with this before its name.
void write_leaf(JsonSink& out, const QueueKind& leaf) {
  const QueueInfo* info = queue_info(leaf);
  if (!info) return;
  out.member("leaf", info->name);
  for (const Field& field : info->fields)
    if (field.has(object_of(leaf)))
      out.member_value(fmt::format("{}{}", kLeafPrefix, field.name), field.get(field, object_of(leaf)));
}

}  // namespace

void write(JsonSink& out, const Qdisc& qdisc, Origins origins) {
  out.begin('{');
  out.member("dev", qdisc.dev.view());
  out.member("kind", qdisc.name());
  if (const QueueInfo* info = queue_info(qdisc.kind); info && !info->fields.empty()) {
    out.key(info->name), out.begin('{');
    write_fields(out, info->fields, object_of(qdisc.kind));
    out.end('}');
  }
  if (qdisc.is_htb()) {
    out.member("default", fmt::format("{:x}", qdisc.default_class));
    out.key("classes"), out.begin('{');
    for (const HtbClass& one : qdisc.classes) {
      out.key(fmt::format("{:x}", one.id)), out.begin('{');
      if (one.parent != 0) out.member("parent", fmt::format("{:x}", one.parent));
      write_fields(out, kHtbClassFields, &one);
      write_leaf(out, one.leaf);
      out.end('}');
    }
    out.end('}');
  }
  write_number(out, "handle", qdisc.handle, kOwnHandle);
  write_origin(out, qdisc.origin, origins);
  out.end('}');
}

void write(JsonSink& out, const Ruleset& ruleset, Origins origins) {
  out.begin('{');
  out.member("name", ruleset.name);
  out.member("text", ruleset.text);
  write_origin(out, ruleset.origin, origins);
  if (origins == Origins::keep && !ruleset.lines.empty()) {
    out.key("lines"), out.begin('[');
    for (const Ruleset::Line& line : ruleset.lines) {
      out.begin('{');
      out.key("number"), out.number(line.number);
      write_origin(out, line.place, origins);
      out.end('}');
    }
    out.end(']');
  }
  out.end('}');
}

void write(JsonSink& out, const Ref& ref, Origins origins) {
  std::visit(
      [&](const auto* resource) {
        if (resource)
          write(out, *resource, origins);
        else
          out.null();
      },
      ref);
}

void write(JsonText& out, const State& state, Origins origins) {
  out.begin('{');
  for_each_state_kind([&](const auto& kind) {
    const auto& table = state.*kind.table;
    if (table.empty()) return;
    out.line();
    out.key(kind.list);
    out.begin('[');
    for (const auto& resource : table) {
      out.line();
      write(out, resource, origins);
    }
    out.end(']');
  });
  out.end('}');
}

void write(JsonText& out, const Desired& desired) {
  out.begin('{');
  out.key("state");
  write(out, desired.state, Origins::keep);
  if (!desired.matches.empty()) {
    out.line(), out.key("matches"), out.begin('[');
    for (const Match& match : desired.matches) out.line(), write_match(out, match);
    out.end(']');
  }
  if (!desired.tables.empty()) {
    out.line(), out.key("tables"), out.begin('{');
    for (const auto& [name, number] : desired.tables) out.key(name), out.number(number);
    out.end('}');
  }
  if (desired.exclusive) out.line(), out.key("exclusive"), out.boolean(true);
  if (!desired.exclusive_links.empty()) {
    out.line(), out.key("exclusive-links"), out.begin('[');
    for (const IfName& name : desired.exclusive_links) out.text(name.view());
    out.end(']');
  }
  if (desired.uplinks) out.line(), out.key("uplinks"), write(out, *desired.uplinks);
  if (desired.guard != GuardSpec{}) out.line(), out.key("guard"), write_guard(out, desired.guard);
  out.end('}');
}

}  // namespace netcfg
