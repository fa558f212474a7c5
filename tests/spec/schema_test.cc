#include "netcfg/spec/schema.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "netcfg/spec/forms.h"
#include "netcfg/spec/sections.h"

namespace netcfg {
namespace {

TEST(Schema, IsStoredAsTheCodeMakesIt) {
  std::string path = std::string(NETCFG_SOURCE_DIR) + "/schema/netcfg.schema.json";
  std::string made = schema().dump(2) + "\n";
  if (std::getenv("NETCFG_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << made;
    GTEST_SKIP() << "wrote " << path;
  }
  std::stringstream stored;
  stored << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_TRUE(stored.str() == made) << path << " is stale: run this test with NETCFG_UPDATE_GOLDEN=1";
}

TEST(Schema, HasADefinitionForEveryReference) {
  std::set<std::string> wanted, defined;
  auto made = schema();
  for (const auto& [name, value] : made["$defs"].items()) defined.insert(name);
  auto flat = nlohmann::json(made).flatten();
  for (const auto& row : flat.items())
    if (row.key().ends_with("/$ref"))
      wanted.insert(row.value().get<std::string>().substr(strlen("#/$defs/")));
  EXPECT_THAT(wanted, testing::IsSubsetOf(defined));
}

TEST(Sections, EveryKeyIsDocumentedAndKnownOnce) {
  for (const Section& section : all_sections()) {
    std::set<std::string_view> names;
    for (const KeyInfo& key : section.keys) {
      EXPECT_FALSE(key.doc.empty()) << section.name << "." << key.name;
      EXPECT_TRUE(names.insert(key.name).second) << section.name << "." << key.name;
    }
    for (const Field& field : section.fields) {
      EXPECT_FALSE(field.doc.empty()) << section.name << "." << field.name;
      EXPECT_TRUE(names.insert(field.name).second) << section.name << "." << field.name;
    }
  }
}

}  // namespace
}  // namespace netcfg
