// Traffic that is steered by its DSCP, on a real kernel: what this host makes, and what it forwards.
#include "tests/netns/uplinks_fixture.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int kEf = 46, kAf41 = 34, kCs6 = 48, kOdd = 5;

const std::string kByDscp = "uplinks:" + kLinks + R"(  steer:
    - { match: { dscp: ef }, via: unicom }
    - { match: { dscp: af41, ip-proto: tcp, dport: 4000 }, via: unicom }
    - { match: { dscp: 5, from: 10.0.0.0/24 }, via: unicom }
    - { match: { dscp: cs6, iif: lan, family: ipv4 }, via: unicom }
)";

class SteerByDscp : public UplinksTest {
 protected:
  static constexpr const char *kA4 = "203.0.113.10 ", *kB4 = "198.51.100.10 ", *kA6 = "2001:db8:a::10 ",
                              *kB6 = "2001:db8:b::10 ";
  std::string here(const std::string& protocol, int dscp, const std::string& from = {}) {
    return net_->ask_from_host(protocol, TwoProviders::kClient4, from, dscp);
  }
  std::string here6(const std::string& protocol, int dscp) {
    return net_->ask_from_host(protocol, TwoProviders::kClient6, {}, dscp);
  }
  std::string inside(const std::string& protocol, int dscp) {
    return net_->ask_from_inside(protocol, TwoProviders::kClient4, dscp);
  }
};

TEST_F(SteerByDscp, ThatTheKernelsRulesDoNotKnow) {
  apply(kByDscp);
  for (const char* protocol : {"tcp", "udp"}) {
    EXPECT_THAT(here(protocol, 0), StartsWith(kA4)) << protocol;
    EXPECT_THAT(here(protocol, kEf), StartsWith(kB4)) << protocol;
    EXPECT_THAT(here6(protocol, 0), StartsWith(kA6)) << protocol;
    EXPECT_THAT(here6(protocol, kEf), StartsWith(kB6)) << protocol;
    EXPECT_THAT(inside(protocol, 0), StartsWith(kA4)) << protocol;
    EXPECT_THAT(inside(protocol, kEf), StartsWith(kB4)) << protocol;
  }
}

TEST_F(SteerByDscp, OtherSelectorsCountAsWell) {
  apply(kByDscp);
  EXPECT_THAT(here("tcp", kAf41), StartsWith(kB4));
  EXPECT_THAT(here("udp", kAf41), StartsWith(kA4)) << "of TCP alone";
  EXPECT_THAT(inside("tcp", kAf41), StartsWith(kB4));
  EXPECT_THAT(inside("udp", kAf41), StartsWith(kA4));
  EXPECT_THAT(inside("udp", kOdd), StartsWith(kB4));
  EXPECT_THAT(here("udp", kOdd), StartsWith(kA4)) << "from another network";
  EXPECT_THAT(inside("tcp", kCs6), StartsWith(kB4));
  EXPECT_THAT(here("tcp", kCs6), StartsWith(kA4)) << "came by no interface";
}

TEST_F(SteerByDscp, TheFirstThatMatchesCountsAlsoForWhatIsMadeHere) {
  apply("uplinks:" + kLinks + R"(  steer:
    - { match: { to: 192.0.2.7/32, ip-proto: udp }, via: telecom }
    - { match: { dscp: ef }, via: unicom }
)");
  EXPECT_THAT(here("udp", kEf), StartsWith(kA4));
  EXPECT_THAT(here("tcp", kEf), StartsWith(kB4));
  EXPECT_THAT(here("tcp", kEf, "203.0.113.10"), StartsWith(kB4)) << "whatever its address is";
}

// What came in by a line is answered by it, whatever the answer is marked with.
TEST_F(SteerByDscp, AnswersStayWithTheirLine) {
  apply(kByDscp + "nat: { port-forward: [{ in: eth0, ip-proto: tcp, dport: 8080, to: \"10.0.0.2:80\" }] }\n");
  net_->serve_inside(80);
  ASSERT_TRUE(net_->inside("nft 'add table ip m; add chain ip m o { type filter hook output priority 0; };"
                           " add rule ip m o tcp sport 80 ip dscp set ef'")
                  .ok());
  EXPECT_THAT(net_->ask("tcp", "203.0.113.10", 8080), StartsWith("192.0.2.7 "));
}

TEST_F(SteerByDscp, MistakesAreToldOfTheirLine) {
  for (auto [match, told] : {std::pair{"dscp: af44", "dscp"},
                             {"dscp: 64", "64"},
                             {"dscp: ef, tos: 16", "'tos' and 'dscp' are the same byte"},
                             {"dscp: ef, uid-range: 4321", "'uid-range' cannot be had with 'dscp'"},
                             {"dscp: ef, not: true", "'not' cannot be had with 'dscp'"},
                             {"dscp: ef, fwmark: 0x1000000/0x1000000", "hold the DSCP"}}) {
    box_.write("spec.yaml",
               kHost + "uplinks:" + kLinks + "  steer:\n    - { match: { " + match + " }, via: unicom }\n");
    auto ended = box_.run("$N validate spec.yaml");
    EXPECT_EQ(ended.status, 1) << match;
    EXPECT_THAT(ended.err, HasSubstr(told)) << match;
    EXPECT_THAT(ended.err, HasSubstr("spec.yaml:11:")) << match << ended.err;
  }
}

}  // namespace
}  // namespace netcfg::test
