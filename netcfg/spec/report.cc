#include "netcfg/spec/report.h"

#include <fmt/format.h>

namespace netcfg {

void Report::error(Place place, std::string path, std::string message, std::string hint) {
  if (++errors_ <= kMostErrors)
    diagnostics_.error(place, std::move(path), std::move(message), std::move(hint));
  else if (errors_ == kMostErrors + 1)
    diagnostics_.error(place, {}, fmt::format("more than {} errors; the rest is left out", kMostErrors));
}

void Report::warning(Place place, std::string path, std::string message, std::string hint) {
  if (++warnings_ <= kMostWarnings)
    diagnostics_.warning(place, std::move(path), std::move(message), std::move(hint));
  else if (warnings_ == kMostWarnings + 1)
    diagnostics_.warning(place, {},
                         fmt::format("more than {} warnings; the rest is left out", kMostWarnings));
}

void Report::error(const At& at, std::string message, std::string hint) {
  error(at.place(), at.path(), std::move(message), std::move(hint));
}

void Report::key_error(const At& at, std::string message, std::string hint) {
  error(at.key_place ? at.key_place : at.place(), at.path(), std::move(message), std::move(hint));
}

}  // namespace netcfg
