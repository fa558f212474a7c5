// Rules, neighbours and kernel parameters: made, read back, changed and deleted on the kernel itself.
#include <gmock/gmock.h>

#include "tests/support/live_kernel.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

class Rules : public LiveKernelTest {
 protected:
  void SetUp() override {
    LiveKernelTest::SetUp();
    if (!kernel_) return;
    make_pair("a", "b");
    ASSERT_TRUE(succeeds("ip addr add 192.0.2.1/24 dev a"));
  }

  template <class T>
  const T* find(const std::vector<T>& list, const T& wanted) {
    for (const T& item : list)
      if (item.key() == wanted.key()) return &item;
    return nullptr;
  }
};

Rule rule(uint32_t priority, Family family = Family::ipv4) {
  Rule r;
  r.family = family;
  r.priority = priority;
  r.action = RuleAction::lookup;
  r.table = 100;
  return r;
}

TEST_F(Rules, EverySelector) {
  std::vector<Rule> rules;
  for (Family family : {Family::ipv4, Family::ipv6}) {
    bool v6 = family == Family::ipv6;
    for (uint32_t i = 0; i < 12; ++i) rules.push_back(rule(1000 + i, family));
    Rule* r = &rules[rules.size() - 12];
    r[0].from = parse_prefix(v6 ? "2001:db8::/32" : "10.0.0.0/8");
    r[1].to = parse_prefix(v6 ? "2001:db8::/32" : "10.0.0.0/8");
    r[1].table = 100000;
    r[2].iif = IfName("a");
    r[2].oif = IfName("not-there");
    r[3].fwmark = Mark{0x100, 0xff00};
    r[4].tos = 0x10;
    r[4].ip_proto = 6;
    r[5].ip_proto = 17;
    r[5].sport = Span{1000, 2000};
    r[5].dport = Span{53, 53};
    r[6].uid_range = Span{0, 999};
    r[7].tun_id = 77;
    r[8].l3mdev = true;
    r[8].table.reset();
    r[9].action = RuleAction::goto_;
    r[9].table.reset();
    r[9].goto_priority = 32766;
    r[10].suppress_prefix_length = 0;
    r[10].suppress_group = 7;
    r[11].action = RuleAction::prohibit;
    r[11].table.reset();
    r[11].invert = true;
    r[11].from = parse_prefix(v6 ? "2001:db8::/32" : "10.0.0.0/8");
  }
  for (const Rule& r : rules) {
    SCOPED_TRACE(id_of(r));
    ASSERT_TRUE(accepted(create(r)));
    State now = state();
    const Rule* found = find(now.rules, r);
    EXPECT_NE(found, nullptr) << run("ip rule; ip -6 rule").output;
    if (found) {
      EXPECT_EQ(found->protocol, kOwnProtocol);
    }
    auto refusal = create(r);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, EEXIST);
  }
  for (const Rule& r : rules) {
    SCOPED_TRACE(id_of(r));
    EXPECT_TRUE(accepted(remove(r)));
    EXPECT_EQ(find(state().rules, r), nullptr);
  }
  EXPECT_EQ(state().rules.size(), 5U);
}

TEST_F(Rules, ARuleWithMoreSelectorsIsAnotherRule) {
  Rule wide = rule(1000);
  Rule narrow = rule(1000);
  narrow.from = parse_prefix("10.0.0.0/8");
  Rule inverted = narrow;
  inverted.invert = true;
  Rule foreign = wide;
  foreign.protocol = 4;
  // The kernel finds the first that has what is asked for, whatever else it has.
  for (const Rule* r : {&inverted, &narrow, &wide}) ASSERT_TRUE(accepted(create(*r)));
  ASSERT_TRUE(accepted(remove(wide)));
  State now = state();
  EXPECT_EQ(find(now.rules, wide), nullptr);
  EXPECT_NE(find(now.rules, narrow), nullptr);
  EXPECT_NE(find(now.rules, inverted), nullptr);
  ASSERT_TRUE(accepted(remove(narrow)));
  now = state();
  EXPECT_EQ(find(now.rules, narrow), nullptr);
  EXPECT_NE(find(now.rules, inverted), nullptr);
  ASSERT_TRUE(accepted(create(foreign)));
  auto refusal = remove(wide);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENOENT);
}

TEST_F(Rules, ManyAtOnce) {
  std::vector<Rule> rules;
  for (uint32_t i = 0; i < 2000; ++i) rules.push_back(rule(10000 - i));
  std::vector<Op> ops;
  for (const Rule& r : rules) ops.push_back({Action::create, static_cast<Rule*>(nullptr), &r});
  ASSERT_TRUE(accepted(write(ops)));
  EXPECT_EQ(state().rules.size(), 2005U);
  auto refusal = write(ops);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EEXIST);
  EXPECT_EQ(refusal->op, 0U);
  EXPECT_EQ(state().rules.size(), 2005U);
}

TEST_F(Rules, Neighbors) {
  for (const char* text : {"192.0.2.77", "2001:db8::77"}) {
    Neighbor n;
    n.dev = "a";
    n.address = *parse_ip(text);
    bool v6 = n.address.family == Family::ipv6;
    n.mac = parse<Mac>("02:00:00:00:00:77");
    if (v6) n.router = true;
    n.protocol = kOwnProtocol;
    ASSERT_TRUE(accepted(create(n)));
    State now = state();
    ASSERT_NE(find(now.neighbors, n), nullptr);
    EXPECT_TRUE(*find(now.neighbors, n) == n);
    EXPECT_EQ(find(now.neighbors, n)->protocol, kOwnProtocol);
    Neighbor changed = n;
    changed.mac = parse<Mac>("02:00:00:00:00:78");
    if (v6) changed.router = false;
    ASSERT_TRUE(accepted(update(n, changed)));
    now = state();
    EXPECT_TRUE(*find(now.neighbors, n) == changed) << run("ip neigh").output;
    ASSERT_TRUE(accepted(remove(changed)));
    EXPECT_EQ(find(state().neighbors, n), nullptr);
    Neighbor proxy = n;
    proxy.proxy = true;
    proxy.mac.reset();
    if (v6) proxy.router = false;
    ASSERT_TRUE(accepted(create(proxy)));
    now = state();
    ASSERT_NE(find(now.neighbors, proxy), nullptr);
    EXPECT_TRUE(*find(now.neighbors, proxy) == proxy);
    ASSERT_TRUE(accepted(remove(proxy)));
    EXPECT_EQ(find(state().neighbors, proxy), nullptr);
  }
}

TEST_F(Rules, ALearntNeighborIsNoObstacle) {
  ASSERT_TRUE(succeeds("ip neigh add 192.0.2.77 dev a lladdr 02:00:00:00:00:01 nud stale"));
  EXPECT_TRUE(state().neighbors.empty());
  Neighbor n;
  n.dev = "a";
  n.address = *parse_ip("192.0.2.77");
  n.mac = parse<Mac>("02:00:00:00:00:77");
  ASSERT_TRUE(accepted(create(n)));
  State now = state();
  ASSERT_EQ(now.neighbors.size(), 1U);
  EXPECT_TRUE(now.neighbors[0] == n);
}

TEST_F(Rules, Sysctls) {
  Sysctl before{"net/ipv4/conf/a/arp_ignore", "0", {}};
  Sysctl after{"net/ipv4/conf/a/arp_ignore", "2", {}};
  ASSERT_TRUE(accepted(update(before, after)));
  Query query;
  query.sysctls = {"net/ipv4/conf/a/arp_ignore", "net/ipv4/not_there", "net/ipv4/ip_local_port_range"};
  State now = state(query);
  ASSERT_EQ(now.sysctls.size(), 2U);
  EXPECT_TRUE(now.sysctls[0] == after);
  EXPECT_THAT(now.sysctls[1].value, testing::Not(HasSubstr("\t")));
  Sysctl range{"net/ipv4/ip_local_port_range", "30000  60000", {}};
  EXPECT_TRUE(accepted(update(range, range)));
  Sysctl bad{"net/ipv4/conf/a/arp_ignore", "many", {}};
  auto refusal = update(before, bad);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EINVAL);
  EXPECT_EQ(refusal->what, "write /proc/sys/net/ipv4/conf/a/arp_ignore");
  Sysctl outside{"net/../kernel/hostname", "oops", {}};
  refusal = update(outside, outside);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENOENT);
  query.sysctls_of_links = true;
  EXPECT_GT(state(query).sysctls.size(), 300U);
}

TEST_F(Rules, QdiscsThatSomebodyChose) {
  ASSERT_TRUE(succeeds("tc qdisc add dev a root handle 1: htb"));
  Query query;
  query.others = true;
  EXPECT_THAT(snapshot(query).others, testing::Contains("qdisc htb on a"));
}

}  // namespace
}  // namespace netcfg::test
