#include <fmt/format.h>

#include "netcfg/json/parts.h"
#include "netcfg/json/read.h"

namespace netcfg {
namespace {

using namespace json_parts;

template <class List, class F>
void write_list(JsonSink& out, std::string_view key, const List& list, F&& each) {
  if (list.empty()) return;
  out.key(key), out.begin('[');
  for (const auto& item : list) each(item);
  out.end(']');
}

void write_uplink(JsonSink& out, const Uplink& uplink) {
  out.begin('{');
  out.member("name", uplink.name);
  out.member("interface", uplink.dev.view());
  for (const Ip& gateway : {uplink.gateway4, uplink.gateway6})
    if (gateway) out.member(gateway.family == Family::ipv6 ? "gateway6" : "gateway4", to_string(gateway));
  write_list(out, "addresses", uplink.addresses, [&](const Ip& ip) { out.text(to_string(ip)); });
  out.member("snat", to_string(uplink.snat));
  write_fields(out, kUplinkFields, &uplink);
  if (uplink.table) out.key("table"), out.number(*uplink.table);
  out.key("health"), out.begin('{');
  write_fields(out, kHealthFields, &uplink.health);
  write_list(out, "targets", uplink.health.targets, [&](const ProbeSpec& probe) { write_probe(out, probe); });
  out.end('}');
  write_origin(out, uplink.origin, Origins::keep);
  out.end('}');
}

void write_steer(JsonSink& out, const Steer& steer) {
  out.begin('{');
  out.key("match"), write(out, steer.match);
  write_fields(out, kSteerFields, &steer);
  out.key("ipv4"), out.boolean(steer.ipv4);
  out.key("ipv6"), out.boolean(steer.ipv6);
  out.member("via", steer.via);
  write_origin(out, steer.origin, Origins::keep);
  out.end('}');
}

Health read_health(JsonReader& in) {
  Health health;
  in.object([&](std::string_view key) {
    if (key == "targets")
      in.array([&] { health.targets.push_back(read_probe(in)); });
    else if (!read_field(in, kHealthFields, &health, key))
      unknown(in, key);
  });
  return health;
}

Snat snat_of(JsonReader& in) {
  auto snat = parse_snat(in.text());
  if (in.ok() && !snat) in.fail("no form of snat");
  return snat.value_or(Snat{});
}

Uplink read_uplink(JsonReader& in) {
  Uplink uplink;
  in.object([&](std::string_view key) {
    if (key == "name")
      uplink.name = in.text();
    else if (key == "interface")
      uplink.dev = name_of(in);
    else if (key == "gateway4")
      uplink.gateway4 = ip_of(in);
    else if (key == "gateway6")
      uplink.gateway6 = ip_of(in);
    else if (key == "addresses")
      in.array([&] { uplink.addresses.push_back(ip_of(in)); });
    else if (key == "snat")
      uplink.snat = snat_of(in);
    else if (key == "table")
      uplink.table = static_cast<uint32_t>(in.number());
    else if (key == "health")
      uplink.health = read_health(in);
    else if (key == "origin")
      uplink.origin = place_of(in);
    else if (!read_field(in, kUplinkFields, &uplink, key))
      unknown(in, key);
  });
  return uplink;
}

Steer read_steer(JsonReader& in) {
  Steer steer;
  in.object([&](std::string_view key) {
    if (key == "match")
      steer.match = read_rule(in);
    else if (key == "ipv4")
      steer.ipv4 = in.boolean();
    else if (key == "ipv6")
      steer.ipv6 = in.boolean();
    else if (key == "via")
      steer.via = in.text();
    else if (key == "origin")
      steer.origin = place_of(in);
    else if (!read_field(in, kSteerFields, &steer, key))
      unknown(in, key);
  });
  return steer;
}

Resilient read_resilient(JsonReader& in) {
  Resilient resilient;
  in.object([&](std::string_view key) {
    if (!read_field(in, kResilientFields, &resilient, key)) unknown(in, key);
  });
  return resilient;
}

Hooks read_hooks(JsonReader& in) {
  Hooks hooks;
  in.object([&](std::string_view key) {
    if (key == "command")
      in.array([&] { hooks.command.emplace_back(in.text()); });
    else if (!read_field(in, kHooksFields, &hooks, key))
      unknown(in, key);
  });
  return hooks;
}

}  // namespace

void write(JsonSink& out, const Uplinks& uplinks) {
  out.begin('{');
  write_fields(out, kUplinksFields, &uplinks);
  if (uplinks.failback) out.key("failback"), out.number(*uplinks.failback);
  if (uplinks.resilient) {
    out.key("resilient"), out.begin('{');
    write_fields(out, kResilientFields, &*uplinks.resilient);
    out.end('}');
  }
  write_list(out, "links", uplinks.links, [&](const Uplink& uplink) { write_uplink(out, uplink); });
  write_list(out, "steer", uplinks.steer, [&](const Steer& steer) { write_steer(out, steer); });
  out.key("hooks"), out.begin('{');
  write_list(out, "command", uplinks.hooks.command, [&](const std::string& word) { out.text(word); });
  write_fields(out, kHooksFields, &uplinks.hooks);
  out.end('}');
  write_origin(out, uplinks.origin, Origins::keep);
  out.end('}');
}

Uplinks read_uplinks(JsonReader& in) {
  Uplinks uplinks;
  in.object([&](std::string_view key) {
    if (key == "failback")
      uplinks.failback = static_cast<uint32_t>(in.number());
    else if (key == "resilient")
      uplinks.resilient = read_resilient(in);
    else if (key == "links")
      in.array([&] { uplinks.links.push_back(read_uplink(in)); });
    else if (key == "steer")
      in.array([&] { uplinks.steer.push_back(read_steer(in)); });
    else if (key == "hooks")
      uplinks.hooks = read_hooks(in);
    else if (key == "origin")
      uplinks.origin = place_of(in);
    else if (!read_field(in, kUplinksFields, &uplinks, key))
      unknown(in, key);
  });
  return uplinks;
}

}  // namespace netcfg
