// The log of this machine, by the sockets of whoever keeps it: systemd's journal with all fields, else syslog
// with the message. Neither syslog(3) nor sd_journal_send(3) is used, since both wait for a daemon that
// hangs.
#pragma once

#include <string>
#include <string_view>

#include "netcfg/port/log.h"

namespace netcfg {

class SystemLog : public Log {
 public:
  // Names of sockets, below the root if there is one.
  SystemLog(std::string journal, std::string syslog)
      : journal_(std::move(journal)), syslog_(std::move(syslog)) {}
  void write(const LogEntry& entry) override;

  static constexpr std::string_view kJournal = "/run/systemd/journal/socket", kSyslog = "/dev/log";

 private:
  std::string journal_, syslog_;
};

// An entry as the journal takes it (systemd.io/JOURNAL_NATIVE_PROTOCOL), and as /dev/log does; `when` in
// seconds since 1970.
std::string journal_datagram(const LogEntry& entry);
std::string syslog_datagram(const LogEntry& entry, int pid, int64_t when);

}  // namespace netcfg
