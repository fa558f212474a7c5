#include "netcfg/kernel/nic.h"

#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>

#include "netcfg/base/text.h"

namespace netcfg::nl {
namespace {

std::string link_target(const std::string& path) {
  char buffer[PATH_MAX];
  ssize_t size = readlink(path.c_str(), buffer, sizeof buffer);
  if (size <= 0 || size == static_cast<ssize_t>(sizeof buffer)) return {};
  std::string_view target(buffer, static_cast<size_t>(size));
  return std::string(target.substr(target.rfind('/') + 1));
}

std::string real_path(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (!resolved) return {};
  std::string out = resolved;
  free(resolved);
  return out;
}

// "1-1.2:1.0" is port 1.2 of bus 1, configuration 1, interface 0.
std::string usb_part(std::string_view name) {
  size_t dash = name.find('-');
  if (dash == name.npos || name.find(':') == name.npos) return {};
  return "usb-0:" + std::string(name.substr(dash + 1));
}

}  // namespace

std::string id_path(std::string_view folder,
                    const std::function<std::string(const std::string&)>& subsystem) {
  std::string platform;
  std::string pci;
  std::string usb;
  std::string below = "/sys/devices";
  folder.remove_prefix(folder.starts_with("/sys/devices/") ? 13 : 0);
  for (std::string_view part : split(folder, '/')) {
    below.append("/").append(part);
    std::string kind = subsystem(below);
    if (kind == "platform") platform = "platform-" + std::string(part);
    if (kind == "pci") pci = "pci-" + std::string(part);
    if (kind == "usb")
      if (std::string found = usb_part(part); !found.empty()) usb = found;
  }
  std::string out;
  for (const std::string& part : {platform, pci, usb}) {
    if (part.empty()) continue;
    if (!out.empty()) out += '-';
    out += part;
  }
  return out;
}

bool fill_from_sysfs(Nic& nic, uint32_t index) {
  std::string link = "/sys/class/net/" + to_string(nic.name);
  uint32_t there = 0;
  if (!(std::ifstream(link + "/ifindex") >> there) || there != index) return false;
  std::string device = real_path(link + "/device");
  if (device.empty()) return false;
  nic.driver = link_target(device + "/driver");
  nic.path = id_path(device, [](const std::string& folder) { return link_target(folder + "/subsystem"); });
  // The function that the NIC is on, also where virtio or USB lies between.
  if (size_t at = nic.path.find("pci-"); at != nic.path.npos) nic.pci = nic.path.substr(at + 4, 12);
  return true;
}

}  // namespace netcfg::nl
