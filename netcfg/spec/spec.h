// From the text of a spec to what it asks of the host.
#pragma once

#include <optional>
#include <span>

#include "netcfg/model/desired.h"
#include "netcfg/spec/read.h"

namespace netcfg {

// Reads, merges, binds and checks. All problems go to `diagnostics`; nothing is returned when one of
// them is an error.
std::optional<Desired> read_spec(std::vector<SpecFile> files, Sources& sources, Diagnostics& diagnostics,
                                 const ReadNamed& read_named = {});
std::optional<Desired> read_spec(std::span<const SpecFile> files, Sources& sources, Diagnostics& diagnostics);

}  // namespace netcfg
