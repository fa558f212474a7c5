// routes: { from-file: … }
#include <gmock/gmock.h>

#include <cerrno>

#include "netcfg/json/write.h"
#include "netcfg/spec/spec.h"

namespace netcfg {
namespace {

constexpr const char* kHead =
    "netcfg: 1\ninterfaces:\n  eth0: { addresses: [192.0.2.1/24, '2001:db8::1/64'] }\n  eth1: {}\n"
    "tables: { telecom: 101 }\n";

struct Reading {
  Sources sources;
  Diagnostics diagnostics;
  std::optional<Desired> desired;
  std::string told() const { return format(diagnostics, sources, false); }
};

Reading read(const std::string& lines) {
  Reading out;
  ReadNamed named = [&](uint16_t from, std::string_view name) -> Result<SpecFile> {
    EXPECT_EQ(from, 0);
    if (name != "list.routes") return Error{"cannot read it", "look", ENOENT};
    return SpecFile{"list.routes", lines};
  };
  out.desired = read_spec({{"spec.yaml", std::string(kHead) + "routes: { from-file: list.routes }\n"}},
                          out.sources, out.diagnostics, named);
  return out;
}

// The same routes as YAML.
std::vector<Route> as_list(const std::string& yaml) {
  Sources sources;
  Diagnostics diagnostics;
  auto desired = read_spec(std::vector<SpecFile>{{"spec.yaml", std::string(kHead) + "routes:\n" + yaml}},
                           sources, diagnostics);
  EXPECT_TRUE(desired) << format(diagnostics, sources, false);
  return desired ? desired->state.routes : std::vector<Route>{};
}

TEST(RouteFile, LinesAreReadAsTheSameRoutesInYaml) {
  Reading reading = read(
      "# to the east\n"
      "10.0.0.0/8 via 192.0.2.2 dev eth0 proto static metric 100 src 192.0.2.1 mtu lock 1400 initcwnd 20\n"
      "\n"
      "default via 192.0.2.9\t# the way out\r\n"
      "blackhole 10.66.0.0/16 table telecom\n"
      "10.1.0.0/16 nexthop via 192.0.2.2 dev eth0 weight 2 nexthop via 192.0.2.3 dev eth0 onlink\n"
      "2001:db8:1::/48 via fe80::1 dev eth0 pref high\n"
      "10.2.0.0/16 via inet6 fe80::1 dev eth0 quickack 1 rto_min 20ms\n"
      "10.3.0.1 dev eth1 scope link");
  ASSERT_TRUE(reading.desired) << reading.told();
  EXPECT_EQ(
      reading.desired->state.routes,
      as_list(
          "- { to: 10.0.0.0/8, via: 192.0.2.2, dev: eth0, metric: 100, src: 192.0.2.1, mtu-lock: true, mtu: "
          "1400, initcwnd: 20 }\n"
          "- { to: default, via: 192.0.2.9 }\n"
          "- { to: 10.66.0.0/16, type: blackhole, table: telecom }\n"
          "- { to: 10.1.0.0/16, next-hops: [{ via: 192.0.2.2, dev: eth0, weight: 2 }, { via: 192.0.2.3, "
          "dev: eth0, onlink: true }] }\n"
          "- { to: '2001:db8:1::/48', via: 'fe80::1', dev: eth0, pref: high }\n"
          "- { to: 10.2.0.0/16, via: 'fe80::1', dev: eth0, quickack: true, rto-min: 20ms }\n"
          "- { to: 10.3.0.1, dev: eth1, scope: link }\n"));
  for (const Route& route : reading.desired->state.routes)
    EXPECT_EQ(reading.sources.name(route.origin.file), "list.routes");
  EXPECT_EQ(reading.sources.where(reading.desired->state.routes[0].origin), "list.routes:5:1");
}

struct Mistake {
  const char* line;
  const char* told;
};

TEST(RouteFile, MistakesAreShownWhereTheyStand) {
  for (const Mistake& m :
       {Mistake{"10.0.0.0/8 via 192.0.2.300", "list.routes:2:16: error: "},
        {"10.0.0.1/8 via 192.0.2.2", "list.routes:2:1: error: 10.0.0.1/8 has host bits"},
        {"10.0.0.0/8 vai 192.0.2.2", "did you mean 'via'?"},
        {"10.0.0.0/8 via", "list.routes:2:12: error: 'via' has no value"},
        {"10.0.0.0/8 via 192.0.2.2 via 192.0.2.3", "list.routes:2:26: error: 'via' is given twice"},
        {"blackhole", "the destination is missing"},
        {"10.0.0.0/8", "the route has no next hop"},
        {"10.0.0.0/8 dev eth0 metric 1x", "list.routes:2:28: error: "},
        {"10.0.0.0/8 dev eth0 table china", "no table is named"},
        {"10.0.0.0/8 dev eth7", "eth7"},
        {"10.9.0.0/16 via 192.0.2.2",
         "list.routes:2:1: error: 10.9.0.0/16 is given twice; first at list.routes:1:1"}}) {
    Reading reading = read(std::string("10.9.0.0/16 via 192.0.2.2\n") + m.line + "\n");
    EXPECT_FALSE(reading.desired) << m.line;
    EXPECT_THAT(reading.told(), testing::HasSubstr(m.told)) << m.line;
    EXPECT_THAT(reading.told(), testing::HasSubstr("^")) << m.line;
  }
}

TEST(RouteFile, WhatCannotBeReadIsToldAtItsName) {
  Sources sources;
  Diagnostics diagnostics;
  auto read = [](uint16_t, std::string_view) -> Result<SpecFile> {
    return Error{"cannot read it", "look", ENOENT};
  };
  EXPECT_FALSE(
      read_spec({{"spec.yaml", "netcfg: 1\nroutes: { from-file: none }\n"}}, sources, diagnostics, read));
  EXPECT_THAT(format(diagnostics, sources, false),
              testing::HasSubstr("spec.yaml:2:22: error: cannot read it"));
  Diagnostics others;
  EXPECT_FALSE(read_spec({{"spec.yaml", "netcfg: 1\nroutes: { form-file: none }\n"}}, sources, others, read));
  EXPECT_THAT(format(others, sources, false), testing::HasSubstr("from-file"));
}

}  // namespace
}  // namespace netcfg
