// Is it text at all? Asked before a parser sees the bytes.
#pragma once

#include <string_view>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/yaml.h"

namespace netcfg {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

// The first thing that makes `text` unreadable goes to `diagnostics`: UTF-16, a NUL or another control
// byte, a broken UTF-8 sequence, a line too long. The text has no byte order mark any more.
bool check_text(std::string_view text, uint16_t file, const YamlLimits& limits, Diagnostics& diagnostics);

}  // namespace netcfg
