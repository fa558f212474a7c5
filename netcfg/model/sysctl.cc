#include "netcfg/model/sysctl.h"

#include <algorithm>

#include "netcfg/base/text.h"

namespace netcfg {

IfName dev_of(const Sysctl& sysctl) {
  auto parts = split(sysctl.path, '/');
  bool per_link = parts.size() == 5 && parts[0] == "net" && (parts[1] == "ipv4" || parts[1] == "ipv6") &&
                  (parts[2] == "conf" || parts[2] == "neigh") && parts[3] != "all" && parts[3] != "default";
  return per_link ? IfName(parts[3]) : IfName();
}

std::string sysctl_path(std::string_view key) {
  std::string out(key);
  size_t first = key.find_first_of("./");
  if (first == key.npos || key[first] == '/') return out;
  for (char& c : out) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return out;
}

}  // namespace netcfg
