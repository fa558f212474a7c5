// Routes are packed by what differs from the one before; none of it may be lost.
#include "netcfg/store/packed_routes.h"

#include <gmock/gmock.h>

#include <functional>

namespace netcfg::test {
namespace {

Route route(uint32_t i) {
  Route r;
  r.to = {Ip{Family::ipv4,
             {10, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}},
          32};
  r.hops = {{*parse_ip("192.0.2.2"), "eth0", 1, false}};
  r.scope = 0;
  r.origin = {i + 5, 3, 0};
  return r;
}

// With what == leaves out.
void expect_same(const std::vector<Route>& a, const std::vector<Route>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i], b[i]) << i;
    EXPECT_EQ(a[i].origin, b[i].origin) << i;
    EXPECT_EQ(a[i].protocol, b[i].protocol) << i;
  }
}

TEST(PackedRoutes, ALongListTakesLittleRoom) {
  std::vector<Route> list;
  for (uint32_t i = 0; i < 1000; ++i) list.push_back(route(i));
  std::string bytes = pack_routes(list);
  EXPECT_LT(bytes.size(), 10'000U);
  auto back = unpack_routes(bytes);
  ASSERT_TRUE(back);
  expect_same(*back, list);
}

TEST(PackedRoutes, EachFieldThatDiffersFromTheRouteBeforeIsKept) {
  const std::function<void(Route&)> changes[] = {
      [](Route& r) { r.to = *parse_prefix("2001:db8::/48"); },
      [](Route& r) { r.to.length = 31; },
      [](Route& r) { r.table = 7; },
      [](Route& r) { r.metric = 7; },
      [](Route& r) { r.tos = 8; },
      [](Route& r) { r.type = RouteType::blackhole; },
      [](Route& r) { r.protocol = 4; },
      [](Route& r) { r.scope.reset(); },
      [](Route& r) { r.scope = 253; },
      [](Route& r) { r.pref = 3; },
      [](Route& r) { r.src = *parse_ip("192.0.2.1"); },
      [](Route& r) { r.nexthop_id = 9; },
      [](Route& r) { r.hops.clear(); },
      [](Route& r) { r.hops[0].via = *parse_ip("192.0.2.3"); },
      [](Route& r) { r.hops[0].dev = "eth1"; },
      [](Route& r) { r.hops[0].onlink = true; },
      [](Route& r) {
        r.hops.push_back({*parse_ip("192.0.2.3"), "eth0", 2, false});
      },
      [](Route& r) { r.origin.column = 9; },
      [](Route& r) { r.origin.file = 1; },
  };
  for (size_t i = 0; i < std::size(changes); ++i) {
    SCOPED_TRACE(i);
    std::vector<Route> list{route(1), route(2), route(3)};
    changes[i](list[1]);
    auto back = unpack_routes(pack_routes(list));
    ASSERT_TRUE(back);
    expect_same(*back, list);
  }
}

TEST(PackedRoutes, WhatWasWrittenBeforeThereWereFormsIsRead) {
  std::string bytes = pack_routes({route(1)});
  bytes.erase(4 + 4 + sizeof(IfName) + 8, 1);  // the form of the route, behind mark, names and count
  bytes.erase(0, 4);
  auto back = unpack_routes(bytes);
  ASSERT_TRUE(back);
  expect_same(*back, {route(1)});
}

TEST(PackedRoutes, TheFirstRouteHasNoneBefore) {
  std::string bytes = pack_routes({route(1)});
  bytes[4 + 4 + sizeof(IfName) + 8] = 1;
  EXPECT_FALSE(unpack_routes(bytes));
}

}  // namespace
}  // namespace netcfg::test
