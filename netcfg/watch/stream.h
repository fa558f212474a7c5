// Echo requests one after another, as any program of this host would send them: by whatever way the routing
// table names at the moment. What is not answered was lost.
#pragma once

#include <chrono>
#include <vector>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"
#include "netcfg/model/ip.h"
#include "netcfg/probes/echo.h"
#include "netcfg/watch/health.h"

namespace netcfg::watch {

// What became of the requests of one stretch of time.
struct Losses {
  uint64_t sent = 0, lost = 0;
  std::chrono::milliseconds gap{};  // the longest row of lost ones
  bool operator==(const Losses&) const = default;
};

class EchoStream {
 public:
  static Result<EchoStream> open(const Ip& target, std::chrono::milliseconds interval);

  int fd() const { return fd_.get(); }
  void on_ready();
  // Sends what is due.
  void run_timers(Time now);
  Time next() const { return next_; }
  // Of the requests from `begin` to `end` (exclusive); answers may still come for a while.
  Losses losses(Time begin, Time end) const;

 private:
  EchoStream(Fd fd, const Ip& target, const probes::Echo& request, std::chrono::milliseconds interval);

  struct Request {
    Time sent;
    bool answered = false;
  };
  Fd fd_;
  Family family_;
  probes::Echo request_;
  probes::SocketAddress to_;
  std::chrono::milliseconds interval_;
  std::vector<Request> requests_;
  Time next_;
};

}  // namespace netcfg::watch
