// Tells when something about links changes.
#pragma once

#include <chrono>

#include "netcfg/base/fd.h"

namespace netcfg::nl {

class LinkEvents {
 public:
  // Hears what happens from now on; of a socket that cannot be had, nothing.
  LinkEvents();
  // Until there was an event, or the time has passed.
  void await(std::chrono::milliseconds most);

 private:
  Fd fd_;
};

}  // namespace netcfg::nl
