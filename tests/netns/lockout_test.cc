// Plans that cut the SSH session of whoever gives them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class LockoutTest : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("ip link add name v0 type veth peer name v1; ip link set dev v1 up"));
    box_.write("now.yaml", spec("203.0.113.10/24", "203.0.113.1", ""));
    auto applied = box_.run("$N --root $T apply --yes now.yaml");
    ASSERT_EQ(applied.status, 0) << applied.err;
  }
  static std::string spec(const std::string& address, const std::string& gateway, const std::string& more) {
    return "netcfg: 1\ninterfaces:\n  v0:\n    addresses: [" + address +
           "]\nroutes:\n  - { to: default, via: " + gateway + " }\n" + more;
  }
  Sandbox::Ended with_ssh(const std::string& verb, const std::string& spec) {
    box_.write("new.yaml", spec);
    return box_.run("SSH_CONNECTION='198.51.100.7 40000 203.0.113.10 22' $N --root $T " + verb + " new.yaml");
  }

  Sandbox box_;
};

TEST_F(LockoutTest, WhatDoesNotCutIsNotWarnedOf) {
  for (const char* more : {"  - { to: 10.0.0.0/8, via: 203.0.113.9 }\n",
                           "rules: [{ priority: 50, from: 192.0.2.0/24, table: 77 }]\n",
                           "  - { to: 198.51.100.0/24, via: 203.0.113.3 }\n"}) {
    auto ended = with_ssh("plan", spec("203.0.113.10/24", "203.0.113.1", more));
    EXPECT_EQ(ended.status, 0);
    EXPECT_THAT(ended.out, Not(HasSubstr("SSH session"))) << more;
  }
}

TEST_F(LockoutTest, EachWayOfCuttingIsForeseen) {
  struct Case {
    const char *address, *gateway, *more, *told;
  };
  for (const Case& c : {
           Case{"203.0.113.20/24", "203.0.113.1", "", "its source is no address of this host"},
           Case{"203.0.113.10/24", "203.0.113.1", "  - { to: 198.51.100.0/24, type: blackhole }\n",
                "route 198.51.100.0/24 is created"},
           Case{"203.0.113.10/24", "203.0.113.1",
                "rules: [{ priority: 50, to: 198.51.100.7, action: prohibit }]\n", "will be prohibit"},
           Case{"203.0.113.10/24, 198.51.100.1/24", "203.0.113.1",
                "rules: [{ priority: 50, from: 203.0.113.10, action: unreachable }]\n", "unreachable"},
       }) {
    auto ended = with_ssh("plan", spec(c.address, c.gateway, c.more));
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("this cuts the SSH session from 198.51.100.7")) << c.more;
    EXPECT_THAT(ended.out, HasSubstr(c.told)) << c.more;
    EXPECT_THAT(ended.out, HasSubstr("now they leave via 203.0.113.1 dev v0"));
  }
}

TEST_F(LockoutTest, ApplyWithoutATerminalRefuses) {
  std::string cuts = spec("203.0.113.20/24", "203.0.113.1", "");
  std::string before = dump_when_quiet();
  auto ended = with_ssh("apply", cuts);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("this cuts the SSH session"));
  EXPECT_THAT(ended.err, HasSubstr("nothing was changed"));
  EXPECT_THAT(ended.err, HasSubstr("with --yes it is tried, and taken back unless the session lives on"));
  EXPECT_TRUE(comes_to(before));
  EXPECT_EQ(with_ssh("apply --yes", cuts).status, 0);
}

// A cut that nothing takes back has to be confirmed.
TEST_F(LockoutTest, YesDoesNotReplaceAGuard) {
  std::string cuts = spec("203.0.113.20/24", "203.0.113.1", "");
  std::string before = dump_when_quiet();
  for (const char* guard : {"", "guard: { probes: [] }\n"}) {
    auto ended = with_ssh(*guard == '\0' ? "apply --yes --no-check" : "apply --yes", cuts + guard);
    EXPECT_EQ(ended.status, 1) << guard;
    EXPECT_THAT(ended.err, HasSubstr("this cuts the SSH session from 198.51.100.7"));
    EXPECT_THAT(ended.err, HasSubstr("no connection is tried, so nothing would take it back: --confirm=2m "
                                     "takes it back unless 'netcfg confirm' comes"));
  }
  EXPECT_TRUE(comes_to(before));
  EXPECT_EQ(with_ssh("apply --yes --no-check --confirm=1s", cuts).status, 3);
  EXPECT_TRUE(comes_to(before));
  EXPECT_EQ(with_ssh("apply --yes --no-check --check interface:v0", cuts).status, 0);
}

// What does not cut needs neither.
TEST_F(LockoutTest, YesWithoutAGuardForWhatKeepsTheSession) {
  auto ended =
      with_ssh("apply --yes --no-check", spec("203.0.113.10/24, 203.0.113.20/24", "203.0.113.1", ""));
  EXPECT_EQ(ended.status, 0) << ended.err;
}

TEST_F(LockoutTest, TheGuardsTargetsAreForeseenToo) {
  std::string moves = spec("203.0.113.10/24", "203.0.113.1", "  - { to: 192.0.2.0/24, via: 203.0.113.3 }\n");
  std::string cuts = spec("203.0.113.10/24", "203.0.113.1", "  - { to: 192.0.2.0/24, type: unreachable }\n");
  std::string guard = "guard: { probes: [ssh, 'tcp:192.0.2.53:53'] }\n";
  auto ended = with_ssh("plan", cuts + guard);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("warning: this cuts what tcp:192.0.2.53:53 probes: its packets will be "
                                   "unreachable (route 192.0.2.0/24 is created)"));
  EXPECT_THAT(ended.out, Not(HasSubstr("SSH session")));
  ended = with_ssh("plan", cuts);
  EXPECT_THAT(ended.out, Not(HasSubstr("probes"))) << "nobody looks after it";
  ended = with_ssh("apply --dry-run --check ping:192.0.2.53 --check command:/bin/true", cuts);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(ended.out, HasSubstr("this cuts what ping:192.0.2.53 probes"));
  ended = with_ssh("plan", spec("203.0.113.10/24, 192.0.2.1/24", "203.0.113.1", guard));
  EXPECT_THAT(ended.out,
              HasSubstr("this moves what tcp:192.0.2.53:53 probes: packets to 192.0.2.53 will leave "
                        "dev v0 from 192.0.2.1 (address v0 192.0.2.1/24 is created)"));
  ended = with_ssh("plan", moves + guard);
  EXPECT_THAT(ended.out, Not(HasSubstr("probes"))) << "another gateway is no other way out";
  // It warns, but does not refuse: that is for what cuts whoever asks.
  ended = with_ssh("apply", cuts + guard);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("this cuts what tcp:192.0.2.53:53 probes"));
}

TEST_F(LockoutTest, AGuardChangesNothingElseOfAPlan) {
  std::string plain = spec("203.0.113.10/24, 203.0.113.20/24", "203.0.113.1", "");
  std::string shown = with_ssh("plan", plain).out;
  EXPECT_THAT(shown, HasSubstr("1 to create"));
  std::string guarded = plain + "guard: { window: 5s, probes: [gateway, ssh, 'ping:192.0.2.53'] }\n";
  for (const char* verb : {"plan", "apply --dry-run", "apply --dry-run --check tcp:192.0.2.1:22"}) {
    auto ended = with_ssh(verb, guarded);
    EXPECT_EQ(ended.status, 0) << verb;
    EXPECT_EQ(ended.err, "") << verb;
    EXPECT_EQ(ended.out, shown) << verb;
  }
}

// sudo takes SSH_CONNECTION away.
TEST_F(LockoutTest, TheSessionIsFoundBehindSudo) {
  box_.write("new.yaml", spec("203.0.113.20/24", "203.0.113.1", ""));
  auto ended = box_.run(
      "SSH_CONNECTION='198.51.100.7 40000 203.0.113.10 22' sh -c "
      "'env -u SSH_CONNECTION $N --root $T plan new.yaml; true'");
  EXPECT_THAT(ended.out, HasSubstr("this cuts the SSH session from 198.51.100.7"));
}

}  // namespace
}  // namespace netcfg::test
