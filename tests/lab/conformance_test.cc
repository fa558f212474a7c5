// The simulated kernel against Linux 6.1, with every kind of link.
#include "tests/support/conformance.h"

#include "netcfg/kernel/kernel.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

TEST(LabConformance, OfRandomOperations) {
  constexpr uint64_t kSequences = 12;
  constexpr int kOperations = 50;
  OpMix mix;
  mix.all_kinds = true;
  for (uint64_t seed = 0; seed < kSequences; ++seed) {
    auto netns = Netns::enter();
    ASSERT_TRUE(netns) << netns.error().message;
    auto kernel = open_kernel();
    ASSERT_TRUE(kernel) << kernel.error().message;
    std::string found = disagreement(**kernel, seed, kOperations, mix);
    EXPECT_TRUE(found.empty()) << found;
  }
}

}  // namespace
}  // namespace netcfg::test
