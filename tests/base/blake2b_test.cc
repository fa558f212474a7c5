// Against the values that other implementations give (RFC 7693 itself has none of 32 bytes).
#include "netcfg/base/blake2b.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace netcfg {
namespace {

std::string hex(const Digest& digest) {
  std::string out;
  for (uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

TEST(Blake2b, GivesKnownValues) {
  EXPECT_EQ(hex(blake2b("")), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(hex(blake2b("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  // Whole blocks, and more than one.
  EXPECT_EQ(hex(blake2b(std::string(256, 'x'))),
            "cb9d468022b930d52da4d9b0226ef9c997e0acc119eeb08afefb8219bc53972b");
  EXPECT_EQ(hex(blake2b(std::string(1000, 'x'))),
            "ab75119ede14ef06ebf31f745fb655ed006cccfe8054c635308a557f7c9beaba");
}

TEST(Blake2b, PiecesDoNotMatterTextsDo) {
  Blake2b pieces;
  for (int i = 0; i < 1000; ++i) pieces.add("x");
  EXPECT_EQ(pieces.finish(), blake2b(std::string(1000, 'x')));
  Blake2b a, b;
  a.add_text("ab"), a.add_text("c");
  b.add_text("a"), b.add_text("bc");
  EXPECT_NE(a.finish(), b.finish());
}

}  // namespace
}  // namespace netcfg
