#include "netcfg/probe/leave_out.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "netcfg/json/yaml.h"
#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

constexpr int kPasses = 10;  // what is left out may be missed by something else

// Takes the next key or index off a path such as interfaces."bond0.100".addresses[2].label (see spec/at.h).
std::string next_part(std::string_view& path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  char close = path.starts_with('"') ? '"' : path.starts_with('[') ? ']' : '\0';
  if (close != '\0') path.remove_prefix(1);
  size_t end = close != '\0' ? path.find(close) : path.find_first_of(".[");
  std::string part(path.substr(0, end));
  path.remove_prefix(std::min(path.size(), part.size() + (close != '\0' ? 1 : 0)));
  return part;
}

// The element that a problem is about: an item of a list as a whole, or the innermost key that there is.
// Empty when there is none.
Json::json_pointer element_at(const Json& spec, std::string_view path) {
  Json::json_pointer at;
  const Json* here = &spec;
  while (!path.empty()) {
    bool index = path.starts_with('[');
    std::string part = next_part(path);
    if (index != here->is_array()) break;
    if (index) {
      size_t i = 0;
      std::from_chars(part.data(), part.data() + part.size(), i);
      return i < here->size() ? at / i : at;
    }
    if (!here->is_object() || !here->contains(part)) break;
    at /= part;
    here = &here->at(part);
  }
  return at;
}

void erase(Json& spec, const Json::json_pointer& at) {
  Json& holder = spec[at.parent_pointer()];
  if (holder.is_array())
    holder.erase(std::stoul(at.back()));
  else
    holder.erase(at.back());
}

// False when nothing could be left out.
bool leave_out(Json& spec, const Diagnostics& problems, std::vector<std::string>& notes) {
  // By what they are about, from the last item of a list to the first.
  std::map<std::pair<std::string, size_t>, std::pair<Json::json_pointer, std::string>, std::greater<>> found;
  for (const Diagnostic& d : problems.sorted()) {
    if (d.severity != Severity::error) continue;
    Json::json_pointer at = element_at(spec, d.path);
    if (at.empty()) continue;
    bool item = spec[at.parent_pointer()].is_array();
    std::pair key{at.parent_pointer().to_string() + (item ? "" : "/" + at.back()),
                  item ? std::stoul(at.back()) : 0UL};
    found.emplace(key, std::pair(at, fmt::format("not expressed: {}: {}", d.path, d.message)));
  }
  // What stands within another one goes with it; inner ones have longer pointers and come first.
  for (const auto& [key, what] : found) {
    if (!spec.contains(what.first)) continue;
    erase(spec, what.first);
    notes.push_back(what.second);
  }
  return !found.empty();
}

}  // namespace

void leave_out_refused(Json& spec, std::vector<std::string>& notes) {
  for (int pass = 0; pass < kPasses; ++pass) {
    Sources sources;
    Diagnostics problems;
    SpecFile file{"", to_yaml(spec)};
    if (read_spec({&file, 1}, sources, problems) || !leave_out(spec, problems, notes)) return;
  }
}

}  // namespace netcfg
