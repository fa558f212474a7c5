// What a change has other hosts told about: the addresses that moved, and no others.
#include "netcfg/apply/moved.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/managed.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kBase = R"(netcfg: 1
interfaces:
  eth0: { addresses: [192.0.2.1/24, { address: "2001:db8::1/64", nodad: true }] }
  eth1: {}
  br0: { bridge: { members: [eth1] } }
  br0.7: { vlan: { parent: br0, id: 7 }, addresses: [10.7.0.1/24] }
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  EXPECT_NE(at, text.npos);
  return text.replace(at, from.size(), to);
}

class MovedTest : public testing::Test {
 protected:
  MovedTest() {
    SimHost host;
    host.add_nic("eth0", Mac{{0x52, 0x54, 0, 0, 0, 2}});
    host.add_nic("eth1", Mac{{0x52, 0x54, 0, 0, 0, 3}});
    host.add_nic("eth2", Mac{{0x52, 0x54, 0, 0, 0, 1}});
    kernel_ = SimKernel(std::move(host));
    EXPECT_TRUE(went_well(managed_.apply(kBase)));
    kernel_.announced.clear();
  }
  // "br0.7 10.7.0.1 52:54:00:00:00:03", but for what the kernel makes by itself.
  std::vector<std::string> announced() {
    std::vector<std::string> out;
    for (const Announcement& a : kernel_.announced) {
      EXPECT_EQ(a.link, kernel_.state().link(a.dev)->index);
      if (!a.ip.is_link_local())
        out.push_back(fmt::format("{} {} {}", a.dev.view(), to_string(a.ip), to_string(a.mac)));
    }
    kernel_.announced.clear();
    return out;
  }
  std::vector<std::string> after(const std::string& spec) {
    EXPECT_TRUE(went_well(managed_.apply(spec)));
    return announced();
  }

  SimKernel kernel_;
  Managed managed_{kernel_};
};

TEST_F(MovedTest, NewAddressesAlone) {
  EXPECT_THAT(after(replaced(kBase, "[192.0.2.1/24", "[192.0.2.1/24, 192.0.2.9/24")),
              ElementsAre("eth0 192.0.2.9 52:54:00:00:00:02"));
}

TEST_F(MovedTest, NothingWhereNothingMoves) {
  EXPECT_THAT(after(replaced(kBase, "eth0: {", "eth0: { mtu: 1400,")), IsEmpty());
  EXPECT_THAT(after(kBase), IsEmpty());
}

TEST_F(MovedTest, AnAddressThatGoesToAnotherLink) {
  EXPECT_THAT(after(replaced(replaced(kBase, "192.0.2.1/24, ", ""), "eth1: {}",
                             "eth1: {}\n  eth2: { addresses: [192.0.2.1/24] }")),
              ElementsAre("eth2 192.0.2.1 52:54:00:00:00:01"));
}

TEST_F(MovedTest, WhatStandsOnABridgeThatGetsAMember) {
  // The lower MAC address is the bridge's from then on, and that of the VLAN above it.
  EXPECT_THAT(after(replaced(replaced(kBase, "[eth1]", "[eth1, eth2]"), "eth1: {}", "eth1: {}\n  eth2: {}")),
              ElementsAre("br0.7 10.7.0.1 52:54:00:00:00:01"));
}

TEST_F(MovedTest, ALinkThatComesUp) {
  EXPECT_THAT(after(replaced(kBase, "eth0: {", "eth0: { state: down,")), IsEmpty());
  EXPECT_THAT(after(kBase),
              UnorderedElementsAre("eth0 192.0.2.1 52:54:00:00:00:02", "eth0 2001:db8::1 52:54:00:00:00:02"));
}

TEST_F(MovedTest, AWayBackAsWell) {
  // Another label means that it goes and comes again.
  std::string spec = replaced(kBase, "192.0.2.1/24", "{ address: 192.0.2.1/24, label: \"eth0:1\" }");
  kernel_.after_write = [](SimKernel& kernel, const Op& op) {
    if (op.action == Action::remove) kernel.fail_at(0, EPERM);
  };
  EXPECT_EQ(managed_.apply(spec).outcome, Outcome::restored);
  EXPECT_THAT(announced(), testing::Contains("eth0 192.0.2.1 52:54:00:00:00:02"));
}

}  // namespace
}  // namespace netcfg::test
