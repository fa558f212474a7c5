// `netcfg explain`, on the live state and on what a spec makes of it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

class Explain : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds(
        "ip link add name v0 type veth peer name v1; ip link set dev v0 up; ip link set dev v1 up;"
        "ip addr add 203.0.113.10/24 dev v0; ip addr add 192.0.2.2/24 dev v1;"
        "ip route add default via 203.0.113.1; ip route add default via 192.0.2.1 table 101;"
        "ip rule add priority 1000 from 192.0.2.2 lookup 101; ip route add prohibit 198.51.100.0/24"));
  }
  std::string explain(const std::string& packet) {
    auto ended = box_.run("$N --root $T explain " + packet);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return ended.out;
  }

  Sandbox box_;
};

TEST_F(Explain, EachRuleThatWasAsked) {
  EXPECT_EQ(explain("192.0.2.2 8.8.8.8"),
            "from 192.0.2.2 to 8.8.8.8\n"
            "  0: lookup local                     no route\n"
            "  1000: from 192.0.2.2/32 lookup 101  default via 192.0.2.1 dev v1\n"
            "via 192.0.2.1 dev v1 source 192.0.2.2\n");
}

TEST_F(Explain, ByTheObjectOfARoute) {
  ASSERT_TRUE(
      succeeds("ip nexthop add id 10 via 203.0.113.7 dev v0; ip nexthop add id 11 via 192.0.2.7 dev v1;"
               "ip nexthop add id 12 blackhole; ip nexthop add id 20 group 10,3/11;"
               "ip route add 10.1.0.0/16 nhid 10; ip route add 10.2.0.0/16 nhid 20;"
               "ip route add 10.3.0.0/16 nhid 12"));
  EXPECT_THAT(explain("10.1.0.1"), HasSubstr("\nvia 203.0.113.7 dev v0 source 203.0.113.10\n"));
  EXPECT_THAT(explain("10.2.0.1"), HasSubstr("via 203.0.113.7 dev v0 source 203.0.113.10 weight 3\n"));
  EXPECT_THAT(explain("10.2.0.1"), HasSubstr("via 192.0.2.7 dev v1 source 192.0.2.2 weight 1\n"));
  EXPECT_THAT(explain("10.3.0.1"), HasSubstr("blackhole"));
}

TEST_F(Explain, WhatDoesNotGo) {
  EXPECT_THAT(explain("198.51.100.7"), HasSubstr("prohibit 198.51.100.0/24\nprohibited\n"));
  EXPECT_THAT(explain("9.9.9.9 8.8.8.8"), HasSubstr("its source is no address of this host"));
  EXPECT_THAT(explain("9.9.9.9 8.8.8.8 --iif v1"), HasSubstr("forwarding is off"));
  ASSERT_TRUE(succeeds("sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1"));
  EXPECT_THAT(explain("9.9.9.9 8.8.8.8 --iif v1"), HasSubstr("(rp_filter)"));
  EXPECT_THAT(explain("192.0.2.77 8.8.8.8 --iif v1"), HasSubstr("via 203.0.113.1 dev v0"));
  EXPECT_THAT(explain("2001:db8::1"), HasSubstr("network unreachable"));
}

TEST_F(Explain, AsJson) {
  auto answer = nlohmann::json::parse(explain("any 8.8.8.8 --format json"));
  EXPECT_EQ(answer.at("format"), 1);
  EXPECT_EQ(answer.at("source"), "any");
  EXPECT_EQ(answer.at("rule").at("priority"), 32766);
  EXPECT_EQ(answer.at("table"), 254);
  EXPECT_EQ(answer.at("type"), "unicast");
  EXPECT_EQ(answer.at("interface"), "v0");
  EXPECT_EQ(answer.at("gateway"), "203.0.113.1");
  EXPECT_EQ(answer.at("preferred-source"), "203.0.113.10");
  EXPECT_EQ(answer.at("trace").size(), 2U);
  answer = nlohmann::json::parse(explain("any 198.51.100.7 --format json"));
  EXPECT_EQ(answer.at("type"), "prohibit");
  EXPECT_TRUE(answer.at("interface").is_null());
}

// What is foretold is what the kernel says afterwards.
TEST_F(Explain, WithASpec) {
  box_.write("new.yaml",
             "netcfg: 1\n"
             "interfaces: { v0: { addresses: [10.1.0.5/16, 10.1.0.6/16] }, br0: { bridge: {}, addresses: "
             "[10.2.0.1/24] } }\n"
             "routes: [{ to: 8.8.8.0/24, via: 10.1.0.1 }, { to: 9.0.0.0/8, via: 10.2.0.9, table: 77 }]\n"
             "rules: [{ priority: 900, to: 9.0.0.0/8, table: 77 }]\n");
  const std::vector<std::string> packets = {"8.8.8.8",  "9.1.1.1", "10.1.7.7",         "10.2.0.200",
                                            "10.1.0.6", "1.1.1.1", "192.0.2.2 8.8.8.8"};
  std::vector<std::string> foretold;
  for (const std::string& packet : packets)
    foretold.push_back(explain(packet + " --with new.yaml --format json"));
  EXPECT_THAT(foretold[0], HasSubstr("10.1.0.1"));
  EXPECT_NE(foretold[0], explain("8.8.8.8 --format json"));
  auto applied = box_.run("$N --root $T apply --yes new.yaml");
  ASSERT_EQ(applied.status, 0) << applied.err;
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(foretold[i], explain(packets[i] + " --format json"));
}

TEST_F(Explain, AllMistakesAtOnce) {
  auto ended = box_.run("$N explain foo bar --iif vx --dport 99999 --ip-proto tpc");
  EXPECT_EQ(ended.status, 1);
  for (const char* text : {"'foo' is not an IP address", "'bar' is not", "did you mean 'v0'?",
                           "--dport: '99999' is not a number from 0 to 65535", "no protocol 'tpc'"})
    EXPECT_THAT(ended.err, HasSubstr(text));
  EXPECT_EQ(box_.run("$N explain").status, 1);
  EXPECT_EQ(box_.run("$N explain a b c").status, 64);
}

}  // namespace
}  // namespace netcfg::test
