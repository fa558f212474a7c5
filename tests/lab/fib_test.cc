// Which way packets go on Linux 6.1, with VRFs.
#include "tests/support/fib_conformance.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

TEST(LabFib, AnswersAsTheKernelDoes) {
  for (uint64_t seed = 0; seed < 32; ++seed) {
    auto netns = Netns::enter();
    ASSERT_TRUE(netns) << netns.error().message;
    FibMix mix;
    mix.rules = seed % 4 != 0;
    mix.vrfs = seed % 2 != 0;
    std::string found = fib_difference(seed, 100, mix);
    EXPECT_TRUE(found.empty()) << found;
  }
}

}  // namespace
}  // namespace netcfg::test
