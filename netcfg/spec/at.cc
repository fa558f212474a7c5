#include "netcfg/spec/at.h"

#include <fmt/format.h>

#include "netcfg/base/text.h"

namespace netcfg {

std::string path_with(std::string path, std::string_view key) {
  if (!path.empty()) path += '.';
  bool plain = !key.empty() && key.find_first_of(".[]\" ") == key.npos;
  path += plain ? printable(key) : fmt::format("\"{}\"", printable(key));
  return path;
}

std::string path_with(std::string path, size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string At::path() const {
  if (!up) return {};
  return index == SIZE_MAX ? path_with(up->path(), key) : path_with(up->path(), index);
}

}  // namespace netcfg
