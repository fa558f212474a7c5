// What a list of uplinks comes to, as values. That a kernel sends packets so is shown in tests/netns.
#include "netcfg/spec/lower_uplinks.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace netcfg {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

Uplink uplink(const std::string& name, const std::string& dev, const std::string& gateway,
              const std::string& address, uint32_t priority) {
  Uplink out;
  out.name = name;
  out.dev = IfName(dev);
  Ip ip = *parse_ip(gateway);
  (ip.family == Family::ipv6 ? out.gateway6 : out.gateway4) = ip;
  out.addresses = {*parse_ip(address)};
  out.priority = priority;
  out.origin = {static_cast<uint32_t>(10 + priority), 5, 0};
  return out;
}

Desired two(UplinkPolicy policy) {
  Desired out;
  out.uplinks.emplace();
  out.uplinks->policy = policy;
  out.uplinks->origin = {9, 1, 0};
  out.uplinks->links = {uplink("a", "eth0", "203.0.113.1", "203.0.113.10", 1),
                        uplink("b", "eth1", "198.51.100.1", "198.51.100.10", 2)};
  out.uplinks->links[0].id = 1;
  out.uplinks->links[1].id = 2;
  assign_numbers(*out.uplinks);
  fill_defaults(*out.uplinks);
  return out;
}

template <class T>
std::vector<std::string> ids(const std::vector<T>& table) {
  std::vector<std::string> out;
  for (const T& one : table) out.push_back(id_of(one));
  return out;
}

const Nexthop& nexthop(const State& state, uint32_t id) {
  auto at = std::find_if(state.nexthops.begin(), state.nexthops.end(),
                         [&](const Nexthop& one) { return one.id == id; });
  if (at == state.nexthops.end()) throw std::out_of_range("no next hop " + std::to_string(id));
  return *at;
}

TEST(LowerUplinks, NothingComesOfNone) {
  Desired desired;
  lower_uplinks(desired);
  EXPECT_EQ(desired.state, State());
  desired.uplinks.emplace();
  lower_uplinks(desired);
  EXPECT_EQ(desired.state, State());
}

TEST(LowerUplinks, TablesRulesAndRoutesOfTwo) {
  Desired desired = two(UplinkPolicy::failover);
  lower_uplinks(desired);
  EXPECT_THAT(
      ids(desired.state.rules),
      ElementsAre("20001: iif lo ip-proto udp suppress-prefix-length 0 lookup 78299",
                  "20002: suppress-prefix-length 0 lookup main",
                  "20011: fwmark 0x10000/0xff0000 lookup 78001",
                  "20012: fwmark 0x20000/0xff0000 lookup 78002", "20301: from 203.0.113.10/32 lookup 78001",
                  "20302: from 198.51.100.10/32 lookup 78002", "20999: iif lo ip-proto udp lookup 78299"));
  EXPECT_THAT(ids(desired.state.routes),
              ElementsAre("default", "default table 78001", "default table 78002", "default table 78299",
                          "224.0.0.0/4 table 78299", "255.255.255.255/32 table 78299"));
  EXPECT_EQ(desired.state.routes[0].nexthop_id, policy_nexthop(Family::ipv4));
  EXPECT_EQ(desired.state.routes[3].src, kAnySource);
  EXPECT_THAT(ids(desired.state.addresses), ElementsAre("lo 192.0.0.8/32"));
  EXPECT_THAT(ids(desired.state.sysctls),
              ElementsAre("net/ipv4/conf/eth0/arp_announce", "net/ipv4/conf/eth0/arp_ignore",
                          "net/ipv4/conf/eth0/rp_filter", "net/ipv4/conf/eth1/arp_announce",
                          "net/ipv4/conf/eth1/arp_ignore", "net/ipv4/conf/eth1/rp_filter"));
}

TEST(LowerUplinks, FailoverBeginsWithTheBestAndMayBecomeAny) {
  Desired desired = two(UplinkPolicy::failover);
  lower_uplinks(desired);
  const Nexthop& group = nexthop(desired.state, policy_nexthop(Family::ipv4));
  const Uplinks& uplinks = *desired.uplinks;
  NexthopMember a{gateway_nexthop(uplinks.links[0], Family::ipv4), 1};
  NexthopMember b{gateway_nexthop(uplinks.links[1], Family::ipv4), 1};
  EXPECT_THAT(group.group, ElementsAre(a));
  EXPECT_THAT(group.any_of, ElementsAre(a, b));
  EXPECT_EQ(nexthop(desired.state, a.id).via, *parse_ip("203.0.113.1"));
}

TEST(LowerUplinks, EqualPrioritiesAndBalanceShare) {
  for (UplinkPolicy policy : {UplinkPolicy::failover, UplinkPolicy::balance}) {
    Desired desired = two(policy);
    desired.uplinks->links[0].weight = 3;
    if (policy == UplinkPolicy::failover) desired.uplinks->links[1].priority = 1;
    lower_uplinks(desired);
    EXPECT_EQ(nexthop(desired.state, policy_nexthop(Family::ipv4)).group.size(), 2U);
    EXPECT_THAT(ids(desired.state.sysctls), Contains("net/ipv4/fib_multipath_hash_policy"));
  }
}

TEST(LowerUplinks, ThoseThatShareDoSoResiliently) {
  Desired desired = two(UplinkPolicy::balance);
  desired.uplinks->resilient = Resilient{uint16_t{64}, 500U, 0U};
  Steer steer;
  steer.match.from = *parse_prefix("10.0.1.0/24");
  steer.via = "b";
  desired.uplinks->steer = {steer};
  Desired alone = desired;
  lower_uplinks(desired);
  EXPECT_EQ(nexthop(desired.state, policy_nexthop(Family::ipv4)).resilient, desired.uplinks->resilient);
  EXPECT_FALSE(nexthop(desired.state, steer_nexthop(desired.uplinks->links[1], Family::ipv4)).resilient);
  alone.uplinks->policy = UplinkPolicy::failover;
  lower_uplinks(alone);
  EXPECT_FALSE(nexthop(alone.state, policy_nexthop(Family::ipv4)).resilient) << "one at a time";
}

TEST(LowerUplinks, TheDeadEndIsAMemberThatMayBeChosen) {
  Desired desired = two(UplinkPolicy::failover);
  desired.uplinks->on_all_down = AllDown::unreachable;
  lower_uplinks(desired);
  EXPECT_TRUE(nexthop(desired.state, dead_end_nexthop(Family::ipv4)).blackhole);
  EXPECT_EQ(nexthop(desired.state, policy_nexthop(Family::ipv4)).any_of.size(), 3U);
}

TEST(LowerUplinks, SteeredTrafficHasATableThatFollowsTheUplink) {
  Desired desired = two(UplinkPolicy::failover);
  Steer steer;
  steer.match.from = *parse_prefix("10.0.1.0/24");
  steer.via = "b";
  steer.ipv6 = false;
  desired.uplinks->steer = {steer};
  lower_uplinks(desired);
  EXPECT_THAT(ids(desired.state.rules), Contains("20600: from 10.0.1.0/24 lookup 78302"));
  EXPECT_THAT(ids(desired.state.routes), Contains("default table 78302"));
  EXPECT_EQ(nexthop(desired.state, steer_nexthop(desired.uplinks->links[1], Family::ipv4)).group.size(), 1U);
}

Steer steer_to_b(std::optional<uint8_t> dscp) {
  Steer out;
  out.via = "b";
  out.dscp = dscp;
  out.ipv6 = false;
  out.origin = {20, 5, 0};
  return out;
}

TEST(LowerUplinks, OfTheDscpRulesSeeAMark) {
  Desired desired = two(UplinkPolicy::failover);
  desired.uplinks->steer = {steer_to_b({}), steer_to_b(46), steer_to_b({})};
  desired.uplinks->steer[0].match.ip_proto = uint8_t{17};
  desired.uplinks->steer[1].match.fwmark = Mark{1, 0xff};
  desired.uplinks->steer[2].match.from = *parse_prefix("10.0.1.0/24");
  lower_uplinks(desired);
  EXPECT_THAT(
      ids(desired.state.rules),
      IsSupersetOf({"20262: iif lo fwmark 0x40000000/0x40000000 ip-proto udp lookup 78302",
                    "20263: iif lo fwmark 0x6e000001/0x7f0000ff lookup 78302",
                    "20600: ip-proto udp lookup 78302", "20601: fwmark 0x6e000001/0x7f0000ff lookup 78302",
                    "20602: from 10.0.1.0/24 lookup 78302"}));
  EXPECT_THAT(ids(desired.state.rules), Not(Contains(StartsWith("20264"))));
  NftRules rules;
  lower_uplinks(*desired.uplinks, rules);
  auto is_it = [](const NftRule& rule) {
    return rule.text == "ip dscp ef meta mark set meta mark & 0xeeffffff | 0x6e000000";
  };
  EXPECT_EQ(std::ranges::count_if(rules.prerouting, is_it), 1);
  EXPECT_EQ(std::ranges::count_if(rules.output, is_it), 1);
}

TEST(LowerUplinks, NamesOfDscpsAreNfts) {
  EXPECT_EQ(dscp_name(46), "ef");
  EXPECT_EQ(dscp_name(0), "cs0");
  EXPECT_EQ(dscp_name(34), "af41");
  EXPECT_EQ(dscp_name(1), "lephb");
  EXPECT_EQ(dscp_name(44), "va");
  EXPECT_EQ(dscp_name(5), "0x05");
}

TEST(LowerUplinks, InNetworksThatOverlapEachHasItsOwnWayToNeighbours) {
  Desired desired = two(UplinkPolicy::failover);
  for (Uplink& one : desired.uplinks->links) {
    Address& address = desired.state.addresses.emplace_back();
    address.dev = one.dev;
    one.addresses = {*parse_ip(one.name == "a" ? "192.168.1.10" : "192.168.1.20")};
    address.address = {one.addresses[0], 24};
    one.gateway4 = *parse_ip("192.168.1.1");
  }
  lower_uplinks(desired);
  EXPECT_THAT(ids(desired.state.rules),
              IsSupersetOf({"20000: from 192.168.1.20/32 suppress-prefix-length 0 lookup 78002",
                            "20000: fwmark 0x20000/0xff0000 suppress-prefix-length 0 lookup 78002",
                            "20001: iif lo ip-proto udp suppress-prefix-length 0 lookup 78299",
                            "20002: suppress-prefix-length 0 lookup main"}));
  EXPECT_THAT(ids(desired.state.routes),
              IsSupersetOf({"192.168.1.0/24 table 78001", "192.168.1.0/24 table 78002",
                            "192.168.1.0/24 table 78299"}));
}

TEST(LowerUplinks, EachFamilyHasItsOwn) {
  Desired desired = two(UplinkPolicy::failover);
  desired.uplinks->links[0] = uplink("a", "eth0", "2001:db8:a::1", "2001:db8:a::10", 1);
  desired.uplinks->links[0].id = 1;
  assign_numbers(*desired.uplinks);
  fill_defaults(*desired.uplinks);
  lower_uplinks(desired);
  EXPECT_THAT(ids(desired.state.routes),
              ElementsAre("default", "default table 78002", "default6", "default6 table 78001"));
  EXPECT_THAT(ids(desired.state.rules), Contains("ipv6 20301: from 2001:db8:a::10/128 lookup 78001"));
  EXPECT_THAT(desired.state.addresses, IsEmpty()) << "one way in a family: nothing to mistake";
}

TEST(LowerUplinks, WhatTheSpecSaysItselfStays) {
  Desired desired = two(UplinkPolicy::failover);
  desired.state.sysctls = {{"net/ipv4/conf/eth0/rp_filter", "0", {3, 1, 0}}};
  lower_uplinks(desired);
  EXPECT_THAT(desired.state.sysctls, Contains(Sysctl{"net/ipv4/conf/eth0/rp_filter", "0", {}}));
  EXPECT_THAT(ids(desired.state.sysctls), Contains("net/ipv4/conf/eth1/rp_filter"));
}

TEST(LowerUplinks, WithAPeerArpIsAnsweredAsUsual) {
  Desired desired = two(UplinkPolicy::failover);
  Address& address = desired.state.addresses.emplace_back();
  address.dev = IfName("eth1");
  address.address = *parse_prefix("198.51.100.10/32");
  address.peer = *parse_ip("198.51.100.1");
  lower_uplinks(desired);
  EXPECT_THAT(ids(desired.state.sysctls), Not(Contains("net/ipv4/conf/eth1/arp_ignore")));
  EXPECT_THAT(ids(desired.state.sysctls), Contains("net/ipv4/conf/eth0/arp_ignore"));
}

TEST(LowerUplinks, TwoOnOneCardAnswerForEachOther) {
  Desired desired = two(UplinkPolicy::failover);
  desired.uplinks->links[1].dev = IfName("eth0");
  lower_uplinks(desired);
  EXPECT_THAT(ids(desired.state.sysctls), Not(Contains("net/ipv4/conf/eth0/arp_ignore")));
}

}  // namespace
}  // namespace netcfg
