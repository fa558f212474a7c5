#include "netcfg/spec/spec.h"

#include <algorithm>

#include "netcfg/spec/binder.h"
#include "netcfg/spec/check.h"

namespace netcfg {

std::optional<Desired> read_spec(std::span<const SpecFile> files, Sources& sources,
                                 Diagnostics& diagnostics) {
  auto document = read(sources, diagnostics, {files.begin(), files.end()});
  if (!document) return std::nullopt;
  Report report(diagnostics, sources);
  Binder binder = bind(report, document->root);
  Desired& desired = binder.out;
  desired.state.sort();
  std::sort(desired.exclusive_links.begin(), desired.exclusive_links.end());
  Locator locator(document->root);
  check_all({desired, desired.state, locator, report, binder.gaps});
  if (diagnostics.has_errors()) return std::nullopt;
  return std::move(desired);
}

}  // namespace netcfg
