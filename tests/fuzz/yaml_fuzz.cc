// Any bytes at all: parse must neither crash nor hang, and what it returns must be fit to be walked.
#include <cstddef>
#include <cstdint>
#include <string>

#include "netcfg/spec/merge.h"
#include "netcfg/spec/yaml.h"

namespace {

size_t walk(const netcfg::Node& node) {
  size_t values = 1 + node.text().size() % 2 + netcfg::describe(node).size() % 2;
  for (const netcfg::Node& item : node.items()) values += walk(item);
  for (const netcfg::Entry& entry : node.entries()) values += entry.key.size() % 2 + walk(entry.value);
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  netcfg::YamlLimits limits;
  limits.aliased = 10'000;
  netcfg::Sources sources;
  netcfg::Diagnostics diagnostics;
  auto once = netcfg::parse(sources, diagnostics, "fuzz", text, limits);
  auto again = netcfg::parse(sources, diagnostics, "fuzz", text, limits);
  volatile bool something = !netcfg::format(diagnostics, sources, false).empty();
  (void)something;
  if (!once || !again) return 0;
  std::vector<netcfg::Document> both;
  both.push_back(std::move(*once));
  both.push_back(std::move(*again));
  netcfg::Document merged = netcfg::merge(std::move(both));
  volatile size_t values = walk(merged.root);
  (void)values;
  return 0;
}
