// Standard output, with its errors noticed: a full disk is a failure, a reader that left (| head) is not.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace netcfg {

class Output : private std::streambuf {
 public:
  explicit Output(int fd) : fd_(fd), stream_(this) {}

  void write(std::string_view text);
  // False when writing failed, but for a reader that closed its end.
  bool flush();
  std::ostream& stream() { return stream_; }
  int error() const { return error_; }  // errno of the first failure, 0 when there was none

 private:
  void drain();
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int overflow(int c) override;

  int fd_;
  std::ostream stream_;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace netcfg
