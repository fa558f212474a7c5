// Several uplinks on a real kernel, between providers that drop what is not from their addresses.
#include <gmock/gmock.h>

#include "tests/netns/uplinks_fixture.h"

namespace netcfg::test {
namespace {

using testing::StartsWith;

constexpr const char* kForwards = R"(
nat:
  port-forward:
    - { in: eth0, ip-proto: tcp, dport: 8080, to: "10.0.0.2:80" }
    - { in: eth1, ip-proto: [tcp, udp], dport: 8080, to: "10.0.0.2:80" }
)";

TEST_F(UplinksTest, LocalServersAnswerByTheUplinkThatTheyWereAskedBy) {
  apply(kFailover);
  net_->serve(53);
  for (const char* address : {"203.0.113.10", "198.51.100.10"}) {
    for (const char* protocol : {"tcp", "udp", "icmp"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("192.0.2.7 ")) << protocol << address;
  }
  for (const char* address : {"2001:db8:a::10", "2001:db8:b::10"})
    for (const char* protocol : {"tcp", "icmp"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("2001:db8:c::7 ")) << protocol << address;
  EXPECT_THAT(net_->ask("udp", "2001:db8:a::10", 53), StartsWith("2001:db8:c::7 "));
}

TEST_F(UplinksTest, WhatThisHostAsksLeavesByTheActiveOneOrByItsAddress) {
  apply(kFailover);
  for (const char* protocol : {"tcp", "udp"}) {
    EXPECT_THAT(net_->ask_from_host(protocol, TwoProviders::kClient4), StartsWith("203.0.113.10 "))
        << protocol;
    EXPECT_THAT(net_->ask_from_host(protocol, TwoProviders::kClient4, "198.51.100.10"),
                StartsWith("198.51.100.10 "))
        << protocol;
    EXPECT_THAT(net_->ask_from_host(protocol, TwoProviders::kClient6), StartsWith("2001:db8:a::10 "))
        << protocol;
    EXPECT_THAT(net_->ask_from_host(protocol, TwoProviders::kClient6, "2001:db8:b::10"),
                StartsWith("2001:db8:b::10 "))
        << protocol;
  }
}

TEST_F(UplinksTest, ForwardedConnectionsAreAnsweredByTheUplinkThatTheyCameBy) {
  apply(std::string(kFailover) + kForwards);
  net_->serve_inside(80);
  EXPECT_THAT(net_->ask("tcp", "203.0.113.10", 8080), StartsWith("192.0.2.7 "));
  EXPECT_THAT(net_->ask("tcp", "198.51.100.10", 8080), StartsWith("192.0.2.7 "));
  EXPECT_THAT(net_->ask("udp", "198.51.100.10", 8080), StartsWith("192.0.2.7 "));
}

TEST_F(UplinksTest, WhatIsBehindTheHostLeavesWithTheAddressOfItsUplink) {
  apply(kFailover);
  EXPECT_THAT(net_->ask_from_inside("udp", TwoProviders::kClient4), StartsWith("203.0.113.10 "));
  EXPECT_THAT(net_->ask_from_inside("tcp", TwoProviders::kClient4), StartsWith("198.51.100.10 "))
      << "steered";
}

TEST_F(UplinksTest, AnotherActiveOneIsNoDriftAndStays) {
  apply(kFailover);
  std::string group =
      "ip nexthop replace id 7800000 group $(ip nexthop show dev eth1 | sed -n 's/^id \\([0-9]*\\) "
      "via 198.*/\\1/p') proto 78";
  ASSERT_TRUE(succeeds(group));
  EXPECT_EQ(box_.run("$N --root $T drift spec.yaml").status, 0);
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4), StartsWith("198.51.100.10 "));
  apply(std::string(kFailover) + kForwards);
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4), StartsWith("198.51.100.10 "))
      << "an apply of something else moved it";
}

TEST_F(UplinksTest, ThePlanSaysWhatEachIsFor) {
  box_.write("spec.yaml", std::string(kHost) + kFailover);
  auto ended = box_.run("$N --root $T plan spec.yaml");
  for (const char* text : {"return path of uplink telecom", "return path of uplink unicom",
                           "traffic steered to uplink unicom", "gateway of uplink telecom"})
    EXPECT_THAT(ended.out, testing::HasSubstr(text));
}

// Main knows the way to them, with the source that it says.
TEST_F(UplinksTest, NeighboursOnALineAreAnsweredFromTheAddressThatTheyAsked) {
  apply(kFailover);
  net_->serve(53);
  for (const char* protocol : {"tcp", "udp", "icmp"}) {
    EXPECT_THAT(net_->ask_from_provider('a', protocol, "203.0.113.10", 53), StartsWith("203.0.113.1 "))
        << protocol;
    EXPECT_THAT(net_->ask_from_provider('b', protocol, "198.51.100.10", 53), StartsWith("198.51.100.1 "))
        << protocol;
  }
}

TEST_F(UplinksTest, TakenOutOfTheSpecNothingIsLeft) {
  apply("");
  std::string before = dump_state();
  apply(std::string(kFailover) + kForwards);
  apply("");
  EXPECT_EQ(dump_state(), before);
}

}  // namespace
}  // namespace netcfg::test
