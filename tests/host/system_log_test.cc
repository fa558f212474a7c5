// What is sent to those who keep the machine's log.
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "netcfg/host/system_log.h"
#include "tests/support/log_socket.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Pair;
using testing::SizeIs;

const LogEntry kEntry{
    Urgency::warning, "it was\ntaken back", {{"NETCFG_USER", "alice"}, {"NETCFG_WHY", "a\n=b"}}};

class SystemLogTest : public testing::Test {
 protected:
  Sandbox box_;
  std::string journal_ = box_.path() + "/" + std::string(150, 'j') + "/socket";
  std::string syslog_ = box_.path() + "/log";
  SystemLog log_{journal_, syslog_};
};

TEST_F(SystemLogTest, TheJournalGetsFields) {
  EXPECT_THAT(journal_fields(journal_datagram(kEntry)),
              ElementsAre(Pair("MESSAGE", "it was\ntaken back"), Pair("NETCFG_USER", "alice"),
                          Pair("NETCFG_WHY", "a\n=b"), Pair("PRIORITY", "4"), Pair("SYSLOG_FACILITY", "3"),
                          Pair("SYSLOG_IDENTIFIER", "netcfg")));
}

TEST_F(SystemLogTest, WhatIsTooLongIsCut) {
  LogEntry entry{
      Urgency::critical, std::string(1 << 20, 'x'), {{"NETCFG_LEFTOVER", std::string(1 << 20, '\n')}}};
  EXPECT_LT(journal_datagram(entry).size(), 20'000U);
  EXPECT_LT(syslog_datagram(entry, 1, 0).size(), 2000U);
}

TEST_F(SystemLogTest, ALineOfSyslog) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(syslog_datagram(kEntry, 77, 1'000'000), "<28>Jan 12 13:46:40 netcfg[77]: it was?taken back");
  unsetenv("TZ");
}

TEST_F(SystemLogTest, SyslogIsForWhereThereIsNoJournal) {
  LogSocket syslog(syslog_, SOCK_DGRAM);
  log_.write(kEntry);
  EXPECT_THAT(syslog.received(), ElementsAre(MatchesRegex("<28>.* netcfg.[0-9]+.: it was.taken back")));
  LogSocket journal(box_.path() + "/journal", SOCK_DGRAM);
  // Where it is in the end, no address could name it.
  std::filesystem::create_directories(std::filesystem::path(journal_).parent_path());
  std::filesystem::rename(box_.path() + "/journal", journal_);
  log_.write(kEntry);
  EXPECT_THAT(journal.received(), ElementsAre(journal_datagram(kEntry)));
  EXPECT_THAT(syslog.received(), IsEmpty());
}

TEST_F(SystemLogTest, ADaemonThatListensToStreams) {
  LogSocket syslog(syslog_, SOCK_STREAM);
  log_.write(kEntry);
  EXPECT_THAT(syslog.received(), ElementsAre(EndsWith(std::string("taken back\0", 11))));
}

TEST_F(SystemLogTest, NobodyListens) {
  log_.write(kEntry);
  SUCCEED() << "and nothing else can be seen of it";
}

// It hangs, its queue is full: whoever logs goes on.
TEST_F(SystemLogTest, ADaemonThatHangs) {
  LogSocket syslog(syslog_, SOCK_DGRAM);
  std::string last;
  for (int i = 0; i < 600; ++i) {  // more than net.unix.max_dgram_qlen
    LogEntry entry{Urgency::notice, std::to_string(i), {}};
    auto begin = time(nullptr);
    log_.write(entry);
    if (time(nullptr) > begin) break;
  }
  EXPECT_THAT(syslog.received(), testing::Not(SizeIs(600)));
}

}  // namespace
}  // namespace netcfg::test
