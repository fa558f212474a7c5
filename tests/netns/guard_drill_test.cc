// What cuts the way of whoever changes a host over SSH is taken back in time, and the same connection goes
// on; what does not is kept.
#include <gmock/gmock.h>

#include <chrono>

#include "tests/support/guard_drill.h"
#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;

struct Case {
  const char* name;
  SshDrillNet net;
  std::string now, then;
  std::string told{};    // what apply says, among other things
  std::string router{};  // what happens there before
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name) + (info.param.net.ipv6 ? "6" : "4");
}

class Cuts : public GuardDrill, public testing::WithParamInterface<Case> {
  SshDrillNet net() const override { return GetParam().net; }
};

TEST_P(Cuts, AreTakenBackInTime) {
  begin_with(GetParam().now);
  apply(GetParam().then);
  ASSERT_TRUE(comes("waiting"));
  auto opened = steady_clock::now();
  EXPECT_FALSE(drill_->accepts()) << "it cuts nothing";
  wait_for_handshake();
  auto late = std::chrono::duration_cast<milliseconds>(steady_clock::now() - opened - kWindow);
  report("first_handshake_after_window_ms", late);
  EXPECT_GT(late, milliseconds(-300)) << "it may recover as long as the window is open";
  EXPECT_LT(late, kGrace);
  EXPECT_THAT(ended(),
              AllOf(HasSubstr("was not kept: connectivity was lost: "), HasSubstr(GetParam().told),
                    HasSubstr("The earlier state is restored and verified."), HasSubstr("=status 3")));
  auto resumed = std::chrono::duration_cast<milliseconds>(steady_clock::now() - opened - kWindow);
  report("session_after_window_ms", resumed);
  expect_the_session_goes_on();
  EXPECT_TRUE(comes_to(before_));
  EXPECT_EQ(last_outcome(), "reverted");
}

const std::string kNear = spec(kEth0), kFar = spec(kEth0, kDefaults);
const std::string kOther4 = spec("  eth0: { addresses: [192.0.2.50/24, '2001:db8:1::1/64'] }\n");
const std::string kOther6 = spec("  eth0: { addresses: [192.0.2.1/24, '2001:db8:1::50/64'] }\n");
const std::string kDown = "  eth0: { state: down }\n";
const std::string kBridged = spec(
    "  eth0: {}\n  br0: { bridge: { members: [eth0] }, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n");
const std::string kAlone =
    spec("  eth0: {}\n  br0: { bridge: {}, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n");

// This kernel may have neither bonds nor VLANs: a bridge stands for all that can lose its only member.
INSTANTIATE_TEST_SUITE_P(
    Drill, Cuts,
    testing::Values(
        Case{"AWrongGateway", kFar4, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.253 }, { to: default, via: '2001:db8:1::fe' }]\n"),
             "gateway 192.0.2.253 dev eth0: no answer"},
        Case{"AWrongGateway", kFar6, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fd' }]\n"),
             "gateway 2001:db8:1::fd dev eth0: no answer"},
        Case{"AnotherAddress", kNear4, kNear, kOther4,
             "a new connection from 192.0.2.7 could not be answered"},
        Case{"AnotherAddress", kNear6, kNear, kOther6,
             "a new connection from 2001:db8:1::7 could not be answered"},
        Case{"NoDefaultRoute", kFar4, kFar, spec(kEth0), "gateway: no default gateway is left (IPv4)"},
        Case{"NoRouteBack", kFar4,
             spec(kEth0,
                  "routes: [{ to: 198.51.100.0/24, via: 192.0.2.254 }, { to: default, type: blackhole "
                  "}]\n"),
             spec(kEth0, "routes: [{ to: default, type: blackhole }]\n"),
             "a new connection from 198.51.100.7 could not be answered"},
        Case{"NoRouteBack", kFar6, kFar,
             spec(kEth0, std::string(kDefaults) + "rules: [{ priority: 7, to: '2001:db8:2::/64', action: "
                                                  "blackhole }]\n"),
             "a new connection from 2001:db8:2::7 could not be answered"},
        Case{"ABridgeWithoutMembers", kNear4, kNear, kAlone, "ssh 192.0.2.7 port "},
        Case{"AMemberIsReleased", kNear6, kBridged, kAlone, "ssh 2001:db8:1::7 port "},
        Case{"TheLinkIsDown", kFar4, kFar, spec(kDown), "could not be answered"},
        Case{"TheLinkIsDown", kFar6, kFar, spec(kDown), "could not be answered"}),
    name_of);

class Keeps : public GuardDrill, public testing::WithParamInterface<Case> {
  SshDrillNet net() const override { return GetParam().net; }
};

TEST_P(Keeps, AreKept) {
  begin_with(GetParam().now);
  if (!GetParam().router.empty()) {
    ASSERT_TRUE(drill_->router(GetParam().router).ok());
  }
  apply(GetParam().then);
  ASSERT_TRUE(comes("waiting"));
  EXPECT_THAT(ended(), AllOf(HasSubstr("Applied and verified: "), HasSubstr("=status 0")));
  EXPECT_TRUE(drill_->accepts());
  expect_the_session_goes_on();
  EXPECT_EQ(last_outcome(), "kept");
  EXPECT_EQ(drill_->ask("$N --root $T drift then.yaml").status, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Drill, Keeps,
    testing::Values(
        Case{"OneMoreAddress", kFar4, kFar,
             spec("  eth0: { addresses: [192.0.2.1/24, 192.0.2.50/24, '2001:db8:1::1/64'] }\n", kDefaults)},
        Case{"AnotherMtu", kFar6, kFar,
             spec("  eth0: { mtu: 1300, addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n", kDefaults)},
        Case{"AnotherGateway", kFar4, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.253 }, { to: default, via: '2001:db8:1::fe' }]\n"),
             "", "ip addr add 192.0.2.253/24 dev host"},
        Case{"AnotherGateway", kFar6, kFar,
             spec(kEth0,
                  "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fd' }]\n"),
             "", "ip addr add 2001:db8:1::fd/64 dev host nodad"},
        Case{"IntoABridge", kNear4, kNear, kBridged}, Case{"IntoABridge", kNear6, kNear, kBridged}),
    name_of);

}  // namespace
}  // namespace netcfg::test
