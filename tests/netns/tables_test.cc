// Addresses and routes: made, read back, changed and deleted on the kernel itself.
#include <gmock/gmock.h>

#include "tests/support/live_kernel.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Tables : public LiveKernelTest {
 protected:
  void SetUp() override {
    LiveKernelTest::SetUp();
    if (!kernel_) return;
    make_pair("a", "b");
    ASSERT_TRUE(
        succeeds("ip addr add 192.0.2.1/24 dev a; ip addr add 198.51.100.1/24 dev b;"
                 " ip addr add 2001:db8::1/64 dev a nodad"));
  }

  template <class T>
  const T* find(const std::vector<T>& list, const T& wanted) {
    for (const T& item : list)
      if (item.key() == wanted.key()) return &item;
    return nullptr;
  }
  // Creates, expects to read the very same back, removes, expects it to be gone.
  void there_and_gone(const Route& route) {
    SCOPED_TRACE(id_of(route));
    ASSERT_TRUE(accepted(create(route)));
    State now = state();
    const Route* found = find(now.routes, route);
    ASSERT_NE(found, nullptr);
    EXPECT_TRUE(*found == route) << run("ip -d route show table all; ip -d -6 route show table all").output;
    EXPECT_EQ(found->protocol, route.protocol);
    Route again = route;
    auto refusal = create(again);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, EEXIST);
    EXPECT_TRUE(accepted(remove(*found)));
    EXPECT_EQ(find(state().routes, route), nullptr);
  }
};

Address address(const char* dev, const char* text) {
  Address a;
  a.dev = dev;
  a.address = *parse_prefix(text);
  a.protocol = kOwnProtocol;
  return a;
}

NextHop hop(const char* via, const char* dev = "", uint16_t weight = 1, bool onlink = false) {
  return {*via ? *parse_ip(via) : Ip{}, dev, weight, onlink};
}

// As it is read back.
Route route(const char* to, std::vector<NextHop> hops) {
  Route r;
  r.to = *parse_prefix(to);
  r.hops = std::move(hops);
  std::sort(r.hops.begin(), r.hops.end());
  if (r.family() == Family::ipv6) {
    r.metric = kIpv6DefaultMetric;
    r.pref = 0;
  } else {
    r.scope = r.hops.size() == 1 && !r.hops[0].via ? 253 : 0;
  }
  return r;
}

TEST_F(Tables, Addresses) {
  Address a = address("a", "10.0.0.1/24");
  a.broadcast = parse_ip("10.0.0.255");
  a.label = "a:1";
  a.scope = 253;
  a.metric = 50;
  a.preferred = 1000;
  a.valid = 2000;
  a.noprefixroute = true;
  a.autojoin = false;
  ASSERT_TRUE(accepted(create(a)));
  State now = state();
  const Address* found = find(now.addresses, a);
  ASSERT_NE(found, nullptr);
  EXPECT_LE(*found->valid, 2000U);
  EXPECT_GT(*found->valid, 1990U);
  Address same = *found;
  same.valid = a.valid;
  same.preferred = a.preferred;
  EXPECT_TRUE(same == a);
  EXPECT_EQ(found->protocol, kOwnProtocol);
  EXPECT_FALSE(found->secondary);

  Address second = address("a", "10.0.0.2/24");
  second.scope = 253;
  ASSERT_TRUE(accepted(create(second)));
  EXPECT_TRUE(find(state().addresses, second)->secondary);

  Address changed = a;
  changed.metric = 60;
  changed.preferred = changed.valid = UINT32_MAX;
  ASSERT_TRUE(accepted(update(a, changed)));
  now = state();
  EXPECT_TRUE(*find(now.addresses, a) == changed);
  ASSERT_TRUE(accepted(remove(changed)));
  EXPECT_EQ(find(state().addresses, a), nullptr);
  auto refusal = remove(changed);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EADDRNOTAVAIL);
}

TEST_F(Tables, AddressesThatCannotBeChangedInPlace) {
  Address a = address("a", "10.0.0.1/24");
  a.noprefixroute = false;
  a.label = "a:1";
  ASSERT_TRUE(accepted(create(a)));
  for (auto change : {+[](Address& x) { x.noprefixroute = true; }, +[](Address& x) { x.label = "a:2"; }}) {
    Address changed = a;
    change(changed);
    auto refusal = update(a, changed);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, EOPNOTSUPP);
  }
}

TEST_F(Tables, PointToPointAddresses) {
  Address a = address("a", "10.0.0.1/32");
  a.peer = parse_ip("10.9.9.9");
  Address b = address("b", "2001:db8:1::1/128");
  b.peer = parse_ip("2001:db8:1::2");
  for (const Address& wanted : {a, b}) {
    ASSERT_TRUE(accepted(create(wanted)));
    State now = state();
    const Address* found = find(now.addresses, wanted);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->peer, wanted.peer);
    EXPECT_TRUE(accepted(remove(*found)));
    EXPECT_EQ(find(state().addresses, wanted), nullptr);
  }
}

TEST_F(Tables, Ipv6Addresses) {
  Address a = address("a", "2001:db8:5::1/64");
  a.nodad = true;
  a.home = false;
  a.mngtmpaddr = false;
  a.noprefixroute = true;
  a.autojoin = false;
  a.metric = 0;
  a.scope = 0;
  a.preferred = a.valid = UINT32_MAX;
  ASSERT_TRUE(accepted(create(a)));
  State now = state();
  ASSERT_NE(find(now.addresses, a), nullptr);
  EXPECT_TRUE(*find(now.addresses, a) == a);
  Address changed = a;
  changed.home = true;
  changed.mngtmpaddr = true;
  changed.metric = 99;
  changed.preferred = 0;
  ASSERT_TRUE(accepted(update(a, changed)));
  now = state();
  EXPECT_TRUE(*find(now.addresses, a) == changed);
}

TEST_F(Tables, Ipv4Routes) {
  there_and_gone(route("10.1.0.0/16", {hop("192.0.2.2", "a")}));
  there_and_gone(route("10.2.0.0/16", {hop("", "a")}));
  there_and_gone(route("0.0.0.0/0", {hop("203.0.113.1", "a", 1, true)}));
  there_and_gone(route("10.3.0.0/16", {hop("fe80::1", "a")}));
  there_and_gone(route("10.4.0.0/16", {hop("192.0.2.2", "a", 3), hop("198.51.100.2", "b", 256)}));
  there_and_gone(route("10.5.0.0/16", {hop("192.0.2.2", "a"), hop("fe80::9", "b", 7, true)}));
  Route full = route("10.6.0.0/16", {hop("192.0.2.2", "a")});
  full.table = 1000;
  full.metric = 7;
  full.tos = 0x10;
  full.src = *parse_ip("192.0.2.1");
  full.protocol = 99;
  there_and_gone(full);
  for (RouteType type :
       {RouteType::blackhole, RouteType::unreachable, RouteType::prohibit, RouteType::throw_}) {
    Route dead = route("10.7.0.0/16", {});
    dead.type = type;
    dead.table = 101;
    there_and_gone(dead);
  }
  Route local = route("10.8.0.1/32", {hop("", "lo")});
  local.type = RouteType::local;
  local.scope = 254;
  local.table = kTableLocal;
  there_and_gone(local);
}

TEST_F(Tables, Ipv6Routes) {
  there_and_gone(route("2001:db8:1::/48", {hop("2001:db8::2", "a")}));
  there_and_gone(route("2001:db8:2::/48", {hop("", "a")}));
  there_and_gone(route("::/0", {hop("fe80::1", "a")}));
  there_and_gone(
      route("2001:db8:3::/48", {hop("fe80::1", "a"), hop("fe80::2", "a", 4), hop("fe80::1", "b")}));
  there_and_gone(route("2001:db8:4::/48", {hop("2001:db8:99::1", "a", 1, true)}));
  Route full = route("2001:db8:6::/48", {hop("2001:db8::2", "a")});
  full.table = 70000;
  full.metric = 7;
  full.pref = 1;
  full.src = *parse_ip("2001:db8::1");
  there_and_gone(full);
  for (RouteType type :
       {RouteType::blackhole, RouteType::unreachable, RouteType::prohibit, RouteType::throw_}) {
    Route dead = route("2001:db8:7::/48", {});
    dead.type = type;
    there_and_gone(dead);
  }
}

TEST_F(Tables, RouteMetrics) {
  for (const char* to : {"10.0.0.0/8", "2001:db8:f::/48"}) {
    Route r = route(to, {hop(to[0] == '1' ? "192.0.2.2" : "2001:db8::2", "a")});
    RouteMetrics& m = r.metrics.make();
    uint32_t value = 100;
    for (const Field& field : kRouteMetricFields)
      if (field.type != Type::boolean && is_numeric(field.type)) field.set_number(&m, value++);
    m.mtu = 1400;
    m.hoplimit = 33;
    m.mtu_lock = m.quickack = m.fastopen_no_cookie = m.ecn = true;
    m.congctl = "reno";
    there_and_gone(r);
  }
}

TEST_F(Tables, RoutesAreReplacedInPlace) {
  Route r = route("10.1.0.0/16", {hop("192.0.2.2", "a")});
  Route other = route("10.1.0.0/16", {hop("192.0.2.3", "a"), hop("198.51.100.9", "b")});
  ASSERT_TRUE(accepted(create(r)));
  ASSERT_TRUE(accepted(update(r, other)));
  State now = state();
  EXPECT_TRUE(*find(now.routes, r) == other);
  Route six = route("2001:db8:1::/48", {hop("fe80::1", "a"), hop("fe80::2", "a")});
  Route single = route("2001:db8:1::/48", {hop("fe80::9", "b")});
  Route dead = route("2001:db8:1::/48", {});
  dead.type = RouteType::unreachable;
  ASSERT_TRUE(accepted(create(six)));
  const Route* at = &six;
  for (const Route* next : {&single, &dead, &six, &dead, &single}) {
    ASSERT_TRUE(accepted(update(*at, *next)));
    now = state();
    ASSERT_NE(find(now.routes, six), nullptr);
    EXPECT_TRUE(*find(now.routes, six) == *next) << run("ip -6 route").output;
    EXPECT_EQ(std::count_if(now.routes.begin(), now.routes.end(),
                            [&](const Route& x) { return x.key() == six.key(); }),
              1);
    at = next;
  }
}

TEST_F(Tables, ForeignRoutesOfTheSameDestinationStay) {
  // The same route by another protocol, and the same with other hops.
  ASSERT_TRUE(
      succeeds("ip route add 10.1.0.0/16 via 192.0.2.2 proto static"
               " && ip route append 10.1.0.0/16 via 192.0.2.2 proto 78 src 192.0.2.1"
               " && ip route append 10.1.0.0/16 via 192.0.2.9 proto 78"
               " && ip -6 route add 2001:db8:1::/48 via 2001:db8::2 proto static metric 5"
               " && ip -6 route append 2001:db8:1::/48 dev a proto 78 metric 5"));
  Route mine = route("10.1.0.0/16", {hop("192.0.2.9", "a")});
  ASSERT_TRUE(accepted(remove(mine)));
  EXPECT_EQ(run("ip route show 10.1.0.0/16").output,
            "10.1.0.0/16 via 192.0.2.2 dev a proto static \n"
            "10.1.0.0/16 via 192.0.2.2 dev a proto 78 src 192.0.2.1 \n");
  mine = route("10.1.0.0/16", {hop("192.0.2.2", "a")});
  mine.src = *parse_ip("192.0.2.1");
  ASSERT_TRUE(accepted(remove(mine)));
  EXPECT_EQ(run("ip route show 10.1.0.0/16").output, "10.1.0.0/16 via 192.0.2.2 dev a proto static \n");
  auto refusal = remove(mine);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ESRCH);

  Route six = route("2001:db8:1::/48", {hop("", "a")});
  six.metric = 5;
  ASSERT_TRUE(accepted(remove(six)));
  EXPECT_THAT(run("ip -6 route show 2001:db8:1::/48").output,
              StartsWith("2001:db8:1::/48 via 2001:db8::2 dev a proto static"));
}

TEST_F(Tables, AMultipathRouteThatSomebodyElseMadeInAnotherOrder) {
  ASSERT_TRUE(
      succeeds("ip route add 10.1.0.0/16 proto static nexthop via 198.51.100.2 weight 2"
               " nexthop via 192.0.2.2"));
  Route r = route("10.1.0.0/16", {});
  State now = state();
  const Route* found = find(now.routes, r);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->hops, (std::vector<NextHop>{hop("192.0.2.2", "a"), hop("198.51.100.2", "b", 2)}));
  EXPECT_TRUE(accepted(remove(*found)));
  EXPECT_EQ(find(state().routes, r), nullptr);
}

TEST_F(Tables, RoutesByNextHopObject) {
  ASSERT_TRUE(
      succeeds("ip nexthop add id 10 via 192.0.2.2 dev a && ip route add 10.1.0.0/16 nhid 10 proto 78"));
  Route r = route("10.1.0.0/16", {hop("192.0.2.2", "a")});
  r.nexthop_id = 10;
  State now = state();
  ASSERT_NE(find(now.routes, r), nullptr);
  EXPECT_TRUE(*find(now.routes, r) == r);
  Query query;
  query.others = true;
  EXPECT_THAT(snapshot(query).others, testing::Contains("nexthop 10"));
  EXPECT_TRUE(accepted(remove(r)));
  EXPECT_TRUE(accepted(create(r)));
  EXPECT_THAT(run("ip route show 10.1.0.0/16").output, HasSubstr("nhid 10"));
}

TEST_F(Tables, OwnRoutesOnly) {
  ASSERT_TRUE(
      succeeds("ip route add 10.1.0.0/16 dev a proto 78 && ip route add 10.2.0.0/16 dev a"
               " && ip -6 route add 2001:db8:9::/48 dev a proto 78"));
  Query query;
  query.own_routes_only = true;
  EXPECT_EQ(state(query).routes.size(), 2U);
  query.routes = false;
  EXPECT_EQ(state(query).routes.size(), 0U);
}

TEST_F(Tables, RefusalsCarryTheKernelsText) {
  auto refusal = create(route("10.1.0.0/16", {hop("203.0.113.1", "a")}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENETUNREACH);
  EXPECT_EQ(refusal->extack, "Nexthop has invalid gateway");
  EXPECT_EQ(refusal->what, "RTM_NEWROUTE");
  refusal = create(route("10.1.0.0/16", {hop("", "nowhere")}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ENODEV);
  EXPECT_THAT(refusal->extack, HasSubstr("nowhere"));
}

TEST_F(Tables, ABatchThatFailsInTheMiddle) {
  std::vector<Route> routes;
  for (int i = 0; i < 1000; ++i)
    routes.push_back(
        route(("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24").c_str(),
              {hop("192.0.2.2", "a")}));
  std::vector<Op> ops;
  for (const Route& r : routes) ops.push_back({Action::create, static_cast<Route*>(nullptr), &r});
  ASSERT_TRUE(accepted(write(ops)));
  Query own;
  own.own_routes_only = true;
  EXPECT_EQ(state(own).routes.size(), 1000U);
  for (Op& op : ops) op = {Action::remove, std::get<const Route*>(op.after), static_cast<Route*>(nullptr)};
  ASSERT_TRUE(accepted(write(ops)));
  for (Op& op : ops) op = {Action::create, static_cast<Route*>(nullptr), std::get<const Route*>(op.before)};
  routes[333].hops[0].via = *parse_ip("203.0.113.1");
  routes[334].hops[0].via = *parse_ip("203.0.113.1");
  auto refusal = write(ops);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->op, 333U);
  EXPECT_EQ(refusal->extack, "Nexthop has invalid gateway");
  EXPECT_LT(state().routes.size(), 700U);
  // Everything fails: no answer may be lost.
  for (Route& r : routes) r.hops[0].via = *parse_ip("203.0.113.1");
  refusal = write(ops);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->op, 0U);
}

TEST_F(Tables, StopIsAskedBetweenBatches) {
  std::vector<Route> routes;
  for (int i = 0; i < 1000; ++i)
    routes.push_back(route(
        ("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24").c_str(), {hop("", "a")}));
  std::vector<Op> ops;
  for (const Route& r : routes) ops.push_back({Action::create, static_cast<Route*>(nullptr), &r});
  int asked = 0;
  auto refusal = kernel_->write(ops, [&] { return ++asked == 3; });
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, EINTR);
  EXPECT_GT(refusal->op, 100U);
  EXPECT_LT(refusal->op, 500U);
}

}  // namespace
}  // namespace netcfg::test
