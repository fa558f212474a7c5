// Every example of tests/golden/spec: the good ones are read without error, the bad ones give exactly
// the diagnostics beside them. NETCFG_UPDATE_GOLDEN=1 writes those anew and then counts as skipped.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> examples(const char* folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path(NETCFG_SOURCE_DIR) / "tests/golden/spec" / folder))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  std::string out = info.param.stem();
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return isalnum(c) == 0; }, '_');
  return out;
}

struct Outcome {
  bool read = false;
  std::string diagnostics;
};

Outcome read_file(const fs::path& path) {
  Sources sources;
  Diagnostics diagnostics;
  SpecFile file{path.filename(), slurp(path)};
  bool read = read_spec({&file, 1}, sources, diagnostics).has_value();
  return {read, format(diagnostics, sources, false)};
}

class GoodSpec : public testing::TestWithParam<fs::path> {};
class BadSpec : public testing::TestWithParam<fs::path> {};

TEST_P(GoodSpec, IsReadWithoutAWord) {
  Outcome outcome = read_file(GetParam());
  EXPECT_TRUE(outcome.read);
  EXPECT_EQ(outcome.diagnostics, "");
}

TEST_P(BadSpec, SaysWhatIsWrong) {
  Outcome outcome = read_file(GetParam());
  EXPECT_FALSE(outcome.read);
  fs::path golden = fs::path(GetParam()).replace_extension(".txt");
  if (std::getenv("NETCFG_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << outcome.diagnostics;
    GTEST_SKIP() << "wrote " << golden;
  }
  EXPECT_EQ(outcome.diagnostics, slurp(golden));
}

INSTANTIATE_TEST_SUITE_P(Examples, GoodSpec, testing::ValuesIn(examples("good")), name_of);
INSTANTIATE_TEST_SUITE_P(Examples, BadSpec, testing::ValuesIn(examples("bad")), name_of);

}  // namespace
}  // namespace netcfg
