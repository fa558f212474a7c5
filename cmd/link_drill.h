// Takes an interface down for a drill: a change like any other, planned, verified and guarded, that is never
// kept.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "cmd/load.h"
#include "netcfg/host/fd.h"
#include "netcfg/host/lock.h"

namespace netcfg {

class LinkDrill {
 public:
  explicit LinkDrill(Session& session) : session_(session) {}
  LinkDrill(LinkDrill&&) = delete;
  ~LinkDrill();

  // Looks whether it may be, and begins: another process writes and waits. What comes by the connection is
  // `ok` when the interface is down. It is taken back when the connection is closed, this process dies, or
  // `longest` is over; if that process dies as well, by its reverter.
  Result<Fd> begin(const IfName& dev, const std::string& why, std::chrono::milliseconds longest);

  // Once the connection is closed: waits until all is as it was. kDone, or what the problems of the session
  // speak of; kDone as well where nothing was begun.
  int finish();

 private:
  std::optional<Error> plan(const IfName& dev);
  [[noreturn]] void hold_down(Fd control, Fd report, const std::string& why,
                              std::chrono::milliseconds longest);

  Session& session_;
  std::optional<Lock> lock_;
  std::unique_ptr<Situation> situation_;
  pid_t child_ = -1;
  Fd report_;
};

}  // namespace netcfg
