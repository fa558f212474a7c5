// The journal of a real systemd has the outcome of changes, with fields by which it can be asked.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/netns.h"
#include "tests/systemd/change.h"

namespace netcfg::test {
namespace {

class ReverterLog : public ChangeTest {
 protected:
  // What the journal has of the generation.
  nlohmann::json entry_of(int generation) const {
    auto ended =
        box_.run("journalctl --sync; journalctl -q -o json NETCFG_GENERATION=" + std::to_string(generation) +
                 " --since=\"@$(stat -c %Y a.yaml)\"");
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 1) << ended.out;
    return nlohmann::json::parse(ended.out.substr(0, ended.out.find('\n')), nullptr, false);
  }
  static void expect(const nlohmann::json& entry, const std::string& outcome, const std::string& priority) {
    ASSERT_TRUE(entry.is_object());
    EXPECT_EQ(entry.value("NETCFG_OUTCOME", ""), outcome);
    EXPECT_EQ(entry.value("PRIORITY", ""), priority);
    EXPECT_EQ(entry.value("SYSLOG_IDENTIFIER", ""), "netcfg");
    EXPECT_EQ(entry.value("NETCFG_USER", ""), "alice");
    EXPECT_EQ(entry.value("_COMM", ""), "netcfg");
  }
};

TEST_F(ReverterLog, HasTheOutcome) {
  ASSERT_EQ(box_.run("SUDO_USER=alice $N apply -q b.yaml").status, 0);
  expect(entry_of(2), "kept", "5");
  EXPECT_EQ(box_.run("SUDO_USER=alice $N apply -q --confirm=1s a.yaml").status, 3);
  auto entry = entry_of(3);
  expect(entry, "reverted", "4");
  EXPECT_EQ(entry.value("NETCFG_WHY", ""), "nobody confirmed it within 1 s");
}

TEST_F(ReverterLog, IsWrittenByTheReverterAsWell) {
  EXPECT_EQ(box_.run(at("written", "kill -KILL $PPID") + "SUDO_USER=alice $N apply -q b.yaml").status, 137);
  expect_before("reverted");
  auto entry = entry_of(2);
  expect(entry, "reverted", "4");
  EXPECT_EQ(entry.value("_SYSTEMD_UNIT", ""), "netcfg-reverter-2.service");
}

}  // namespace
}  // namespace netcfg::test
