// Which way packets go, against this machine's kernel.
#include "tests/support/fib_conformance.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

class Fib : public testing::TestWithParam<uint64_t> {};

constexpr uint64_t kNetworks = 30;
constexpr int kLookups = 200;

TEST_P(Fib, AnswersAsTheKernelDoes) {
  for (uint64_t seed = GetParam() * kNetworks; seed < (GetParam() + 1) * kNetworks; ++seed) {
    auto netns = Netns::enter();
    ASSERT_TRUE(netns) << netns.error().message;
    FibMix mix;
    mix.rules = seed % 4 != 0;
    std::string found = fib_difference(seed, kLookups, mix);
    ASSERT_TRUE(found.empty()) << found;
  }
  RecordProperty("lookups", std::to_string(kNetworks * kLookups));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Fib, testing::Range<uint64_t>(0, 8));

}  // namespace
}  // namespace netcfg::test
