// Where the readers and checks of the spec put what they find.
#pragma once

#include <string>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/at.h"

namespace netcfg {

// After this many problems the rest is left out: a generated spec can repeat one slip 100,000 times.
inline constexpr size_t kMostProblems = 500;

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
  bool full() const { return problems_ >= kMostProblems; }
  std::string where(Place place) const { return sources_.where(place); }

 private:
  bool left_out(Place place);

  Diagnostics& diagnostics_;
  const Sources& sources_;
  size_t errors_ = 0;
  size_t problems_ = 0;
};

}  // namespace netcfg
