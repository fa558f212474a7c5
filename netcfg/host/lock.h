// A lock between processes: a file that one of them holds by flock(2), and that says who.
#pragma once

#include <string>
#include <variant>

#include "netcfg/base/result.h"
#include "netcfg/host/fd.h"

namespace netcfg {

// Held until it dies; the kernel lets go of it when the process does, however that ends, and all to whom it
// handed the open file.
class Lock {
 public:
  // `path` is the file's real name; missing directories are made. When another process holds the lock:
  // what that process wrote into the file.
  struct Busy {
    std::string holder;
  };
  static Result<std::variant<Lock, Busy>> take(const std::string& path);

  // Says who holds it, until it dies. Not needed by those who only look and then let go.
  void announce(const std::string& holder);

  // For a process that goes on holding it (flock(2) belongs to the open file).
  int fd() const { return fd_.get(); }
  // It is theirs alone from now on.
  void hand_over() { fd_ = Fd(); }
  // By such a process, at its end.
  static void release(int fd);

  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = delete;
  ~Lock();

 private:
  explicit Lock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  bool announced_ = false;
};

}  // namespace netcfg
