// YAML text into a tree, read strictly.
#pragma once

#include <optional>
#include <string>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/node.h"

namespace netcfg {

// The text without a byte order mark, as `sources` holds it.
std::string without_mark(std::string text);

struct YamlLimits {
  size_t file_bytes = size_t{64} << 20;
  size_t line_bytes = size_t{1} << 20;
  size_t depth = 64;           // of lists and maps inside one another, aliases followed
  size_t aliased = 1'000'000;  // values that aliases and merge keys add
  size_t errors = 100;         // reported per file
  bool runs = true;            // take the quick way through long lists (yaml_runs.h); the result is the same
};

// Adds `text` to `sources` under `name` and reads it. Whatever is wrong goes to `diagnostics` with its
// place; nothing is returned when the text cannot be read to its end. A document is also returned beside
// lesser errors (a duplicate key, an unknown tag), so that a caller can find more of them. It may point into
// the text that `sources` holds.
std::optional<Document> parse(Sources& sources, Diagnostics& diagnostics, std::string name, std::string text,
                              const YamlLimits& limits = {});

}  // namespace netcfg
