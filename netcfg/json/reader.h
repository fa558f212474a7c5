// Reads JSON text in one pass straight into values; no tree. The first thing that is wrong is kept, and
// everything after it does nothing, so callers check once at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netcfg/base/result.h"
#include "netcfg/model/value.h"

namespace netcfg {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool ok() const { return problem_.empty(); }
  // What was wrong, with its line and column. Call only when !ok().
  Error error() const;
  // Reports `problem` for what was read last; the first report counts.
  void fail(std::string problem);
  // True when nothing but white space is left and nothing was wrong.
  bool finish();

  // f(key) for each member; f reads the member's value. The key is valid until the next read.
  template <class F>
  void object(F&& f) {
    if (!open('{')) return;
    for (bool more = !close('}'); more && ok(); more = next('}')) {
      std::string_view name = key();
      if (ok()) f(name);
    }
    --depth_;
  }
  // f() for each element; f reads it.
  template <class F>
  void array(F&& f) {
    if (!open('[')) return;
    for (bool more = !close(']'); more && ok(); more = next(']')) f();
    --depth_;
  }
  // Valid until the next read.
  std::string_view text();
  int64_t number();
  bool boolean();
  bool null();    // true, and reads it, if a null is next
  Value value();  // a scalar or a list of texts
  void skip();
  char peek();  // the first byte of what is next; 0 at the end

 private:
  bool open(char bracket);
  bool close(char bracket);
  bool next(char bracket);
  std::string_view key();
  bool word(std::string_view word);
  void escape();
  uint32_t hex4();
  void append(uint32_t code);

  static constexpr int kDepth = 32;
  std::string_view text_;
  size_t at_ = 0;    // next byte
  size_t last_ = 0;  // where the value read last begins
  std::string buffer_;
  std::string problem_;
  int depth_ = 0;
};

}  // namespace netcfg
