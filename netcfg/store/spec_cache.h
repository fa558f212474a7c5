// What reading a spec gave, kept so that the same text is not read again: 100,000 routes are there in 10 ms
// instead of a second. Nothing depends on it. A file that is damaged, of another form, of another text or of
// another netcfg counts as none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netcfg/base/blake2b.h"
#include "netcfg/model/desired.h"
#include "netcfg/port/files.h"
#include "netcfg/spec/read.h"

namespace netcfg {

// A file that the spec names itself (routes: { from-file: … }).
struct NamedFile {
  std::string path;   // as Files takes it
  std::string shown;  // for messages
  Digest digest{};    // of its bytes
  bool operator==(const NamedFile&) const = default;
};

struct ReadSpec {
  Desired desired;                   // before next hops were given devices
  std::vector<Diagnostic> warnings;  // places count in the order of the spec's files, then the named ones
  std::vector<NamedFile> named;      // all that was read beside the spec's own files, in that order
};

// `reader` tells builds of netcfg apart: another one may read the same text otherwise.
Digest spec_key(std::span<const SpecFile> files, std::string_view reader);

std::string to_bytes(const Digest& key, const Desired& desired, const std::vector<Diagnostic>& warnings,
                     const std::vector<NamedFile>& named);
std::optional<ReadSpec> spec_from_bytes(const Digest& key, std::string_view bytes);

}  // namespace netcfg
