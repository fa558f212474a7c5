// A directory of its own for a test that runs the real program.
#pragma once

#include <string>

namespace netcfg::test {

// Runs shell commands in a fresh directory. In them $N is the program and $T the directory; variables by
// which a person's settings would show in the test are unset.
class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  struct Ended {
    int status = -1;  // exit status, or 128 + the signal
    std::string out, err;
  };
  Ended run(const std::string& command) const;

  // Below the directory; directories are made.
  void write(const std::string& path, const std::string& text) const;
  std::string read(const std::string& path) const;  // empty when there is none
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace netcfg::test
