#include "netcfg/apply/remember.h"

#include <algorithm>

namespace netcfg {
namespace {

// The fields that `wanted` names, with the values of `live`; what was remembered earlier counts more.
void keep_original(Fields fields, void* original, const void* wanted, const void* live, const void* earlier) {
  for (const Field& field : fields) {
    if (!field.has(wanted)) continue;
    if (earlier && field.has(earlier))
      field.copy(original, earlier);
    else if (field.has(live))
      field.copy(original, live);
  }
}

Link original_of(const Link& wanted, const Link& live, const Link* earlier) {
  Link out;
  out.name = wanted.name;
  keep_original(kLinkFields, &out, &wanted, &live, earlier);
  out.state.reset();   // a link that leaves the spec stays as it is, up or down
  out.master.reset();  // and is released, whatever it belonged to before
  if (earlier && earlier->kind.index() == wanted.kind.index()) out.kind = earlier->kind;
  return out;
}

}  // namespace

std::string path_of(const Sysctl& sysctl, std::string_view dev) {
  for (std::string_view folder : {"net/ipv4/conf/", "net/ipv6/conf/", "net/ipv4/neigh/", "net/ipv6/neigh/"}) {
    if (!sysctl.path.starts_with(folder)) continue;
    size_t end = sysctl.path.find('/', folder.size());
    if (end != sysctl.path.npos) return std::string(folder) + std::string(dev) + sysctl.path.substr(end);
  }
  return {};
}

Ledger remember(const Ledger& ledger, const Desired& desired, const State& before) {
  Ledger out;
  // Whose a route is, its tag tells; and a route has no field that could be dropped.
  for_each_kind(out.applied, [&]<class T>(std::vector<T>& table) {
    if constexpr (!std::is_same_v<T, Route>) table = table_of<T>(desired.state);
  });
  for (const Link& wanted : desired.state.links) {
    if (wanted.absent()) continue;
    if (wanted.kind.index() != 0) {
      out.own_links.push_back(wanted.name);
      continue;
    }
    if (const Link* live = before.link(wanted.name))
      out.original.links.push_back(original_of(wanted, *live, ledger.original.link(wanted.name)));
  }
  auto find = [](const std::vector<Sysctl>& table, const std::string& path) -> const Sysctl* {
    auto it = std::lower_bound(table.begin(), table.end(), path,
                               [](const Sysctl& s, const std::string& p) { return s.path < p; });
    return it != table.end() && it->path == path ? &*it : nullptr;
  };
  for (const Sysctl& wanted : desired.state.sysctls) {
    const Sysctl* value = find(ledger.original.sysctls, wanted.path);
    if (!value) value = find(before.sysctls, wanted.path);
    // Of a link that was not there before: what new links have.
    if (!value) value = find(before.sysctls, path_of(wanted, "default"));
    if (value) out.original.sysctls.push_back({wanted.path, value->value, {}});
  }
  out.original.sort();
  out.uplinks = desired.uplinks;
  return out;
}

}  // namespace netcfg
