#include "cmd/load_spec.h"

#include <fmt/format.h>
#include <malloc.h>

#include <cstring>

#include "netcfg/host/build_id.h"
#include "netcfg/spec/yaml.h"
#include "netcfg/store/place.h"
#include "netcfg/store/spec_cache.h"

namespace netcfg {
namespace {

constexpr size_t kCacheBytes = size_t{1} << 30;
constexpr size_t kLarge = size_t{1} << 20;

std::string reader_of(const Session& session) {
  return fmt::format("{}\n{}\n{}", session.version(), build_id(), session.options.node);
}

void add_sources(Sources& sources, std::vector<SpecFile> files) {
  for (SpecFile& file : files) sources.add(std::move(file.name), without_mark(std::move(file.text)));
}

// The files that the spec names must be as they were.
std::optional<std::vector<SpecFile>> read_named(Session& session, const std::vector<NamedFile>& named) {
  std::vector<SpecFile> out;
  for (const NamedFile& file : named) {
    auto text = session.files.read(file.path, YamlLimits{}.file_bytes);
    if (!text || blake2b(*text) != file.digest) return std::nullopt;
    session.files.inherit(file.path);
    out.push_back({file.shown, std::move(*text)});
  }
  return out;
}

// As the spec's text names it: relative to the spec's own place.
std::string path_of(const Session& session, uint16_t from, std::string_view name) {
  if (name.starts_with('/') || from >= session.spec_names.size()) return std::string(name);
  const std::string& spec = session.spec_names[from];
  return spec.substr(0, spec.rfind('/') + 1) + std::string(name);  // npos + 1 is 0
}

Result<SpecFile> read_named_one(Session& session, uint16_t from, std::string_view name,
                                std::vector<NamedFile>& named) {
  std::string path = path_of(session, from, name);
  std::string shown = session.files.real(path);
  auto text = session.files.read(path, YamlLimits{}.file_bytes);
  if (!text)
    return Error{fmt::format("cannot read {}: {}", shown, std::strerror(text.error().code)),
                 name.starts_with('/') ? "" : "it is looked for where the spec is", text.error().code};
  session.files.inherit(path);
  named.push_back({std::move(path), shown, blake2b(*text)});
  return SpecFile{std::move(shown), without_mark(std::move(*text))};
}

std::optional<Desired> take(Session& session, const Digest& key, std::vector<SpecFile>& files) {
  auto bytes = session.files.read(spec_cache_path(session.netns()), kCacheBytes);
  if (!bytes) return std::nullopt;
  auto read = spec_from_bytes(key, *bytes);
  if (!read) return std::nullopt;
  auto named = read_named(session, read->named);
  if (!named) return std::nullopt;
  add_sources(session.sources, std::move(files));
  add_sources(session.sources, std::move(*named));
  for (Diagnostic& d : read->warnings)
    session.problems.warning(d.place, std::move(d.path), std::move(d.message), std::move(d.hint));
  session.detail("the spec is the one that was applied last; it is not parsed again");
  session.applied_before = true;
  return std::move(read->desired);
}

}  // namespace

std::optional<Desired> load_spec(Session& session, std::vector<SpecFile> files, Cache cache) {
  // Kept places count files from the first on.
  bool may_take = cache != Cache::ignore && session.sources.size() == 0;
  size_t bytes = 0;
  for (const SpecFile& file : files) bytes += file.text.size();
  Digest key{};
  if (may_take) {
    key = spec_key(files, reader_of(session));
    if (auto desired = take(session, key, files)) return desired;
  }
  Diagnostics problems;
  std::vector<NamedFile> named;
  auto read_one = [&](uint16_t from, std::string_view name) {
    return read_named_one(session, from, name, named);
  };
  auto desired = read_spec(std::move(files), session.sources, problems, read_one);
  std::vector<Diagnostic> all = problems.sorted();
  for (const Diagnostic& d : all)
    d.severity == Severity::error ? session.problems.error(d.place, d.path, d.message, d.hint)
                                  : session.problems.warning(d.place, d.path, d.message, d.hint);
  if (desired && may_take && cache == Cache::renew)
    session.spec_to_keep = to_bytes(key, *desired, all, named);
  if (bytes > kLarge) malloc_trim(0);  // the tree of the text is gone, and was large
  return desired;
}

void keep_spec(Session& session) {
  if (session.spec_to_keep.empty()) return;
  (void)session.files.write(spec_cache_path(session.netns()), session.spec_to_keep);
  session.spec_to_keep = {};
}

}  // namespace netcfg
