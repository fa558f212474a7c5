// Waiting for those who settle a window that has been decided.
#pragma once

#include <string>

#include "cmd/session.h"
#include "netcfg/host/fd.h"

namespace netcfg {

// Watches the files of a window; made before the decision, so that nothing is missed.
class WindowWatch {
 public:
  explicit WindowWatch(const std::string& directory);
  // Whoever holds the lock settles it. Where nobody does any more, this process does. False when that failed,
  // or took too long: the session's problems say so.
  bool wait_until_settled(Session& session);

 private:
  Fd fd_;
};

}  // namespace netcfg
