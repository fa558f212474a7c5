// BLAKE2b (RFC 7693) with 32 bytes of output: whether two texts are the same, also against malice.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace netcfg {

using Digest = std::array<uint8_t, 32>;

class Blake2b {
 public:
  Blake2b();
  void add(std::string_view bytes);
  // `bytes` with their length before them, so that where one text ends and the next begins counts as well.
  void add_text(std::string_view bytes);
  Digest finish();  // once

 private:
  void compress(bool last);

  std::array<uint64_t, 8> state_;
  std::array<uint64_t, 16> block_{};
  uint64_t total_ = 0;  // bytes; more than 2^64 are not foreseen
  size_t filled_ = 0;   // of the block
};

Digest blake2b(std::string_view bytes);

}  // namespace netcfg
