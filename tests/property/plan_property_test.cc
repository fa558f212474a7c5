// Properties of plans, over random hosts and specs: each step is one that the kernel takes, the host is then
// as the spec wants, what is not netcfg's is still there, and from any point on the way back leads to where
// it began.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/support/plan_case.h"

namespace netcfg::test {
namespace {

constexpr uint64_t kShards = 16;

uint64_t number(const char* variable, uint64_t otherwise) {
  const char* text = getenv(variable);
  return text ? strtoull(text, nullptr, 0) : otherwise;
}

// How many pairs of host and spec all shards try together. tests/property/many asks a build without
// sanitizers for 100,000.
uint64_t pairs() {
  return number("NETCFG_PROPERTY_PAIRS", 4000);
}

// Known to fail, and not mended yet; see "Known gaps" in netcfg/DESIGN.md. One that holds has to leave this
// list.
constexpr uint64_t kOpen[] = {
    6001739,   // the way back: an IPv6 route of another table comes before what reaches its gateway
    7000733,   // a foreign route whose source moves into a VRF is restored, which no kernel takes
    9001467,   // the way back from one fault ends with a difference
    11000663,  // an IPv6 route comes before a rule goes that hides its gateway
    13001799,  // a VLAN is written a second time
};

class PlanProperties : public testing::TestWithParam<uint64_t> {};

TEST_P(PlanProperties, Hold) {
  constexpr int kRounds = 3;  // specs one after another on one host
  // A line a failing seed, in place of the first failure shrunk.
  bool survey = getenv("NETCFG_PROPERTY_SURVEY") != nullptr;
  uint64_t first = GetParam() * 1'000'000, count = pairs() / kShards / kRounds + 1;
  // One seed again: NETCFG_PROPERTY_SEED=5000123
  if (uint64_t seed = number("NETCFG_PROPERTY_SEED", UINT64_MAX); seed != UINT64_MAX) {
    first = seed;
    count = first / 1'000'000 == GetParam() ? 1 : 0;
  }
  for (uint64_t seed = first; seed < first + count; ++seed) {
    Rng rng(seed);
    Case c;
    c.kernel = random_host(rng);
    bool open = std::ranges::find(kOpen, seed) != std::end(kOpen), failed = false;
    for (int round = 0; round < kRounds; ++round) {
      c.desired = random_desired(rng, c.kernel);
      c.salt = rng.next();
      Failure failure = check(c);
      failed = failure.what != nullptr;
      if (failed && open && !survey) break;
      if (failure.what != nullptr && survey) {
        fmt::print("{} {} {}: {}", seed, round, failure.what, failure.detail);
        ADD_FAILURE() << "seed " << seed;
        break;
      }
      if (failure.what != nullptr) {
        Case small = shrink(c, failure);
        FAIL() << "seed " << seed << ", spec " << round << "\n" << report(small, check(small));
      }
      if (!take_over(c)) break;
    }
    if (open && !failed) ADD_FAILURE() << "seed " << seed << " holds: it is not open any more";
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, PlanProperties, testing::Range<uint64_t>(0, kShards));

}  // namespace
}  // namespace netcfg::test
