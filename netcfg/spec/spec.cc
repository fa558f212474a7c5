#include "netcfg/spec/spec.h"

#include <algorithm>

#include "netcfg/spec/binder.h"
#include "netcfg/spec/check.h"
#include "netcfg/spec/lower_nat.h"
#include "netcfg/spec/lower_uplinks.h"

namespace netcfg {

std::optional<Desired> read_spec(std::span<const SpecFile> files, Sources& sources,
                                 Diagnostics& diagnostics) {
  return read_spec(std::vector<SpecFile>(files.begin(), files.end()), sources, diagnostics);
}

std::optional<Desired> read_spec(std::vector<SpecFile> files, Sources& sources, Diagnostics& diagnostics,
                                 const ReadNamed& read_named) {
  auto document = read(sources, diagnostics, std::move(files));
  if (!document) return std::nullopt;
  Report report(diagnostics, sources);
  Binder binder = netcfg::bind(report, document->root, sources, read_named);
  Desired& desired = binder.out;
  desired.state.sort();
  std::sort(desired.exclusive_links.begin(), desired.exclusive_links.end());
  Locator locator(document->root);
  check_all({desired, desired.state, locator, report, binder.gaps, binder.nat, binder.qos});
  if (diagnostics.has_errors()) return std::nullopt;
  NftRules rules;
  lower_nat(binder.nat, desired.state, rules);
  lower_qos(binder.qos, desired.state, rules);
  lower_uplinks(desired);
  if (desired.uplinks) lower_uplinks(*desired.uplinks, rules);
  if (!rules.empty()) desired.state.rulesets = {to_ruleset(rules)};
  return std::move(desired);
}

}  // namespace netcfg
