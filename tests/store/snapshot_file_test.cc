#include "netcfg/store/snapshot_file.h"

#include <gmock/gmock.h>

#include "tests/support/random_state.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

TEST(SnapshotFile, RandomHostsAreReadAsTheyWere) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    SimKernel kernel = random_host(rng);
    auto live = kernel.read({});
    ASSERT_TRUE(live);
    auto read = snapshot_from_bytes(snapshot_to_bytes(live->state, "boot 1"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, live->state) << difference(live->state, *read);
    for (size_t i = 0; i < read->links.size(); ++i)
      EXPECT_EQ(read->links[i].index, live->state.links[i].index);
  }
}

TEST(SnapshotFile, RandomSpecsAreReadAsTheyWere) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    SimKernel kernel = random_host(rng);
    Desired desired = random_desired(rng, kernel);
    desired.uplinks.emplace().links.emplace_back().name = "telecom";
    fill_defaults(*desired.uplinks);
    Sources sources;
    sources.add("host.yaml", "the text is not kept");
    auto read = desired_from_bytes(desired_to_bytes(desired, sources));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->desired.state, desired.state);
    EXPECT_EQ(read->desired.matches, desired.matches);
    EXPECT_EQ(read->desired.tables, desired.tables);
    EXPECT_EQ(read->desired.exclusive, desired.exclusive);
    EXPECT_EQ(read->desired.exclusive_links, desired.exclusive_links);
    EXPECT_EQ(read->desired.guard, desired.guard);
    EXPECT_EQ(read->desired.uplinks, desired.uplinks);
    EXPECT_EQ(read->sources.name(0), "host.yaml");
  }
}

TEST(SnapshotFile, DamageIsNoticed) {
  Rng rng(3);
  SimKernel kernel = random_host(rng);
  std::string bytes = snapshot_to_bytes(kernel.read({})->state, "boot 1");
  for (size_t at = bytes.find('\n') + 1; at < bytes.size(); at += 7) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x20);
    EXPECT_FALSE(snapshot_from_bytes(other)) << at;
  }
  auto cut = snapshot_from_bytes(std::string_view(bytes).substr(0, bytes.size() - 1));
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, HasSubstr("is damaged"));
  EXPECT_FALSE(desired_from_bytes(bytes)) << "a file of another kind";
}

}  // namespace
}  // namespace netcfg::test
