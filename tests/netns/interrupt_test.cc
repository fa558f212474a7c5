// Changes that are asked about, refused, interrupted, or in each other's way.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/in_ci.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSmall = "netcfg: 1\ninterfaces: { br0: { bridge: {} } }\n";

// Enough routes that there is time to interrupt.
std::string large_spec(int routes) {
  std::string spec = "netcfg: 1\ninterfaces: { br0: { bridge: {}, addresses: [192.0.2.1/24] } }\nroutes:\n";
  for (int i = 0; i < routes; ++i)
    spec += "  - { to: 10." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255) +
            ".0/24, via: 192.0.2.2, table: " + std::to_string(1000 + (i >> 16)) + " }\n";
  return spec;
}

class Interrupt : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"));
    box_.write("small.yaml", kSmall);
  }
  // Runs `apply small.yaml` with a terminal; `answer` is typed.
  // The program itself is what the terminal holds: a shell between them would hear its signals, too.
  Sandbox::Ended on_terminal(const std::string& answer, const std::string& options = "") {
    return box_.run("{ until grep -q 'y/N' typescript 2>/dev/null; do :; done; printf '" + answer +
                    "'; } | script -qefc \"exec $N --root $T apply " + options + " small.yaml\" typescript");
  }

  Sandbox box_;
};

TEST_F(Interrupt, APersonIsAskedAfterThePlanWasShown) {
  auto ended = on_terminal("n\\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("br0"), HasSubstr("Apply these changes? [y/N]"),
                               HasSubstr("nothing was changed")));
  EXPECT_FALSE(run("ip link show br0").ok());
  ended = on_terminal("y\\n");
  EXPECT_EQ(ended.status, 0) << ended.out;
  EXPECT_TRUE(run("ip link show br0").ok());
}

TEST_F(Interrupt, AnythingButYesIsNo) {
  for (const char* answer : {"\\n", "nay\\n", "\\004", "yo\\n"}) {
    auto ended = on_terminal(answer);
    EXPECT_EQ(ended.status, 1) << answer;
    EXPECT_FALSE(run("ip link show br0").ok()) << answer;
    ASSERT_TRUE(run("rm -f " + box_.path() + "/typescript").ok());
  }
}

TEST_F(Interrupt, ControlCAtTheQuestionChangesNothing) {
  auto ended = on_terminal("\\003");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("interrupted: nothing was changed"));
  EXPECT_FALSE(run("ip link show br0").ok());
}

TEST_F(Interrupt, YesIsNotAsked) {
  auto ended = box_.run("script -qefc \"exec $N --root $T apply --yes small.yaml\" typescript </dev/null");
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, Not(HasSubstr("y/N")));
  EXPECT_TRUE(run("ip link show br0").ok());
}

TEST_F(Interrupt, ASignalInTheMiddleTakesTheChangeBack) {
  box_.write("large.yaml", large_spec(60'000));
  std::string before = dump_state();
  for (const char* signal : {"INT", "TERM", "HUP"}) {
    auto ended = box_.run(std::string("env --default-signal=") + signal +
                          " $N --root $T apply -q large.yaml >out 2>err & p=$!\n"
                          "until ip route show table 1000 2>/dev/null | head -1 | grep -q .; do\n"
                          "  kill -0 $p || break\ndone\n"
                          "kill -" +
                          signal + " $p; wait $p; s=$?; cat err >&2; exit $s");
    EXPECT_EQ(ended.status, 3) << signal << box_.read("out") << ended.err;
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr("interrupted"), HasSubstr("The earlier state is restored and verified.")));
    EXPECT_EQ(dump_state(), before) << signal;
  }
  EXPECT_FALSE(run("find " + box_.path() + " -name ledger.json | grep -q .").ok());
}

TEST_F(Interrupt, ASignalThatWasIgnoredStaysIgnored) {
  box_.write("large.yaml", large_spec(5'000));
  auto ended = box_.run(
      "nohup $N --root $T apply -q large.yaml >out 2>&1 & p=$!\n"
      "until ip link show br0 >/dev/null 2>&1; do kill -0 $p || break; done\n"
      "kill -HUP $p; wait $p");
  EXPECT_EQ(ended.status, 0) << box_.read("out");
}

TEST_F(Interrupt, TheSecondIsToldWhoIsFirst) {
  auto ended = box_.run(
      "mkfifo keys\n"
      "SSH_CONNECTION='192.0.2.7 1234 192.0.2.1 22' SUDO_USER=alice "
      "script -qefc \"exec $N --root $T apply small.yaml\" typescript <keys >/dev/null & p=$!\n"
      "exec 3>keys\n"
      "until grep -q 'y/N' typescript 2>/dev/null; do :; done\n"
      "$N --root $T apply small.yaml; s=$?\n"
      "$N --root $T apply --format json small.yaml || [ $? = 5 ] || s=99\n"
      "$N --root $T plan small.yaml >/dev/null || s=98\n"
      "$N --root $T drift small.yaml >/dev/null || [ $? = 2 ] || s=97\n"
      "echo n >&3; wait $p\n"
      "$N --root $T apply small.yaml >/dev/null || s=96\n"
      "exit $s");
  EXPECT_EQ(ended.status, 5) << ended.err;
  EXPECT_THAT(ended.err,
              ContainsRegex("another change is under way: process [0-9]+ of alice from 192.0.2.7 on /dev/pts/"
                            "[0-9]+, since .*[(][0-9]+ s[)]\n +hint: "));
  EXPECT_EQ(nlohmann::json::parse(ended.out).at("errors").size(), 1U);
}

TEST_F(Interrupt, AKilledApplyLeavesNoLock) {
  box_.write("large.yaml", large_spec(20'000));
  auto ended = box_.run(
      "$N --root $T apply -q large.yaml & p=$!\n"
      "until ip link show br0 >/dev/null 2>&1; do kill -0 $p || break; done\n"
      "kill -KILL $p; wait $p 2>/dev/null\n"
      "$N --root $T apply -q large.yaml && $N --root $T drift large.yaml");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
}

TEST_F(Interrupt, MissingCapabilitiesAreNamed) {
  auto ended =
      box_.run("setpriv --bounding-set -net_admin --inh-caps -net_admin $N --root $T apply small.yaml");
  if (ended.status == 127 || ended.err.find("setpriv") == 0) {
    if (in_ci()) FAIL() << ended.err;
    GTEST_SKIP() << "NOT TESTED: " << ended.err;
  }
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("CAP_NET_ADMIN"), HasSubstr("hint: run it as root")));
  EXPECT_FALSE(run("ip link show br0").ok());
  // To look takes none.
  ended = box_.run(
      "setpriv --bounding-set -all --inh-caps -all $N --root $T plan --detailed-exitcode small.yaml");
  EXPECT_EQ(ended.status, 2) << ended.err;
}

TEST_F(Interrupt, AUserNamespaceIsEnoughWhenTheNetworkIsItsOwn) {
  if (!run("unshare -Urn true").ok()) {
    if (in_ci()) FAIL() << "no user namespaces here";
    GTEST_SKIP() << "NOT TESTED: "
                 << "no user namespaces here";
  }
  auto ended = box_.run("unshare -Urn sh -c '$N --root $T apply -q small.yaml && ip link show br0'");
  EXPECT_EQ(ended.status, 0) << ended.err;
  ended = box_.run("unshare -Ur $N --root $T apply small.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("only in its own user namespace"));
}

}  // namespace
}  // namespace netcfg::test
