#include "tests/support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace netcfg::test {
namespace {

void write_golden(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  GTEST_SKIP() << "wrote " << path.string();
}

}  // namespace

void expect_golden(const std::string& actual, const std::string& name) {
  auto path = std::filesystem::path(NETCFG_SOURCE_DIR) / "tests" / "golden" / name;
  const char* update = std::getenv("NETCFG_UPDATE_GOLDEN");
  if (update && std::string_view(update) == "1") return write_golden(path, actual);
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path.string() << " is missing; NETCFG_UPDATE_GOLDEN=1 writes it";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << path.string();
}

}  // namespace netcfg::test
