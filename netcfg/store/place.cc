#include "netcfg/store/place.h"

namespace netcfg {
namespace {

std::string below(const std::string& directory, const std::string& netns, const std::string& name) {
  return directory + (netns.empty() ? "/" : "/netns/" + netns + "/") + name;
}

}  // namespace

std::string ledger_path(const std::string& netns) {
  return below("/var/lib/netcfg", netns, "ledger.json");
}

std::string spec_cache_path(const std::string& netns) {
  return below("/var/lib/netcfg", netns, "spec.cache");
}

std::string uplinks_path(const std::string& netns) {
  return below("/run/netcfg", netns, "uplinks.json");
}

std::string watch_socket_path(const std::string& netns) {
  return below("/run/netcfg", netns, "watch.sock");
}

// Gone after a reboot, like those who held it.
std::string lock_path(const std::string& netns) {
  return below("/run/netcfg", netns, "lock");
}

Places places(const std::string& netns) {
  return {ledger_path(netns), below("/var/lib/netcfg", netns, "generations"),
          below("/run/netcfg", netns, "generations"), below("/run/netcfg", netns, "window")};
}

}  // namespace netcfg
