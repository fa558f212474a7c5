// From the files of a spec, given as text, to one tree.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/node.h"

namespace netcfg {

struct SpecFile {
  std::string name;
  std::string text;
};

// How a spec gets at a file that it names itself; `from` is the naming file's number in Sources. The Error is
// put where the name stands.
using ReadNamed = std::function<Result<SpecFile>(uint16_t from, std::string_view name)>;

// Parses every file, even after one that cannot be read, and merges them in the order given.
// Nothing when one of them cannot be read to its end; with lesser errors the tree is returned as well.
std::optional<Document> read(Sources& sources, Diagnostics& diagnostics, std::vector<SpecFile> files);

}  // namespace netcfg
