#include <fmt/format.h>

#include "netcfg/spec/binder.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

void read_version(Binder& binder, const At& at) {
  auto version = at.node.as_unsigned();
  if (!version || *version != 1)
    binder.report.error(at, fmt::format("this version of netcfg reads format 1, not {}", describe(at.node)),
                        "write netcfg: 1");
}

void read_top_manage(Binder& binder, const At& at) {
  binder.out.exclusive = read_manage(binder.report, at).value_or(false);
}

// In the order in which they are read, whatever the order in the file.
constexpr Key<Binder> kKeys[] = {
    {{"netcfg", "version of this format: 1", "version", true}, read_version},
    {{"tables", "names for routing tables and their numbers", "{table-number}"}, bind_tables},
    {{"defaults", "for every interface of the spec that does not say otherwise, but lo", "defaults"},
     bind_defaults},
    {{"interfaces", "the interfaces by name", "{interface}"}, bind_interfaces},
    {{"nexthops", "next-hop objects by their ids: several routes can use one, and change with it at once",
      "{nexthop}"},
     bind_nexthops},
    {{"routes", "the routes: a list, or from-file: and the name of a file with one in each line", "routes"},
     bind_routes},
    {{"rules", "the rules that choose a routing table", "[rule]"}, bind_rules},
    {{"sysctl", "kernel parameters below net, such as net.ipv4.ip_forward: 1", "{sysctl-value}"},
     bind_sysctls},
    {{"manage", "exclusive: foreign addresses and routes are removed everywhere", "manage"}, read_top_manage},
    {{"guard", "what decides whether a change is kept or taken back", "guard"}, bind_guard},
};

}  // namespace

std::optional<bool> read_manage(Report& report, const At& at) {
  if (at.node.is_scalar() && at.node.text() == "exclusive") return true;
  if (at.node.is_scalar() && at.node.text() == "shared") return false;
  report.error(at, fmt::format("expected exclusive or shared, got {}", describe(at.node)));
  return std::nullopt;
}

Binder bind(Report& report, const Node& root, Sources& sources, const ReadNamed& read_named) {
  Binder binder{report};
  binder.sources = &sources;
  binder.read_named = &read_named;
  At top{root};
  if (root.is_null()) {
    report.error(top, "the spec is empty", "it begins with netcfg: 1");
    return binder;
  }
  if (!is_map(report, top)) return binder;
  for (const auto& key : kKeys) {
    bool found = false;
    for (const Entry& entry : root.entries()) {
      if (entry.key != key.info.name || taken_back(entry.value)) continue;
      found = true;
      key.read(binder, top.value(entry));
    }
    if (key.info.required && !found)
      missing_key(report, top, key.info.name, "netcfg: 1, the version of this format");
  }
  for (const Entry& entry : root.entries())
    if (!find_key<Binder>(kKeys, entry.key))
      unknown_key(report, top.value(entry), "top", names_of<Binder>(kKeys, {}));
  return binder;
}

Section top_section() {
  return {"spec", "What one host's network is to be.", infos<Binder>(kKeys), {}};
}

}  // namespace netcfg
