// The other end of the watcher's `follow`: a view whenever something changes, and once a second.
#pragma once

#include <optional>
#include <string>

#include "netcfg/base/fd.h"
#include "netcfg/watch/view.h"

namespace netcfg::watch {

class Follower {
 public:
  static Result<Follower> open(const std::string& socket_path);

  int fd() const { return fd_.get(); }
  // What has come: the last whole view, or nothing yet. An Error when the watcher has ended.
  Result<std::optional<View>> on_ready();

 private:
  explicit Follower(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
  std::string in_;
};

}  // namespace netcfg::watch
