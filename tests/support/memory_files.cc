#include "tests/support/memory_files.h"

#include <cerrno>
#include <cstring>

namespace netcfg::test {
namespace {

Error failed(const std::string& path, int code) {
  return {path + ": " + std::strerror(code), "", code};
}

}  // namespace

Result<> MemoryFiles::check(const std::string& path) const {
  auto at = failures.find(path);
  if (at != failures.end()) return failed(path, at->second);
  auto below = files.lower_bound(path + "/");
  if (below != files.end() && below->first.starts_with(path + "/")) return failed(path, EISDIR);
  return Done{};
}

Result<std::string> MemoryFiles::read(const std::string& path, size_t limit) {
  if (auto ok = check(path); !ok) return ok.error();
  auto at = files.find(path);
  if (at == files.end()) return failed(path, ENOENT);
  if (at->second.size() > limit) return failed(path, EFBIG);
  return at->second;
}

Result<std::vector<std::string>> MemoryFiles::list(const std::string& directory) {
  if (auto at = failures.find(directory); at != failures.end()) return failed(directory, at->second);
  std::vector<std::string> names;
  std::string prefix = directory + "/";
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix); ++at) {
    std::string name = at->first.substr(prefix.size());
    name = name.substr(0, name.find('/'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  if (names.empty()) return failed(directory, files.contains(directory) ? ENOTDIR : ENOENT);
  return names;
}

Result<> MemoryFiles::write(const std::string& path, const std::string& text) {
  if (auto ok = check(path); !ok) return ok;
  files[path] = text;
  log.push_back("write " + path);
  return Done{};
}

Result<> MemoryFiles::remove(const std::string& path) {
  if (auto ok = check(path); !ok) return ok;
  if (files.erase(path) == 0) return failed(path, ENOENT);
  log.push_back("remove " + path);
  return Done{};
}

Result<> MemoryFiles::rename(const std::string& from, const std::string& to) {
  for (const std::string& path : {from, to})
    if (auto ok = check(path); !ok) return ok;
  auto node = files.extract(from);
  if (node.empty()) return failed(from, ENOENT);
  files[to] = std::move(node.mapped());
  log.push_back("rename " + from + " " + to);
  return Done{};
}

}  // namespace netcfg::test
