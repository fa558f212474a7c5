// The machine's log, for what is to be found there long after: how changes ended, which uplinks failed.
// Implementations: netcfg/host (the journal, or syslog), cmd (beside that standard error), and none at all in
// tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netcfg {

// The numbers are syslog(3)'s.
enum class Urgency : uint8_t { critical = 2, error = 3, warning = 4, notice = 5, info = 6 };

struct LogEntry {
  Urgency urgency = Urgency::notice;
  std::string message;
  struct Field {
    std::string_view name;  // capitals, digits and underscores, as the journal wants it
    std::string value;
  };
  std::vector<Field> fields;  // for the journal; syslog has only the message
};

class Log {
 public:
  virtual ~Log() = default;
  // Does not fail and does not wait long: what is logged has happened, logged or not.
  virtual void write(const LogEntry& entry) = 0;
};

}  // namespace netcfg
