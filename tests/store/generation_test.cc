#include "netcfg/store/generation.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "tests/support/memory_files.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kDirectory = "/var/lib/netcfg/generations";

class GenerationsTest : public testing::Test {
 protected:
  Generation make(uint32_t number, Fate fate = Fate::kept) {
    Generation g;
    g.number = number;
    g.when = 1'700'000'000 + number;
    g.by.user = "alice", g.by.from = "192.0.2.7", g.by.tty = "/dev/pts/3";
    g.fate = fate;
    g.why = "because \"of\" it";
    g.changes = "3 created";
    g.kernel = "boot 7";
    return g;
  }
  void add(uint32_t number, Fate fate = Fate::kept) {
    for (Part part : {Part::before, Part::spec, Part::plan})
      ASSERT_TRUE(history_.write(number, part, "some bytes"));
    ASSERT_TRUE(history_.save(make(number, fate)));
  }
  std::vector<uint32_t> numbers() {
    std::vector<uint32_t> out;
    auto listed = history_.list();
    for (const Generation& g : listed->all) out.push_back(g.number);
    return out;
  }

  MemoryFiles files_;
  Generations history_{files_, kDirectory};
};

TEST_F(GenerationsTest, IsReadAsItWasWritten) {
  for (Fate fate : {Fate::pending, Fate::kept, Fate::restored, Fate::reverted, Fate::lost, Fate::damaged}) {
    ASSERT_TRUE(history_.save(make(12, fate)));
    auto read = history_.load(12);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, make(12, fate));
  }
}

TEST_F(GenerationsTest, AreListedByNumber) {
  for (uint32_t number : {2U, 10U, 1U, 9U}) add(number);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 9, 10));
  EXPECT_EQ(*history_.next(), 11U);
}

TEST_F(GenerationsTest, NoneIsNoError) {
  auto listed = history_.list();
  ASSERT_TRUE(listed);
  EXPECT_THAT(listed->all, IsEmpty());
  EXPECT_EQ(*history_.next(), 1U);
  EXPECT_EQ(history_.load(3).error().code, ENOENT);
  EXPECT_THAT(history_.load(3).error().message, HasSubstr("there is no generation 3"));
}

// Every byte of the file, one after another.
TEST_F(GenerationsTest, ADamagedOneIsNamedAndTheOthersAreUsed) {
  for (uint32_t number : {1U, 2U, 3U}) add(number);
  const std::string path = kDirectory + "/2.about";
  const std::string sound = files_.files[path];
  for (size_t at = 0; at <= sound.size(); ++at) {
    std::string& bytes = files_.files[path];
    bytes = sound;
    if (at < sound.size())
      bytes[at] = static_cast<char>(bytes[at] ^ 0x01);
    else
      bytes.resize(at / 2);
    auto listed = history_.list();
    ASSERT_TRUE(listed);
    if (listed->all.size() == 3) {  // a byte that says nothing, such as a checksum of no routes
      EXPECT_EQ(*history_.load(2), make(2)) << at;
      continue;
    }
    EXPECT_THAT(numbers(), ElementsAre(1, 3)) << at;
    EXPECT_THAT(listed->damaged, ElementsAre(HasSubstr(path))) << at;
    EXPECT_EQ(current(listed->all)->number, 3U);
    EXPECT_EQ(kept_before(listed->all, 3)->number, 1U);
  }
}

TEST_F(GenerationsTest, TheCurrentOneIsTheNewestThatWasKept) {
  add(1), add(2), add(3, Fate::reverted), add(4, Fate::pending);
  auto listed = history_.list();
  EXPECT_EQ(current(listed->all)->number, 2U);
  EXPECT_EQ(kept_before(listed->all, 2)->number, 1U);
  EXPECT_EQ(kept_before(listed->all, 1), nullptr);
}

TEST_F(GenerationsTest, PruningSparesTheCurrentTheOneBeforeAndPendingOnes) {
  add(1), add(2);
  for (uint32_t number = 3; number <= 9; ++number) add(number, Fate::reverted);
  add(10, Fate::pending);
  history_.prune(*history_.list(), 3);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 10));
  for (const auto& [path, text] : files_.files) EXPECT_THAT(path, testing::Not(HasSubstr("/5."))) << path;
}

TEST_F(GenerationsTest, PruningTakesTheOldestAndWhatNeverCameToBe) {
  for (uint32_t number = 1; number <= 6; ++number) add(number);
  ASSERT_TRUE(history_.write(7, Part::before, "of a change that was refused"));
  files_.files[kDirectory + "/3.about"] = "damaged";
  history_.prune(*history_.list(), 3);
  EXPECT_THAT(numbers(), ElementsAre(4, 5, 6));
  EXPECT_FALSE(files_.files.contains(kDirectory + "/7.before"));
  EXPECT_TRUE(files_.files.contains(kDirectory + "/3.spec")) << "a person may want to look at it";
}

TEST_F(GenerationsTest, TheLedgerMovesOnce) {
  ASSERT_TRUE(history_.write(4, Part::ledger, "new"));
  files_.files["/ledger"] = "old";
  ASSERT_TRUE(history_.promote_ledger(4, "/ledger"));
  EXPECT_EQ(files_.files["/ledger"], "new");
  files_.files["/ledger"] = "newer";
  ASSERT_TRUE(history_.promote_ledger(4, "/ledger"));
  EXPECT_EQ(files_.files["/ledger"], "newer");
}

TEST_F(GenerationsTest, OneThatIsForgottenLeavesNothing) {
  add(1);
  history_.forget(1);
  EXPECT_THAT(files_.files, IsEmpty());
}

}  // namespace
}  // namespace netcfg::test
