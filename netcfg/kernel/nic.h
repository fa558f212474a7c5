// Where a NIC sits, from sysfs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "netcfg/model/state.h"

namespace netcfg::nl {

// udev's ID_PATH ("pci-0000:00:03.0", "platform-…-usb-0:1:1.0") of a device's folder below /sys/devices;
// `subsystem` tells that of a folder ("pci", "usb", …). Empty when nothing in it is known.
std::string id_path(std::string_view folder, const std::function<std::string(const std::string&)>& subsystem);

// Fills in pci, driver and path. False when the link has no device, or when /sys shows the interfaces of
// another network namespace.
bool fill_from_sysfs(Nic& nic, uint32_t index);

}  // namespace netcfg::nl
