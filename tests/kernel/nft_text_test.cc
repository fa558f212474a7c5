// The text that netcfg makes of `nat:` is the very text in which nft lists the table: then a look at the live
// one tells whether it is as specified, and nothing has to be loaded for that.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <random>

#include "netcfg/kernel/nftables.h"
#include "netcfg/spec/spec.h"
#include "tests/support/in_ci.h"

namespace netcfg::nl {
namespace {

// A spec with random entries. They need not make sense together, only each by itself.
class RandomNat {
 public:
  explicit RandomNat(uint32_t seed) : random_(seed) {}

  std::string spec() {
    std::string out =
        "netcfg: 1\ninterfaces:\n"
        "  eth0: { addresses: [203.0.113.10/24, 203.0.113.11/24, \"2001:db8::10/64\"] }\n"
        "  eth1: { addresses: [10.0.0.1/24, \"fd00::1/64\"] }\nnat:\n";
    out += "  masquerade:\n";
    for (size_t i = below(4); i-- > 0;) out += "    - " + masquerade() + "\n";
    out += "  snat:\n";
    for (size_t i = below(4); i-- > 0;) out += "    - " + snat() + "\n";
    out += "  port-forward:\n";
    // Each has ports of its own, so that none is forwarded twice.
    for (uint32_t i = 0, n = below(5) + 1; i < n; ++i) out += "    - " + forward(1000 + i * 10000) + "\n";
    return out;
  }

 private:
  uint32_t below(uint32_t n) { return std::uniform_int_distribution<uint32_t>(0, n - 1)(random_); }
  bool chance() { return below(2) == 0; }
  std::string pick(std::vector<std::string> all) { return all[below(static_cast<uint32_t>(all.size()))]; }

  std::string network(bool v6) {
    return v6 ? pick({"\"fd00::/8\"", "\"2001:db8:0:8::/61\"", "\"fd00::7\"", "\"::/0\"", "\"fd00::/127\""})
              : pick({"10.0.0.0/8", "192.168.0.0/17", "172.16.0.0/12", "10.0.0.7", "0.0.0.0/0", "10.1.0.0/31",
                      "128.0.0.0/1"});
  }
  std::string selectors(bool v6) {
    std::string out;
    if (chance())
      out += ", from: " + network(v6);
    else if (chance())
      out += fmt::format(", from: [{}, {}]", v6 ? "\"fd01::/16\"" : "10.2.0.0/15", network(v6));
    if (chance()) out += ", destination: " + network(v6);
    return out;
  }
  std::string masquerade() {
    if (chance()) return "{ out: eth0, family: " + pick({"ipv4", "ipv6", "both"}) + " }";
    return "{ out: eth0" + selectors(chance()) + " }";
  }
  std::string snat() {
    bool v6 = chance();
    std::string to = v6 ? "\"2001:db8::10\"" : pick({"203.0.113.10", "[203.0.113.10, 203.0.113.11]"});
    return "{ out: eth0" + selectors(v6) + ", to: " + to + " }";
  }
  std::string ip(bool v6, uint32_t i) {
    return v6 ? fmt::format("fd00::{:x}", i) : fmt::format("10.0.0.{}", i);
  }
  std::string endpoint(bool v6, uint32_t i, const std::string& ports) {
    if (ports.empty()) return fmt::format("\"{}\"", ip(v6, i));
    return v6 ? fmt::format("\"[{}]:{}\"", ip(v6, i), ports) : fmt::format("\"{}:{}\"", ip(v6, i), ports);
  }
  std::string forward(uint32_t base) {
    bool v6 = chance();
    std::string out = "{ ip-proto: " + pick({"tcp", "udp", "[tcp, udp]", "sctp", "dccp", "udplite"});
    if (chance()) out += ", in: eth0";
    if (chance() || out.find("in:") == out.npos)
      out += v6 ? ", address: \"2001:db8::10\"" : ", address: 203.0.113.10";
    if (chance()) out += ", hairpin: false";
    if (chance()) out += ", from: " + network(v6);
    uint32_t length = 1 + below(chance() ? 200 : 3);
    switch (below(5)) {
      case 0:  // to ports of the same number
        return out + fmt::format(", dport: [{}, {}-{}, {}], to: {} }}", base, base + 7, base + 6 + length,
                                 base + 5000, endpoint(v6, 2, ""));
      case 1:  // one by one
        return out + fmt::format(", dport: {}-{}, to: {} }}", base, base + length,
                                 endpoint(v6, 2, fmt::format("{}-{}", 3000, 3000 + length)));
      case 2:  // to any of a range
        return out + fmt::format(", dport: {}, to: {} }}", base, endpoint(v6, 2, "3000-3010"));
      case 3:
        return out + fmt::format(", dport: {}-{}, to: [{}, {}, {}], distribute: {} }}", base, base + length,
                                 endpoint(v6, 2, ""), endpoint(v6, 3, ""), endpoint(v6, 4, ""),
                                 pick({"round-robin", "random", "source"}));
      default:
        return out + fmt::format(", dport: [{}, {}], to: [{}, {}] }}", base, base + 2, endpoint(v6, 2, "80"),
                                 endpoint(v6, 3, "8080"));
    }
  }

  std::mt19937 random_;
};

std::string text_of(const std::string& spec) {
  Sources sources;
  Diagnostics diagnostics;
  SpecFile file{"test.yaml", spec};
  auto desired = read_spec({&file, 1}, sources, diagnostics);
  EXPECT_TRUE(desired) << format(diagnostics, sources, false) << spec;
  return desired && !desired->state.rulesets.empty() ? desired->state.rulesets.front().text : "";
}

TEST(NftText, IsWhatNftLists) {
  constexpr uint32_t kSpecs = 60;
  size_t rules = 0;
  for (uint32_t seed = 0; seed < kSpecs; ++seed) {
    std::string spec = RandomNat(seed).spec();
    std::string text = text_of(spec);
    ASSERT_FALSE(text.empty()) << spec;
    auto tried = try_nft_table(text);
    if (!tried && !test::in_ci()) GTEST_SKIP() << "NOT TESTED: no network namespace can be made here";
    ASSERT_TRUE(tried);
    ASSERT_TRUE(*tried) << tried->error().message << spec << text;
    ASSERT_EQ(**tried, text) << spec;
    rules += unified_diff("", text).size();
  }
  EXPECT_GT(rules, 1000U);
}

std::string with_rule(const std::string& rule) {
  NftRules rules;
  rules.dstnat = {{"tcp dport 80 accept", {}, {}}, {rule, {}, {}}};
  return to_ruleset(rules).text;
}

TEST(NftTrial, TellsWhatTheKernelRefuses) {
  auto tried = try_nft_table(with_rule("counter name \"nobody\""));
  if (!tried && !test::in_ci()) GTEST_SKIP() << "NOT TESTED: no network namespace can be made here";
  ASSERT_TRUE(tried);
  ASSERT_FALSE(*tried);
  EXPECT_THAT(tried->error().message, testing::HasSubstr("`counter name \"nobody\"`"));
  EXPECT_EQ(tried->error().code, 5);
  // Found for the table as a whole; nft -c has nothing against it.
  tried = try_nft_table(with_rule("masquerade"));
  ASSERT_TRUE(tried);
  ASSERT_FALSE(*tried);
  EXPECT_THAT(tried->error().message, testing::HasSubstr("Operation not supported"));
}

}  // namespace
}  // namespace netcfg::nl
