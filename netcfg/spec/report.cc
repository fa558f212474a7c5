#include "netcfg/spec/report.h"

#include <fmt/format.h>

namespace netcfg {

bool Report::left_out(Place place) {
  if (problems_++ < kMostProblems) return false;
  if (problems_ == kMostProblems + 1)
    diagnostics_.error(place, {}, fmt::format("more than {} problems; the rest is left out", kMostProblems));
  return true;
}

void Report::error(Place place, std::string path, std::string message, std::string hint) {
  ++errors_;
  if (!left_out(place)) diagnostics_.error(place, std::move(path), std::move(message), std::move(hint));
}

void Report::warning(Place place, std::string path, std::string message, std::string hint) {
  if (!left_out(place)) diagnostics_.warning(place, std::move(path), std::move(message), std::move(hint));
}

void Report::error(const At& at, std::string message, std::string hint) {
  error(at.place(), at.path(), std::move(message), std::move(hint));
}

void Report::key_error(const At& at, std::string message, std::string hint) {
  error(at.key_place ? at.key_place : at.place(), at.path(), std::move(message), std::move(hint));
}

}  // namespace netcfg
