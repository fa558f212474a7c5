// Listens where a program logs: instead of the journal, or of a syslog daemon.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "netcfg/host/fd.h"

namespace netcfg::test {

class LogSocket {
 public:
  // Makes the socket, and the directories that it is in. `type` is SOCK_DGRAM or SOCK_STREAM.
  explicit LogSocket(const std::string& path, int type);
  // What has been sent so far.
  std::vector<std::string> received();

 private:
  Fd fd_;
  int type_;
};

// The fields of what the journal was sent, by the journal's own rules.
std::map<std::string, std::string> journal_fields(const std::string& datagram);

}  // namespace netcfg::test
