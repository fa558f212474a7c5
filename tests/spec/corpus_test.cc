// The fuzz driver over its corpus: what once went wrong is tried in every run of the tests.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "../fuzz/yaml_fuzz.cc"  // NOLINT: the driver itself

namespace netcfg {
namespace {

TEST(YamlCorpus, NeitherCrashesNorHangs) {
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(NETCFG_SOURCE_DIR "/tests/fuzz/corpus/yaml")) {
    SCOPED_TRACE(file.path().filename().string());
    std::ifstream stream(file.path(), std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    std::string bytes = text.str();
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), 0);
    ++files;
  }
  EXPECT_GE(files, 25U);
}

}  // namespace
}  // namespace netcfg
