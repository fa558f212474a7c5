#include <fmt/format.h>

#include <algorithm>

#include "netcfg/base/text.h"
#include "netcfg/json/parts.h"
#include "netcfg/json/read.h"

namespace netcfg {
namespace {

using namespace json_parts;

Mac mac_of(JsonReader& in) {
  return parsed(in, parse<Mac>, "a MAC address");
}

Match read_match(JsonReader& in) {
  Match match;
  in.object([&](std::string_view key) {
    if (key == "name")
      match.name = name_of(in);
    else if (key == "ifname")
      match.ifname = in.text();
    else if (key == "mac")
      match.mac = mac_of(in);
    else if (key == "permanent-mac")
      match.permanent_mac = mac_of(in);
    else if (key == "pci")
      match.pci = in.text();
    else if (key == "driver")
      match.driver = in.text();
    else if (key == "path")
      match.path = in.text();
    else if (key == "origin")
      match.origin = place_of(in);
    else
      unknown(in, key);
  });
  return match;
}

}  // namespace

ProbeSpec json_parts::read_probe(JsonReader& in) {
  ProbeSpec probe;
  in.object([&](std::string_view key) {
    if (key == "kind")
      probe.kind = static_cast<ProbeKind>(choice_of(in, kProbeKinds));
    else if (key == "address")
      probe.address = ip_of(in);
    else if (key == "port")
      probe.port = number_as<uint16_t>(in);
    else if (key == "path")
      probe.path = in.text();
    else if (key == "words")
      in.array([&] { probe.words.emplace_back(in.text()); });
    else if (key == "origin")
      probe.origin = place_of(in);
    else if (!read_field(in, kProbeFields, &probe, key))
      unknown(in, key);
  });
  if (static_cast<size_t>(probe.kind) >= std::size(kProbeKinds)) in.fail("no kind of probe");
  return probe;
}

namespace {

GuardSpec read_guard(JsonReader& in) {
  GuardSpec guard;
  in.object([&](std::string_view key) {
    if (key == "probes-named")
      guard.probes_named = in.boolean();
    else if (key == "probes")
      in.array([&] { guard.probes.push_back(read_probe(in)); });
    else if (!read_field(in, kGuardFields, &guard, key))
      unknown(in, key);
  });
  return guard;
}

template <class T>
Result<T> whole(std::string_view text, T (*read)(JsonReader&)) {
  JsonReader in(text);
  T value = read(in);
  if (!in.finish()) return in.error();
  return value;
}

}  // namespace

State read_state(JsonReader& in) {
  State state;
  auto list = [&](auto& table, auto read) { in.array([&] { table.push_back(read(in)); }); };
  in.object([&](std::string_view key) {
    if (key == "links")
      list(state.links, read_link);
    else if (key == "addresses")
      list(state.addresses, read_address);
    else if (key == "neighbors")
      list(state.neighbors, read_neighbor);
    else if (key == "nexthops")
      list(state.nexthops, read_nexthop);
    else if (key == "routes")
      list(state.routes, read_route);
    else if (key == "rules")
      list(state.rules, read_rule);
    else if (key == "sysctls")
      list(state.sysctls, read_sysctl);
    else if (key == "qdiscs")
      list(state.qdiscs, read_qdisc);
    else if (key == "rulesets")
      list(state.rulesets, read_ruleset);
    else
      unknown(in, key);
  });
  // Written in order; a file changed by hand may not be.
  state.sort();
  return state;
}

Desired read_desired(JsonReader& in) {
  Desired desired;
  in.object([&](std::string_view key) {
    if (key == "state")
      desired.state = read_state(in);
    else if (key == "matches")
      in.array([&] { desired.matches.push_back(read_match(in)); });
    else if (key == "tables")
      in.object([&](std::string_view name) {
        std::string table(name);
        desired.tables[table] = number_as<uint32_t>(in);
      });
    else if (key == "exclusive")
      desired.exclusive = in.boolean();
    else if (key == "exclusive-links")
      in.array([&] { desired.exclusive_links.push_back(name_of(in)); });
    else if (key == "guard")
      desired.guard = read_guard(in);
    else if (key == "uplinks")
      desired.uplinks = read_uplinks(in);
    else
      unknown(in, key);
  });
  std::sort(desired.exclusive_links.begin(), desired.exclusive_links.end());
  return desired;
}

Result<State> state_from_json(std::string_view text) {
  return whole(text, read_state);
}
Result<Desired> desired_from_json(std::string_view text) {
  return whole(text, read_desired);
}

}  // namespace netcfg
