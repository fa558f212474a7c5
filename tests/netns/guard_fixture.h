// A host that was set up by netcfg, and a change of everything on it.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/settled.h"

namespace netcfg::test {

inline constexpr const char* kBefore = R"(netcfg: 1
interfaces:
  br0: { bridge: {}, addresses: [192.0.2.1/24, "2001:db8::1/64"], ipv6: { accept-ra: false } }
routes: [{ to: 10.0.0.0/8, via: 192.0.2.2 }]
rules: [{ priority: 100, from: 10.0.0.0/8, table: 1000 }]
sysctl: { net.ipv4.ip_forward: 1 }
)";
// Everything is otherwise: links come, an address, a route and a rule go, a parameter changes.
inline constexpr const char* kAfter = R"(netcfg: 1
interfaces:
  br0: { bridge: {}, mtu: 1400, addresses: [192.0.2.7/24] }
  ve0: { veth: { peer: ve1 } }
routes: [{ to: 10.1.0.0/16, via: 192.0.2.2 }]
sysctl: { net.ipv4.ip_forward: 0 }
)";

class Guard : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1"));
    box_.write("a.yaml", kBefore);
    box_.write("b.yaml", kAfter);
    auto ended = box_.run("$N --root $T apply -q a.yaml");
    ASSERT_EQ(ended.status, 0) << ended.err;
    before_ = dump_when_quiet();
  }
  // Runs netcfg; everything that it left running has ended afterwards, since that holds the lock.
  Sandbox::Ended netcfg(const std::string& words, const std::string& environment = "") {
    auto ended = box_.run("export " + environment + " NETCFG_TEST=1\n$N --root $T " + words);
    wait_for_reverter();
    return ended;
  }
  void wait_for_reverter() {
    EXPECT_EQ(box_.run("for l in $(find $T/run -name lock); do flock -w 20 $l true || exit 1; done").status,
              0);
  }
  nlohmann::json history() {
    auto ended = box_.run("$N --root $T history --format json");
    EXPECT_EQ(ended.status, 0) << ended.err;
    return nlohmann::json::parse(ended.out);
  }
  std::string last_outcome() { return history().at("generations").back().at("outcome"); }
  // netcfg itself, not the reverter, which has the same environment.
  static std::string at(const std::string& moment, const std::string& command) {
    return "NETCFG_AT_" + moment + "='grep -q reverter /proc/$PPID/cmdline || " + command + "'";
  }
  // No file of the change is left lying about.
  void expect_tidy() {
    EXPECT_EQ(box_.run("find $T/run -name 'window.*'").out, "");
    EXPECT_EQ(box_.run("find $T/var $T/run -name '.*' -type f").out, "");
  }

  Sandbox box_;
  std::string before_;
};

}  // namespace netcfg::test
