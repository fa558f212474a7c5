// The simulated kernel against this machine's, with the kinds of links that any kernel has.
#include "tests/support/conformance.h"

#include "netcfg/kernel/kernel.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

class Conformance : public testing::TestWithParam<uint64_t> {};

TEST_P(Conformance, OfRandomOperations) {
  constexpr uint64_t kSequences = 15;
  constexpr int kOperations = 60;
  for (uint64_t seed = GetParam() * kSequences; seed < (GetParam() + 1) * kSequences; ++seed) {
    auto netns = Netns::enter();
    ASSERT_TRUE(netns) << netns.error().message;
    auto kernel = open_kernel();
    ASSERT_TRUE(kernel) << kernel.error().message;
    std::string found = disagreement(**kernel, seed, kOperations, OpMix{});
    ASSERT_TRUE(found.empty()) << found;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Conformance, testing::Range<uint64_t>(0, 8));

}  // namespace
}  // namespace netcfg::test
