// How many problems are told of.
#include <gmock/gmock.h>

#include <algorithm>

#include "netcfg/spec/report.h"
#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

using testing::HasSubstr;

std::string rules(int count, const char* rest) {
  std::string out = "netcfg: 1\nrules:\n";
  for (int i = 0; i < count; ++i) out += "  - { priority: " + std::to_string(1000 + i) + rest + " }\n";
  return out;
}

size_t severities(const std::vector<Diagnostic>& all, Severity severity) {
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(), [&](const Diagnostic& d) { return d.severity == severity; }));
}

// The table is empty: each rule is worth a warning, and none of them makes the spec wrong.
TEST(Report, WarningsNeverMakeASpecWrong) {
  Sources sources;
  Diagnostics diagnostics;
  auto desired = read_spec({{"spec.yaml", rules(2000, ", table: 100")}}, sources, diagnostics);
  ASSERT_TRUE(desired) << format(diagnostics, sources, false);
  EXPECT_EQ(desired->state.rules.size(), 2000U);
  auto all = diagnostics.sorted();
  EXPECT_EQ(severities(all, Severity::error), 0U);
  EXPECT_EQ(severities(all, Severity::warning), kMostWarnings + 1);
  EXPECT_THAT(all.back().message, HasSubstr("more than 100 warnings; the rest is left out"));
}

TEST(Report, ErrorsAreToldUpToALimit) {
  Sources sources;
  Diagnostics diagnostics;
  EXPECT_FALSE(read_spec({{"spec.yaml", rules(2000, ", tabel: 100")}}, sources, diagnostics));
  auto all = diagnostics.sorted();
  EXPECT_EQ(severities(all, Severity::error), kMostErrors + 1);
  EXPECT_THAT(all.back().message, HasSubstr("more than 500 errors; the rest is left out"));
}

}  // namespace
}  // namespace netcfg
