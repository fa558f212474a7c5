// The drill itself: what the tests of reverting stand on.
#include "tests/support/ssh_drill.h"

#include <gmock/gmock.h>

#include <chrono>

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

TEST_F(SshDrillTest, CommandsAreAnswered) {
  Ran ran = drill_->ask("echo one; echo two >&2; sh -c 'exit 5'");
  EXPECT_EQ(ran.output, "one\ntwo\n");
  EXPECT_EQ(ran.status, 5);
  EXPECT_EQ(drill_->ask("test -t 0 && test -t 2 && pwd").output, box_.path() + "\n");
  EXPECT_EQ(drill_->ask("$N version").output, run(NETCFG_PROGRAM " version").output);
  EXPECT_EQ(drill_->ask("readlink /proc/self/ns/net").output, run("readlink /proc/self/ns/net").output);
}

TEST_F(SshDrillTest, TheConnectionIsWhatTheAddressesSay) {
  EXPECT_THAT(drill_->ask("echo $SSH_CONNECTION").output, MatchesRegex("192.0.2.7 [0-9]+ 192.0.2.1 22\n"));
}

TEST_F(SshDrillTest, ALateAnswerIsNotTakenForAnother) {
  EXPECT_EQ(drill_->ask("sleep 0.3; echo late", milliseconds(50)).status, -1);
  Ran ran = drill_->ask("echo next");
  EXPECT_EQ(ran.output, "next\n");
}

TEST_F(SshDrillTest, KeysReachTheProgramInFront) {
  drill_->type("sh -c 'trap \"echo caught; exit\" INT; echo begun; while :; do :; done'\n");
  ASSERT_TRUE(drill_->hear("begun"));
  drill_->type("\3");
  EXPECT_TRUE(drill_->hear("caught"));
}

TEST_F(SshDrillTest, HangingUpReachesItToo) {
  ASSERT_TRUE(succeeds("mkfifo " + box_.path() + "/told"));
  drill_->type("sh -c 'trap \"echo hung up >$T/told; exit\" HUP; echo begun; while :; do :; done'\n");
  ASSERT_TRUE(drill_->hear("begun"));
  drill_->hang_up();
  EXPECT_FALSE(drill_->connected());
  EXPECT_EQ(run("timeout 20 cat " + box_.path() + "/told").output, "hung up\n");
}

// Without its address the host neither hears nor answers; with it again the same connection goes on.
TEST_F(SshDrillTest, TheSessionSurvivesAnOutage) {
  auto port = drill_->ask("echo $SSH_CONNECTION").output;
  ASSERT_TRUE(succeeds("ip addr del 192.0.2.1/24 dev eth0"));
  drill_->type("echo through\n");
  EXPECT_FALSE(drill_->hear("through", milliseconds(700)));
  EXPECT_FALSE(drill_->accepts());
  ASSERT_TRUE(succeeds("ip addr add 192.0.2.1/24 dev eth0"));
  auto back = steady_clock::now();
  EXPECT_TRUE(drill_->accepts());
  EXPECT_TRUE(drill_->hear("through", milliseconds(10000)));
  RecordProperty("resumed_after_ms", int((steady_clock::now() - back) / milliseconds(1)));
  EXPECT_TRUE(drill_->connected());
  EXPECT_EQ(drill_->ask("echo $SSH_CONNECTION").output, port);
}

TEST_F(SshDrillTest, NetcfgSeesTheSession) {
  box_.write("cut.yaml", "netcfg: 1\ninterfaces:\n  eth0: { addresses: [192.0.2.50/24] }\n");
  Ran plan = drill_->ask("$N --root $T plan cut.yaml");
  EXPECT_THAT(plan.output, Not(HasSubstr("cuts the SSH session")));  // the address is another's: it stays
  box_.write("own.yaml",
             "netcfg: 1\ninterfaces:\n  eth0: { addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n");
  ASSERT_TRUE(drill_->ask("$N --root $T apply --yes own.yaml").ok());
  plan = drill_->ask("$N --root $T plan cut.yaml");
  EXPECT_THAT(plan.output, HasSubstr("this cuts the SSH session from 192.0.2.7")) << plan.output;
  // The answer of the apply that cuts its own session does not arrive.
  EXPECT_EQ(drill_->ask("$N --root $T apply --yes cut.yaml", milliseconds(1000)).status, -1);
  EXPECT_THAT(run("ip -4 -br addr show dev eth0").output, HasSubstr("192.0.2.50/24"));
  ASSERT_TRUE(succeeds("ip addr add 192.0.2.1/24 dev eth0"));
  EXPECT_EQ(drill_->ask("echo back").output, "back\n");
}

class RoutedSshDrill : public SshDrillTest {
  SshDrillNet net() const override { return {.ipv6 = true, .router = true}; }
};

TEST_F(RoutedSshDrill, GoesByTheRouter) {
  EXPECT_THAT(drill_->ask("echo $SSH_CONNECTION").output, StartsWith("2001:db8:2::7 "));
  ASSERT_TRUE(succeeds("ip -6 route del default"));
  EXPECT_EQ(drill_->ask("echo x", milliseconds(300)).status, -1);
  ASSERT_TRUE(succeeds("ip -6 route add default via 2001:db8:1::fe"));
  EXPECT_EQ(drill_->ask("echo back").output, "back\n");
  ASSERT_TRUE(drill_->router("ip link set admin down").ok());
  EXPECT_EQ(drill_->ask("echo x", milliseconds(300)).status, -1);
}

}  // namespace
}  // namespace netcfg::test
