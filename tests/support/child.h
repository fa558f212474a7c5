// A program that runs beside the test, and what it prints.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/host/fd.h"

namespace netcfg::test {

class Child {
 public:
  using Duration = std::chrono::milliseconds;

  // With its standard input and output, errors included, at the other ends of pipes. Throws when it cannot
  // be started.
  explicit Child(const std::vector<std::string>& argv);
  Child(Child&&) = delete;
  // Kills it and all that descends from it.
  ~Child();

  void write(const std::string& text) const;
  // What it prints until `text`, and that, are taken from what was printed; nothing when that does not come
  // in time, or it ends before.
  std::optional<std::string> read_until(const std::string& text, Duration patience);
  // What was printed and not taken.
  std::string rest();
  bool running();
  int pid() const { return pid_; }
  void kill();

 private:
  // False when nothing comes any more, or not in time.
  bool read_some(std::chrono::steady_clock::time_point deadline);

  int pid_ = -1;
  Fd in_, out_;
  std::string printed_;
};

}  // namespace netcfg::test
