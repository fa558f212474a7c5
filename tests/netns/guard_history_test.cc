// What was applied is written down, can be compared, gone back to and booted.
#include <gmock/gmock.h>

#include "tests/netns/guard_fixture.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST_F(Guard, RollbackIsAChangeLikeAnyOther) {
  ASSERT_EQ(netcfg("apply -q b.yaml").status, 0);
  auto ended = netcfg("rollback --dry-run");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, ContainsRegex("gen:1 .*a.yaml:3\n"));
  EXPECT_EQ(netcfg("drift b.yaml").status, 0) << "a dry run changes nothing";
  ASSERT_EQ(netcfg("rollback").status, 0);
  EXPECT_EQ(netcfg("drift a.yaml").status, 0);
  auto all = history().at("generations");
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(all[2].at("why"), "rollback to generation 1");
  EXPECT_EQ(all[2].at("current"), true);
  ASSERT_EQ(netcfg("rollback 2").status, 0);
  EXPECT_EQ(netcfg("drift b.yaml").status, 0);
  ended = netcfg("rollback 77");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("there is no generation 77"));
  ended = netcfg("rollback -- -1");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("'-1' is no generation"));
}

TEST_F(Guard, GenerationsAreCompared) {
  ASSERT_EQ(netcfg("apply -q b.yaml").status, 0);
  auto ended = netcfg("diff gen:1 gen:2");
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("--- gen:1\n+++ gen:2\n"), HasSubstr("+ link ve0\n")));
  EXPECT_EQ(netcfg("diff gen:2 live").status, 0);
  EXPECT_EQ(netcfg("diff gen:1").status, 2);
  EXPECT_EQ(netcfg("diff gen:2 b.yaml").status, 0);
  ended = netcfg("diff gen:x");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("'gen:x' is no generation"));
}

TEST_F(Guard, ADamagedGenerationIsNamedAndTheOthersWork) {
  ASSERT_EQ(netcfg("apply -q b.yaml").status, 0);
  ASSERT_EQ(netcfg("apply -q a.yaml").status, 0);
  ASSERT_TRUE(succeeds("f=$(find " + box_.path() + " -name 2.about); echo x >>$f; f=$(find " + box_.path() +
                       " -name 1.spec); echo x >>$f"));
  auto ended = netcfg("history");
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.err, ContainsRegex("warning: .*/2.about is damaged: its checksum is wrong"));
  EXPECT_THAT(ended.out, AllOf(HasSubstr("   1  "), Not(HasSubstr("   2  ")), HasSubstr("*    3  ")));
  ended = netcfg("rollback 1");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, ContainsRegex("/1.spec is damaged"));
  EXPECT_EQ(netcfg("apply -q b.yaml").status, 0);
  EXPECT_EQ(last_outcome(), "kept");
}

TEST_F(Guard, WithoutRoomForHistoryNothingIsChanged) {
  ASSERT_TRUE(succeeds("cd " + box_.path() +
                       " && mkdir keep && cp -r var/. keep/ && mount -t tmpfs -o size=64k tmpfs var"
                       " && cp -r keep/. var/ && dd if=/dev/zero of=var/full bs=4k 2>/dev/null; true"));
  auto ended = netcfg("apply b.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("No space left on device"), HasSubstr("--no-history")));
  EXPECT_TRUE(comes_to(before_));
  expect_tidy();
  ASSERT_TRUE(succeeds("rm " + box_.path() + "/var/full && mount -o remount,ro " + box_.path() + "/var"));
  ended = netcfg("apply b.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("Read-only file system"), HasSubstr("--no-history")));
  EXPECT_TRUE(comes_to(before_));
  // The guard is the same without history.
  EXPECT_EQ(netcfg("apply -q --no-history b.yaml", at("written", "kill -KILL $PPID")).status, 137);
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(netcfg("apply -q --no-history --confirm=1s b.yaml").status, 3);
  EXPECT_TRUE(comes_to(before_));
  ended = netcfg("apply --no-history b.yaml");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("warning: what was applied is not remembered: "));
  EXPECT_EQ(netcfg("drift b.yaml").status, 0);
  ASSERT_TRUE(succeeds("umount " + box_.path() + "/var"));
}

// The machine goes down in the middle: what boots is what was kept last.
TEST_F(Guard, AnotherKernelBootsTheGenerationThatWasKept) {
  ASSERT_EQ(
      netcfg("apply -q b.yaml", "NETCFG_AT_written='kill -KILL $PPID' NETCFG_AT_reverting='kill -KILL $PPID'")
          .status,
      137);
  // A fresh network namespace stands for the machine after the reboot; its own name goes with it, so that the
  // files are moved to that of the new one. /run is empty then.
  auto ended = box_.run(
      "rm -rf run; old=$(ls var/lib/netcfg/netns)\n"
      "unshare -n sh -c 'i=$(readlink /proc/self/ns/net | tr -dc 0-9); mv var/lib/netcfg/netns/'$old' "
      "var/lib/netcfg/netns/@$i; ip link set lo up; $N --root $T recover --boot -q && $N --root $T drift "
      "a.yaml "
      "&& $N --root $T history'");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("*    1  "), HasSubstr("lost: the machine went down before it was kept")));
}

}  // namespace
}  // namespace netcfg::test
