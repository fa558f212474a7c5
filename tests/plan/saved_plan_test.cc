// What a saved plan holds beside its steps.
#include "netcfg/plan/saved_plan.h"

#include <gmock/gmock.h>

#include "tests/support/sample_plan.h"

namespace netcfg {
namespace {

TEST(SavedPlan, CarriesTheGuard) {
  Desired desired;
  desired.guard.window = 45'000;
  desired.guard.probes_named = true;
  for (const char* text : {"gateway", "tcp:[2001:db8::1]:53,dev=eth0,timeout=1s", "command:/bin/ok a"})
    desired.guard.probes.push_back(*parse_probe(text));
  auto saved = load_plan(save_plan(test::sample_plan(), desired, test::sample_sources()));
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(saved->desired.guard, desired.guard);
}

}  // namespace
}  // namespace netcfg
