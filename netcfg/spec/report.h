// Where the readers and checks of the spec put what they find.
#pragma once

#include <string>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/at.h"

namespace netcfg {

// After this many errors, or warnings, the rest of them is left out: a generated spec can repeat one slip
// 100,000 times. Warnings never make a spec wrong, however many.
inline constexpr size_t kMostErrors = 500, kMostWarnings = 100;

class Report {
 public:
  Report(Diagnostics& diagnostics, const Sources& sources) : diagnostics_(diagnostics), sources_(sources) {}

  void error(const At& at, std::string message, std::string hint = {});
  void error(Place place, std::string path, std::string message, std::string hint = {});
  void warning(Place place, std::string path, std::string message, std::string hint = {});
  // About the key itself, not its value.
  void key_error(const At& at, std::string message, std::string hint = {});

  size_t errors() const { return errors_; }
  // More would be left out: no need to look for good advice.
  bool full() const { return errors_ >= kMostErrors; }
  std::string where(Place place) const { return sources_.where(place); }

 private:
  Diagnostics& diagnostics_;
  const Sources& sources_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

}  // namespace netcfg
