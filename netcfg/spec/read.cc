#include "netcfg/spec/read.h"

#include <utility>

#include "netcfg/spec/merge.h"
#include "netcfg/spec/yaml.h"

namespace netcfg {

std::optional<Document> read(Sources& sources, Diagnostics& diagnostics, std::vector<SpecFile> files) {
  std::vector<Document> documents;
  bool complete = true;
  for (SpecFile& file : files) {
    auto document = parse(sources, diagnostics, std::move(file.name), std::move(file.text));
    if (document) {
      documents.push_back(std::move(*document));
    } else {
      complete = false;
    }
  }
  if (!complete) return std::nullopt;
  return merge(std::move(documents));
}

}  // namespace netcfg
