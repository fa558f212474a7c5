// Changes that are made over SSH: what cuts the way of whoever made them is taken back in time, and the same
// connection goes on; what does not is kept.
#include <gmock/gmock.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/settled.h"
#include "tests/support/ssh_drill.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds kWindow{3000}, kGrace{1000};

constexpr const char* kEth0 = "  eth0: { addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n";
constexpr const char* kDefaults =
    "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fe' }]\n";

std::string spec(const std::string& interfaces, const std::string& more = "") {
  return "netcfg: 1\nguard: { window: 3s }\ninterfaces:\n" + interfaces + more;
}

constexpr SshDrillNet kNear4{}, kNear6{.ipv6 = true};
constexpr SshDrillNet kFar4{.router = true}, kFar6{.ipv6 = true, .router = true};

class GuardDrill : public SshDrillTest {
 protected:
  void begin_with(const std::string& now) {
    ASSERT_TRUE(drill_);
    box_.write("own.yaml", spec(kEth0));  // first it takes over the addresses that are there
    box_.write("now.yaml", now);
    auto applied = box_.run(
        "mkfifo waiting written go && for spec in own now; do"
        " $N --root $T apply --yes -q --no-check $spec.yaml || exit; done");
    ASSERT_EQ(applied.status, 0) << applied.err;
    before_ = dump_when_quiet();
    session_ = drill_->ask("echo $SSH_CONNECTION").output;
    ASSERT_THAT(session_, HasSubstr(drill_->admin_address()));
  }
  // Begins `apply` in the session. It says so by fifos when the window opens, and, if `stops`, when it has
  // written the change; then it waits for go().
  void apply(const std::string& then, const std::string& options = "--yes", bool stops = false) {
    box_.write("then.yaml", then);
    std::string written = stops ? "NETCFG_AT_written='echo >$T/written; read go <$T/go' " : "";
    drill_->type(written + "NETCFG_AT_waiting='echo >$T/waiting' $N --root $T apply " + options +
                 " then.yaml; echo ended $?\n");
  }
  bool comes(const std::string& moment) {
    return run("timeout 20 cat " + box_.path() + "/" + moment).output == "\n";
  }
  void go() { EXPECT_TRUE(succeeds("timeout 20 sh -c 'echo >" + box_.path() + "/go'")); }

  // Until sshd answers a new connection.
  void wait_for_handshake() {
    std::string one = "timeout 0.1 bash -c \"</dev/tcp/" + drill_->host_address() + "/22\" 2>/dev/null";
    EXPECT_TRUE(drill_->admin("timeout 30 sh -c 'until " + one + "; do :; done'").ok());
  }
  // What apply said, with its exit status at the end.
  std::string ended() {
    auto said = drill_->hear("ended ");
    auto status = said ? drill_->hear("\n") : std::nullopt;
    return status ? *said + *status : "nothing is heard";
  }
  void expect_the_session_goes_on() {
    EXPECT_TRUE(drill_->connected());
    EXPECT_EQ(drill_->ask("echo $SSH_CONNECTION").output, session_);
  }
  // Once whoever was left has done its part.
  std::string last_outcome() {
    EXPECT_EQ(box_.run("for l in $(find $T/run -name lock); do flock -w 20 $l true || exit 1; done").status,
              0);
    auto history = box_.run("$N --root $T history --format json");
    EXPECT_EQ(history.status, 0) << history.err;
    return nlohmann::json::parse(history.out).at("generations").back().at("outcome");
  }
  void report(const char* what, milliseconds value) {
    RecordProperty(what, static_cast<int>(value.count()));
    std::cout << what << ": " << value.count() << "\n";
  }

  std::string before_, session_;
};

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
  EXPECT_THAT(ended(), AllOf(HasSubstr("was not kept: connectivity was lost: "), HasSubstr(GetParam().told),
                             HasSubstr("The earlier state is restored and verified."), HasSubstr("ended 3")));
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
  EXPECT_THAT(ended(), AllOf(HasSubstr("Applied and verified: "), HasSubstr("ended 0")));
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
