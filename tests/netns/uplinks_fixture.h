// A host between two providers, and specs that give it both as uplinks.
#pragma once

#include <gmock/gmock.h>

#include "tests/support/sandbox.h"
#include "tests/support/two_providers.h"

namespace netcfg::test {

inline const std::string kHost = R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24, "2001:db8:a::10/64"] }
  eth1: { addresses: [198.51.100.10/24, "2001:db8:b::10/64"] }
  lan: {}
)";

inline const std::string kLinks = R"(
  links:
    telecom: { interface: eth0, gateway: [203.0.113.1, "2001:db8:a::1"], priority: 1 }
    unicom: { interface: eth1, gateway: [198.51.100.1, "2001:db8:b::1"], priority: 2 }
)";

inline const std::string kFailover = "uplinks:\n  policy: failover" + kLinks + R"(  steer:
    - { match: { ip-proto: tcp, dport: 4000, from: 10.0.0.2/32 }, via: unicom }
)";

class UplinksTest : public NetnsTest {
 protected:
  virtual TwoProviders::Lines lines() const { return TwoProviders::Lines::usual; }
  void SetUp() override {
    NetnsTest::SetUp();
    if (netns_) net_ = std::make_unique<TwoProviders>(lines());
  }
  void TearDown() override {
    net_.reset();
    NetnsTest::TearDown();
  }
  void apply(const std::string& rest, const std::string& host = kHost) {
    box_.write("spec.yaml", host + rest);
    auto ended = box_.run("$N --root $T apply --yes --no-check spec.yaml");
    ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
    auto drift = box_.run("$N --root $T drift spec.yaml");
    EXPECT_EQ(drift.status, 0) << drift.out << drift.err;
  }

  Sandbox box_;
  std::unique_ptr<TwoProviders> net_;
};

}  // namespace netcfg::test
