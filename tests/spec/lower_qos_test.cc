// From `qos` and `qdisc` to trees and rules.
#include <gmock/gmock.h>

#include "netcfg/spec/qos.h"
#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Desired read_text(const std::string& text) {
  Sources sources;
  Diagnostics problems;
  SpecFile file{"spec.yaml", text};
  auto desired = read_spec({&file, 1}, sources, problems);
  EXPECT_TRUE(desired) << format(problems, sources, false);
  return desired ? std::move(*desired) : Desired{};
}

Desired with_qos(const std::string& qos) {
  return read_text("netcfg: 1\ninterfaces:\n  eth0: { qos: " + qos + " }\n");
}

std::vector<std::string> rules_of(const Desired& desired) {
  std::vector<std::string> out;
  if (desired.state.rulesets.empty()) return out;
  const std::string& text = desired.state.rulesets.front().text;
  size_t at = 0;
  while ((at = text.find("\t\toifname", at)) != text.npos) {
    size_t end = text.find('\n', at);
    out.push_back(text.substr(at + 2, end - at - 2));
    at = end;
  }
  return out;
}

constexpr uint64_t kMegabit = 125'000;

TEST(LowerQos, ARateAloneIsOneClassWithAQueue) {
  Desired d = with_qos("{ rate: 100mbit, leaf: { kind: pfifo, limit: 50 } }");
  ASSERT_EQ(d.state.qdiscs.size(), 1U);
  const Qdisc& tree = d.state.qdiscs.front();
  EXPECT_EQ(tree.handle, kOwnHandle);
  EXPECT_EQ(tree.default_class, 1);
  ASSERT_EQ(tree.classes.size(), 1U);
  EXPECT_EQ(tree.classes[0].rate, 100 * kMegabit);
  EXPECT_EQ(tree.classes[0].ceil, 100 * kMegabit);
  EXPECT_EQ(tree.classes[0].burst, 14'100U);
  EXPECT_EQ(tree.classes[0].leaf, QueueKind(Pfifo{50}));
  EXPECT_TRUE(d.state.rulesets.empty());
}

TEST(LowerQos, WhatIsPromisedToNobodyIsForTheRest) {
  Desired d = with_qos("{ rate: 10mbit, hosts: { 192.0.2.10: { rate: 2mbit, ceil: 5mbit } } }");
  const Qdisc& tree = d.state.qdiscs.front();
  ASSERT_EQ(tree.classes.size(), 3U);
  EXPECT_EQ(tree.default_class, kRestClass);
  EXPECT_EQ(tree.classes[1].id, kRestClass);
  EXPECT_EQ(tree.classes[1].rate, 8 * kMegabit);
  EXPECT_EQ(tree.classes[1].ceil, 10 * kMegabit);
  EXPECT_EQ(tree.classes[2].rate, 2 * kMegabit);
  EXPECT_EQ(tree.classes[2].ceil, 5 * kMegabit);
  EXPECT_EQ(tree.classes[2].leaf, QueueKind(FqCodel{}));
}

TEST(LowerQos, HostsAreMatchedBothWaysAndBeforeClasses) {
  Desired d = with_qos(
      "{ rate: 10mbit, default: bulk, classes: { bulk: { rate: 1mbit }, "
      "voice: { rate: 1mbit, id: 0x20, match: [{ to: 198.51.100.0/24 }] } }, "
      "hosts: { 192.0.2.10: { rate: 2mbit, id: 0x2000 }, \"2001:db8::1\": { rate: 1mbit, id: 0x2001 } } }");
  EXPECT_THAT(
      rules_of(d),
      ElementsAre(
          R"(oifname "eth0" ip saddr 192.0.2.10 meta priority set 4e:2000 accept comment "qos eth0 host 192.0.2.10")",
          R"(oifname "eth0" ip daddr 192.0.2.10 meta priority set 4e:2000 accept comment "qos eth0 host 192.0.2.10")",
          R"(oifname "eth0" ip6 saddr 2001:db8::1 meta priority set 4e:2001 accept comment "qos eth0 host 2001:db8::1")",
          R"(oifname "eth0" ip6 daddr 2001:db8::1 meta priority set 4e:2001 accept comment "qos eth0 host 2001:db8::1")",
          R"(oifname "eth0" ip daddr 198.51.100.0/24 meta priority set 4e:20 accept comment "qos eth0 voice[0]")"));
}

TEST(LowerQos, EveryMatchAndTheOrderOfClasses) {
  Desired d = with_qos(
      "{ rate: 10mbit, default: z, classes: { z: { rate: 1mbit }, "
      "b: { rate: 1mbit, id: 4, priority: 1, match: [{ dscp: ef }, { fwmark: 0x10/0xff }, { fwmark: 7 }] }, "
      "a: { rate: 1mbit, id: 5, priority: 2, match: [{ ip-proto: [udp, tcp], dport: [53, 5060-5070] }] }, "
      "c: { rate: 1mbit, id: 6, match: [{ ip-proto: icmpv6 }, { from: [10.0.0.0/8, \"2001:db8::/32\"], "
      "sport: 22, "
      "ip-proto: tcp, dscp: 5 }] } } }");
  EXPECT_THAT(
      rules_of(d),
      ElementsAre(
          R"(oifname "eth0" meta l4proto ipv6-icmp meta priority set 4e:6 accept comment "qos eth0 c[0]")",
          R"(oifname "eth0" ip saddr 10.0.0.0/8 ip dscp 0x05 tcp sport 22 meta priority set 4e:6 accept comment "qos eth0 c[1]")",
          R"(oifname "eth0" ip6 saddr 2001:db8::/32 ip6 dscp 0x05 tcp sport 22 meta priority set 4e:6 accept comment "qos eth0 c[1]")",
          R"(oifname "eth0" ip dscp ef meta priority set 4e:4 accept comment "qos eth0 b[0]")",
          R"(oifname "eth0" ip6 dscp ef meta priority set 4e:4 accept comment "qos eth0 b[0]")",
          R"(oifname "eth0" meta mark & 0x000000ff == 0x00000010 meta priority set 4e:4 accept comment "qos eth0 b[1]")",
          R"(oifname "eth0" meta mark 0x00000007 meta priority set 4e:4 accept comment "qos eth0 b[2]")",
          R"(oifname "eth0" udp dport { 53, 5060-5070 } meta priority set 4e:5 accept comment "qos eth0 a[0]")",
          R"(oifname "eth0" tcp dport { 53, 5060-5070 } meta priority set 4e:5 accept comment "qos eth0 a[0]")"));
  EXPECT_THAT(
      d.state.rulesets.front().text,
      HasSubstr("chain classify {\n\t\ttype filter hook postrouting priority mangle + 10; policy accept;"));
}

TEST(LowerQos, NumbersFollowFromNamesAndNotFromEachOther) {
  auto id_of = [](const Desired& d, uint64_t rate) {
    for (const HtbClass& one : d.state.qdiscs.front().classes)
      if (one.rate == rate) return one.id;
    return uint16_t{0};
  };
  Desired few = with_qos("{ rate: 10mbit, default: bulk, classes: { bulk: { rate: 1mbit } } }");
  Desired more = with_qos(
      "{ rate: 10mbit, default: bulk, classes: { a: { rate: 2mbit, match: [{ dscp: ef }] }, bulk: { rate: "
      "1mbit } } }");
  EXPECT_NE(id_of(few, kMegabit), 0);
  EXPECT_EQ(id_of(few, kMegabit), id_of(more, kMegabit));
}

TEST(LowerQos, NumbersOfManyHostsAreAllDifferent) {
  QosSpec qos;
  for (uint32_t i = 0; i < 20'000; ++i) {
    QosClass one;
    one.host = *parse_ip(std::to_string(10) + "." + std::to_string(i >> 16) + "." +
                         std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255));
    if (i % 1000 == 7) one.id = 0x1000 + i;
    qos.hosts.push_back(one);
  }
  std::vector<uint16_t> ids = qos_ids(qos).hosts;
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(LowerQos, AQdiscIsAKindOrAMapping) {
  Desired d = read_text(
      "netcfg: 1\ninterfaces:\n  a: { qdisc: fq_codel }\n"
      "  b: { qdisc: { kind: fq_codel, target: 10ms, ecn: false, quantum: 1kb } }\n"
      "  c: { qdisc: { kind: tbf, rate: 1mbit } }\n"
      "  d: { qdisc: { kind: tbf, rate: 1mbit, burst: 5kb, latency: 100ms } }\n"
      "  e: { qdisc: { kind: cake, bandwidth: 50mbit, diffserv: besteffort } }\n");
  const auto& q = d.state.qdiscs;
  ASSERT_EQ(q.size(), 5U);
  EXPECT_EQ(q[0].kind, QueueKind(FqCodel{}));
  EXPECT_EQ(q[1].kind, QueueKind(FqCodel{.quantum = 1024, .target = 10'000, .ecn = false}));
  EXPECT_EQ(q[2].kind, QueueKind(Tbf{kMegabit, 1'725, 6'250 + 1'725}));
  EXPECT_EQ(q[3].kind, QueueKind(Tbf{kMegabit, 5'120, 12'500 + 5'120}));
  EXPECT_EQ(q[4].kind, QueueKind(Cake{.bandwidth = 50 * kMegabit, .diffserv = 3}));
}

}  // namespace
}  // namespace netcfg
