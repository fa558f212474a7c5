// Standard output, with its errors noticed: a full disk is a failure, a reader that left (| head) is not.
#pragma once

#include <string>
#include <string_view>

namespace netcfg {

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  void write(std::string_view text);
  // False when writing failed, but for a reader that closed its end.
  bool flush();
  int error() const { return error_; }  // errno of the first failure, 0 when there was none

 private:
  void drain();

  int fd_;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace netcfg
