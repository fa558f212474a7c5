// Kernel parameters as files below /proc/sys.
#pragma once

#include <string>
#include <vector>

#include "netcfg/base/result.h"
#include "netcfg/model/sysctl.h"

namespace netcfg::nl {

// Blanks and ends of lines at the ends gone, others folded to one blank.
std::string fold(std::string_view text);

Result<std::string> read_sysctl(const std::string& path);
// Writes, then reads back: some parameters take a write without a word and keep their value, which is
// EINVAL here.
Result<> write_sysctl(const std::string& path, const std::string& value);
// The path itself, or, for one with an interface of *, those of all interfaces.
void expand_sysctl(const std::string& path, std::vector<std::string>& out);
// The parameters of every interface, `all` and `default`: net/ipv{4,6}/conf/*/*.
std::vector<Sysctl> read_link_sysctls();

}  // namespace netcfg::nl
