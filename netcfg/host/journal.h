// Lines for the journal with fields of their own (systemd.journal-fields(7)), in its native form; plain lines
// on standard error where that does not lead to the journal.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netcfg/host/fd.h"

namespace netcfg {

class Journal {
 public:
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  Journal();

  // `priority`: of syslog(3). Bytes that are no text are replaced.
  void write(int priority, const std::string& message, const Fields& fields = {}) const;

 private:
  Fd socket_;
};

}  // namespace netcfg
