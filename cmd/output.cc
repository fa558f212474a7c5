#include "cmd/output.h"

#include <unistd.h>

#include <cerrno>

namespace netcfg {

constexpr size_t kBufferBytes = 64 << 10;

void Output::write(std::string_view text) {
  if (error_ != 0) return;
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) drain();
}

std::streamsize Output::xsputn(const char* text, std::streamsize size) {
  write({text, static_cast<size_t>(size)});
  return size;
}

int Output::overflow(int c) {
  char byte = static_cast<char>(c);
  if (c != std::char_traits<char>::eof()) write({&byte, 1});
  return 0;
}

bool Output::flush() {
  drain();
  return error_ == 0 || error_ == EPIPE;
}

void Output::drain() {
  std::string_view rest = buffer_;
  while (!rest.empty() && error_ == 0) {
    ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n >= 0)
      rest.remove_prefix(static_cast<size_t>(n));
    else if (errno != EINTR)
      error_ = errno;
  }
  buffer_.clear();
}

}  // namespace netcfg
