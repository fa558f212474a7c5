// Where netcfg keeps what it remembers. One place for each network namespace.
#pragma once

#include <string>

namespace netcfg {

// `netns`: empty for the host's own namespace.
std::string ledger_path(const std::string& netns);
// What reading the spec of the last apply gave.
std::string spec_cache_path(const std::string& netns);
// What the watcher of uplinks sees, and where it listens.
std::string uplinks_path(const std::string& netns);
std::string watch_socket_path(const std::string& netns);
std::string lock_path(const std::string& netns);

// What a change leaves behind, by path.
struct Places {
  std::string ledger;
  std::string generations;  // directory of history
  std::string passing;      // stands in for it for a change without history
  std::string window;       // directory
};
Places places(const std::string& netns);

}  // namespace netcfg
