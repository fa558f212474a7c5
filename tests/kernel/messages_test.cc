// Netlink messages without a kernel: what is encoded decodes to the same value, and answers are understood.
#include <gmock/gmock.h>
#include <linux/rtnetlink.h>

#include "netcfg/kernel/address.h"
#include "netcfg/kernel/attributes.h"
#include "netcfg/kernel/error.h"
#include "netcfg/kernel/neighbor.h"
#include "netcfg/kernel/nexthop.h"
#include "netcfg/kernel/route.h"
#include "netcfg/kernel/rule.h"
#include "tests/kernel/fake_links.h"

namespace netcfg::test {
namespace {

using nl::Message;

TEST(Messages, RouteAndBack) {
  FakeLinks links{"a", "b"};
  Message message;
  Route route;
  route.to = *parse_prefix("10.0.0.0/8");
  route.table = 1000;
  route.metric = 5;
  route.tos = 8;
  route.scope = 0;
  route.src = *parse_ip("192.0.2.1");
  route.hops = {{*parse_ip("192.0.2.9"), "a", 7, false}, {*parse_ip("fe80::1"), "b", 1, true}};
  route.metrics.make().mtu = 1400;
  route.metrics.make().mtu_lock = true;
  route.metrics.make().congctl = "bbr";
  ASSERT_FALSE(nl::encode_route(message, Action::create, route, links));
  EXPECT_EQ(message.header()->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
  Route back;
  ASSERT_EQ(nl::decode_route(*message.header(), links.names, back), nl::RouteUse::state);
  EXPECT_TRUE(back == route);
  EXPECT_EQ(back.protocol, kOwnProtocol);

  route.hops[1].dev = "c";
  EXPECT_EQ(nl::encode_route(message, Action::create, route, links), IfName("c"));
}

TEST(Messages, NexthopAndBack) {
  FakeLinks links{"a"};
  Message message;
  Nexthop single, blackhole, group;
  single.id = 10;
  single.family = Family::ipv6;
  single.via = *parse_ip("fe80::1");
  single.dev = "a";
  single.onlink = true;
  blackhole.id = 4294967295;
  blackhole.family = Family::ipv4;
  blackhole.blackhole = true;
  group.id = 20;
  group.group = {{10, 256}, {11, 1}};
  group.resilient = Resilient{uint16_t{64}, 500U, 0U};
  for (const Nexthop& nexthop : {single, blackhole, group}) {
    ASSERT_FALSE(nl::encode_nexthop(message, Action::restore, nexthop, links));
    EXPECT_EQ(message.header()->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
    auto back = nl::decode_nexthop(*message.header(), links.names);
    ASSERT_TRUE(back) << nexthop.id;
    EXPECT_TRUE(*back == nexthop) << nexthop.id;
    EXPECT_EQ(back->protocol, kOwnProtocol);
  }
  single.dev = "c";
  EXPECT_EQ(nl::encode_nexthop(message, Action::create, single, links), IfName("c"));
  EXPECT_FALSE(nl::encode_nexthop(message, Action::remove, single, links));
  EXPECT_TRUE(lacks_carrier({0, ENETDOWN, "Carrier for nexthop device is down", ""}));
  EXPECT_FALSE(lacks_carrier({0, ENETDOWN, "Nexthop device is not up", ""}));
}

TEST(Messages, AddressRuleAndNeighborAndBack) {
  FakeLinks links{"a"};
  Message message;
  Address address;
  address.dev = "a";
  address.address = *parse_prefix("192.0.2.1/24");
  address.label = "a:1";
  address.broadcast = parse_ip("192.0.2.255");
  address.scope = 0;
  address.metric = 9;
  address.preferred = 100;
  address.valid = 200;
  address.noprefixroute = true;
  address.autojoin = false;
  ASSERT_FALSE(nl::encode_address(message, Action::update, address, links));
  auto address_back = nl::decode_address(*message.header(), links.names);
  ASSERT_TRUE(address_back);
  EXPECT_TRUE(*address_back == address);

  Rule rule;
  rule.family = Family::ipv6;
  rule.priority = 7;
  rule.from = parse_prefix("2001:db8::/32");
  rule.fwmark = Mark{1, 0xff};
  rule.sport = Span{1, 2};
  rule.table = 70000;
  rule.action = RuleAction::lookup;
  rule.suppress_group = 3;
  rule.invert = true;
  nl::encode_rule(message, Action::create, rule);
  auto rule_back = nl::decode_rule(*message.header());
  ASSERT_TRUE(rule_back);
  EXPECT_TRUE(*rule_back == rule);

  Neighbor neighbor;
  neighbor.dev = "a";
  neighbor.address = *parse_ip("2001:db8::1");
  neighbor.mac = parse<Mac>("02:00:00:00:00:01");
  neighbor.router = true;
  ASSERT_FALSE(nl::encode_neighbor(message, Action::create, neighbor, links));
  auto neighbor_back = nl::decode_neighbor(*message.header(), links.names);
  ASSERT_TRUE(neighbor_back);
  EXPECT_TRUE(*neighbor_back == neighbor);
}

TEST(Messages, ShortAttributesCountAsAbsent) {
  Message message;
  auto& header = message.start<rtmsg>(RTM_NEWROUTE, 0);
  header.rtm_family = AF_INET;
  header.rtm_dst_len = 8;
  header.rtm_table = 7;
  message.put<uint16_t>(RTA_DST, 10);
  Route route;
  EXPECT_EQ(nl::decode_route(*message.header(), {}, route), nl::RouteUse::none);
  message.start<rtmsg>(RTM_NEWROUTE, 0).rtm_family = AF_INET;
  message.put<uint16_t>(RTA_PRIORITY, 10);
  Route other;
  EXPECT_EQ(nl::decode_route(*message.header(), {}, other), nl::RouteUse::state);
  EXPECT_EQ(other.metric, 0U);
}

TEST(Messages, TooMuchIsNoticed) {
  Message message;
  message.start<rtmsg>(RTM_NEWROUTE, 0);
  for (int i = 0; i < 70; ++i) message.put_bytes(RTA_DST, std::string(1000, 'x').data(), 1000);
  EXPECT_TRUE(message.overflowed());
  message.start<rtmsg>(RTM_NEWROUTE, 0);
  EXPECT_FALSE(message.overflowed());
}

// An error reply as the kernel lays it out: nlmsghdr, error, the request (or its header), attributes.
Message error_reply(int code, bool capped, const char* text) {
  struct Fixed {
    int error;
    nlmsghdr request;
  };
  Message reply;
  auto& fixed = reply.start<Fixed>(NLMSG_ERROR, 0);
  fixed.error = -code;
  fixed.request.nlmsg_len = NLMSG_HDRLEN + 20;
  if (!capped) reply.append(20);
  if (text) reply.put_text(NLMSGERR_ATTR_MSG, text);
  reply.header()->nlmsg_flags =
      static_cast<uint16_t>((capped ? NLM_F_CAPPED : 0) | (text ? NLM_F_ACK_TLVS : 0));
  return reply;
}

TEST(Answers, ErrorTexts) {
  for (bool capped : {false, true}) {
    Message reply = error_reply(EINVAL, capped, "Nexthop has invalid gateway");
    auto ack = nl::parse_ack(*reply.header());
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->code, EINVAL);
    EXPECT_EQ(ack->extack, "Nexthop has invalid gateway");
    Message plain = error_reply(EEXIST, capped, nullptr);
    ack = nl::parse_ack(*plain.header());
    EXPECT_EQ(ack->code, EEXIST);
    EXPECT_EQ(ack->extack, "");
  }
  // A request that claims to be longer than the whole answer.
  Message lying = error_reply(EPERM, false, "text");
  auto* error = reinterpret_cast<nlmsgerr*>(reinterpret_cast<char*>(lying.header()) + NLMSG_HDRLEN);
  error->msg.nlmsg_len = 0xfffffff0;
  EXPECT_EQ(nl::parse_ack(*lying.header())->code, EPERM);
}

TEST(Answers, Names) {
  EXPECT_EQ(nl::request_name(RTM_NEWROUTE), "RTM_NEWROUTE");
  EXPECT_EQ(nl::request_name(999), "netlink request 999");
  EXPECT_EQ(nl::errno_text(ENOENT), "ENOENT: No such file or directory");
}

TEST(Datagrams, EndAtTheirEnd) {
  Message one;
  one.start<rtmsg>(RTM_NEWROUTE, 0);
  std::vector<uint8_t> bytes(one.bytes().begin(), one.bytes().end());
  bytes.insert(bytes.end(), one.bytes().begin(), one.bytes().end());
  int seen = 0;
  nl::for_each_message(bytes, [&](const nlmsghdr&) { ++seen; });
  EXPECT_EQ(seen, 2);
  bytes.resize(bytes.size() - 4);
  seen = 0;
  nl::for_each_message(bytes, [&](const nlmsghdr&) { ++seen; });
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace netcfg::test
