// Uplinks that are connected in unusual ways, with real packets: both behind one card, in networks that
// overlap, without a network in common with their gateway, with several addresses.
#include "tests/netns/uplinks_fixture.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class OneCard : public UplinksTest {
  TwoProviders::Lines lines() const override { return TwoProviders::Lines::one_card; }
};

const std::string kOneCard = R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24, 198.51.100.10/24, "2001:db8:a::10/64", "2001:db8:b::10/64"] }
  lan: {}
)";
const std::string kOnOneCard = R"(uplinks:
  links:
    telecom: { interface: eth0, gateway: [203.0.113.1, "2001:db8:a::1"], addresses: [203.0.113.10, "2001:db8:a::10"], priority: 1 }
    unicom: { interface: eth0, gateway: [198.51.100.1, "2001:db8:b::1"], addresses: [198.51.100.10, "2001:db8:b::10"], priority: 2 }
  steer:
    - { match: { ip-proto: tcp, dport: 4000, from: 10.0.0.2/32 }, via: unicom }
nat:
  port-forward:
    - { in: eth0, ip-proto: tcp, dport: 8080, to: "10.0.0.2:80" }
)";

TEST_F(OneCard, EachWayIsTheRightOne) {
  apply(kOnOneCard, kOneCard);
  net_->serve(53);
  net_->serve_inside(80);
  for (const char* protocol : {"tcp", "udp", "icmp"})
    for (const char* address : {"203.0.113.10", "198.51.100.10"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("192.0.2.7 ")) << protocol << address;
  for (const char* protocol : {"tcp", "icmp"})
    for (const char* address : {"2001:db8:a::10", "2001:db8:b::10"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("2001:db8:c::7 ")) << protocol << address;
  for (const char* address : {"203.0.113.10", "198.51.100.10"})
    EXPECT_THAT(net_->ask("tcp", address, 8080), StartsWith("192.0.2.7 ")) << "forwarded, " << address;
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4), StartsWith("203.0.113.10 "));
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4, "198.51.100.10"),
              StartsWith("198.51.100.10 "));
  EXPECT_THAT(net_->ask_from_inside("udp", TwoProviders::kClient4), StartsWith("203.0.113.10 "));
  EXPECT_THAT(net_->ask_from_inside("tcp", TwoProviders::kClient4), StartsWith("198.51.100.10 "))
      << "steered";
}

TEST_F(OneCard, OneGatewayTwiceIsRefused) {
  box_.write("spec.yaml", kOneCard + R"(uplinks:
  links:
    a: { interface: eth0, gateway: 203.0.113.1, addresses: 203.0.113.10 }
    b: { interface: eth0, gateway: 203.0.113.1, addresses: 198.51.100.10, onlink: true }
)");
  auto ended = box_.run("$N validate spec.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("spec.yaml:8:"));
  EXPECT_THAT(ended.err, HasSubstr("203.0.113.1 by eth0 is the way of uplink a as well"));
}

class HomeRouters : public UplinksTest {
  TwoProviders::Lines lines() const override { return TwoProviders::Lines::home_routers; }
};

const std::string kAtHome = R"(netcfg: 1
interfaces:
  eth0: { addresses: [192.168.1.10/24] }
  eth1: { addresses: [192.168.1.20/24] }
  lan: {}
)";
const std::string kHomeLinks = R"(uplinks:
  links:
    telecom: { interface: eth0, gateway: 192.168.1.1, priority: 1 }
    unicom: { interface: eth1, gateway: 192.168.1.1, priority: 2 }
  steer:
    - { match: { ip-proto: tcp, dport: 4000, from: 10.0.0.2/32 }, via: unicom }
)";

// The client sees the routers' outer addresses.
TEST_F(HomeRouters, OneNetworkBehindBothCards) {
  apply(kHomeLinks, kAtHome);
  net_->serve(53);
  // The client's server answers the routers from the address that they asked.
  ASSERT_TRUE(net_->client("ip route replace 172.16.1.0/24 dev by-a src 192.0.2.7 && "
                           "ip route replace 172.16.2.0/24 dev by-b src 192.0.2.7")
                  .ok());
  for (const char* protocol : {"tcp", "udp"})
    for (const char* address : {"172.16.1.1", "172.16.2.1"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("192.0.2.7 ")) << protocol << address;
  for (const char* protocol : {"tcp", "udp"}) {
    EXPECT_THAT(net_->ask_from_host(protocol, TwoProviders::kClient4), StartsWith("172.16.1.1 "));
    EXPECT_THAT(net_->ask_from_host(protocol, TwoProviders::kClient4, "192.168.1.20"),
                StartsWith("172.16.2.1 "));
  }
  EXPECT_THAT(net_->ask_from_inside("udp", TwoProviders::kClient4), StartsWith("172.16.1.1 "));
  EXPECT_THAT(net_->ask_from_inside("tcp", TwoProviders::kClient4), StartsWith("172.16.2.1 ")) << "steered";
}

// Main's way to 192.168.1.1 is the first card's.
TEST_F(HomeRouters, NeighboursOfEitherCardAreAnsweredByIt) {
  apply(kHomeLinks, kAtHome);
  net_->serve(53);
  for (const char* protocol : {"tcp", "icmp"}) {
    EXPECT_THAT(net_->ask_from_provider('a', protocol, "192.168.1.10", 53), StartsWith("192.168.1.1 "))
        << protocol;
    EXPECT_THAT(net_->ask_from_provider('b', protocol, "192.168.1.20", 53), StartsWith("192.168.1.1 "))
        << protocol;
  }
  // Each answers ARP for its own address alone.
  EXPECT_FALSE(net_->provider('a', "ip neigh flush all; ping -c1 -W1 192.168.1.20").ok());
}

TEST_F(HomeRouters, TheirNeighboursAreSpokenOfAndOneAddressTwiceIsRefused) {
  box_.write("spec.yaml", kAtHome + kHomeLinks);
  auto ended = box_.run("$N validate spec.yaml");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("eth1 and eth0, uplink telecom, are in networks that overlap"));
  std::string twice = kAtHome + kHomeLinks;
  twice.replace(twice.find("192.168.1.20"), 12, "192.168.1.10");
  box_.write("spec.yaml", twice);
  ended = box_.run("$N validate spec.yaml");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("192.168.1.10"));
}

// A point-to-point line by a, a gateway out of every network by b.
TEST_F(UplinksTest, GatewaysThatShareNoNetwork) {
  ASSERT_TRUE(net_->provider('a',
                             "ip addr flush dev host; ip addr add 100.64.0.1/32 dev host && "
                             "ip route add 203.0.113.10 dev host")
                  .ok());
  ASSERT_TRUE(net_->provider('b',
                             "ip addr flush dev host; ip addr add 100.65.0.1/32 dev host && "
                             "ip route add 198.51.100.10 dev host")
                  .ok());
  apply(R"(uplinks:
  links:
    telecom: { interface: eth0, gateway: 100.64.0.1, priority: 1 }
    unicom: { interface: eth1, gateway: 100.65.0.1, onlink: true, priority: 2 }
)",
        R"(netcfg: 1
interfaces:
  eth0: { addresses: [{ address: 203.0.113.10/32, peer: 100.64.0.1 }] }
  eth1: { addresses: [198.51.100.10/32] }
  lan: {}
)");
  net_->serve(53);
  for (const char* protocol : {"tcp", "udp", "icmp"})
    for (const char* address : {"203.0.113.10", "198.51.100.10"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("192.0.2.7 ")) << protocol << address;
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4), StartsWith("203.0.113.10 "));
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4, "198.51.100.10"),
              StartsWith("198.51.100.10 "));
  EXPECT_THAT(net_->ask_from_inside("tcp", TwoProviders::kClient4), StartsWith("203.0.113.10 "));
}

TEST_F(UplinksTest, EachOfSeveralAddressesAnswersAsItself) {
  apply(kFailover, R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24, 203.0.113.11/24, "2001:db8:a::10/64", "2001:db8:a::11/64"] }
  eth1: { addresses: [198.51.100.10/24, 198.51.100.11/24, "2001:db8:b::10/64", "2001:db8:b::11/64"] }
  lan: {}
)");
  net_->serve(53);
  for (const char* address : {"203.0.113.10", "203.0.113.11", "198.51.100.10", "198.51.100.11"})
    for (const char* protocol : {"tcp", "udp", "icmp"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("192.0.2.7 ")) << protocol << address;
  for (const char* address : {"2001:db8:a::11", "2001:db8:b::11"})
    EXPECT_THAT(net_->ask("tcp", address, 53), StartsWith("2001:db8:c::7 ")) << address;
  for (const char* address : {"203.0.113.10", "203.0.113.11", "198.51.100.10", "198.51.100.11"})
    EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4, address), StartsWith(address));
  EXPECT_THAT(net_->ask_from_inside("tcp", TwoProviders::kClient4), StartsWith("198.51.100.10 "))
      << "the first is what others get";
}

TEST_F(UplinksTest, OneFamilyAlone) {
  apply(R"(uplinks:
  links:
    telecom: { interface: eth0, gateway: "2001:db8:a::1", priority: 1 }
    unicom: { interface: eth1, gateway: "2001:db8:b::1", priority: 2 }
)");
  net_->serve(53);
  for (const char* address : {"2001:db8:a::10", "2001:db8:b::10"})
    for (const char* protocol : {"tcp", "icmp"})
      EXPECT_THAT(net_->ask(protocol, address, 53), StartsWith("2001:db8:c::7 ")) << protocol << address;
  EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient6), StartsWith("2001:db8:a::10 "));
  EXPECT_EQ(run("ip rule show | wc -l").output, "3\n") << "nothing of IPv4";
  apply(R"(uplinks:
  links:
    telecom: { interface: eth0, gateway: 203.0.113.1, priority: 1 }
    unicom: { interface: eth1, gateway: 198.51.100.1, priority: 2 }
)");
  for (const char* address : {"203.0.113.10", "198.51.100.10"})
    EXPECT_THAT(net_->ask("tcp", address, 53), StartsWith("192.0.2.7 ")) << address;
  EXPECT_EQ(run("ip -6 rule show | wc -l").output, "2\n") << "nothing of IPv6";
}

}  // namespace
}  // namespace netcfg::test
