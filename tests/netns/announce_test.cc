// Other hosts on the network learn at once where an address is after a change.
#include <gmock/gmock.h>

#include <memory>

#include "tests/support/child.h"
#include "tests/support/managed_kernel.h"
#include "tests/support/new_netns.h"

namespace netcfg::test {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kHere = R"(netcfg: 1
interfaces:
  one: { addresses: [192.0.2.1/24, { address: "2001:db8::1/64", nodad: true }] }
  two: {}
)";
constexpr const char* kThere = R"(netcfg: 1
interfaces:
  one: {}
  two: { addresses: [192.0.2.1/24, { address: "2001:db8::1/64", nodad: true }] }
)";

// A bridge without ports, which nobody reaches, and one with its only port.
constexpr const char* kAlone = R"(netcfg: 1
interfaces:
  one: {}
  br0: { bridge: {}, addresses: [192.0.2.1/24, { address: "2001:db8::1/64", nodad: true }] }
)";
constexpr const char* kBridged = R"(netcfg: 1
interfaces:
  one: {}
  br0: { bridge: { members: [one] }, addresses: [192.0.2.1/24, { address: "2001:db8::1/64", nodad: true }] }
)";

// A host with two cards in one network, and a peer there.
class Announce : public ManagedTest {
 protected:
  void SetUp() override {
    ManagedTest::SetUp();
    if (!is_ready()) return;
    peer_ = new_netns();
    ASSERT_TRUE(
        succeeds("i=0; for l in one two; do i=$((i + 1)); ip link add name $l address 02:00:00:00:00:0$i"
                 " type veth peer name far$i netns " +
                 path_of(peer_) + " || exit; done"));
    ASSERT_TRUE(run_in_netns(peer_,
                             "ip link add name br0 type bridge && ip link set dev br0 up &&"
                             " for l in far1 far2; do ip link set dev $l up master br0 || exit; done;"
                             " ip addr add 192.0.2.7/24 dev br0 && ip addr add 2001:db8::7/64 dev br0 nodad")
                    .ok());
    // Else it answers on either card for all its addresses.
    ASSERT_TRUE(succeeds("sysctl -qw net.ipv4.conf.all.arp_ignore=1"));
  }
  // What the peer believes.
  std::string neighbors() { return run_in_netns(peer_, "ip neigh show dev br0").output; }
  // Until it has found the host.
  void meet() {
    auto met =
        run_in_netns(peer_,
                     "for to in 192.0.2.1 2001:db8::1; do bash -c \"echo >/dev/udp/$to/9\";"
                     " timeout 20 sh -c \"until ip neigh show $to dev br0 | grep -q lladdr; do :; done\""
                     " || exit; done");
    ASSERT_TRUE(met.ok()) << met.output;
  }
  // Waits until it believes that both addresses are there.
  void learns(const std::string& mac) {
    EXPECT_TRUE(run_in_netns(peer_, "timeout 20 sh -c 'until [ $(ip neigh show dev br0 | grep -c " + mac +
                                        ") = 2 ]; do :; done'")
                    .ok());
  }
  // Begins a connection to a port where nobody listens.
  std::unique_ptr<Child> call(const std::string& to) {
    return std::make_unique<Child>(std::vector<std::string>{"nsenter", "--net=" + path_of(peer_), "bash",
                                                            "-c", "</dev/tcp/" + to + "/9"});
  }
  // A peer that asks while the host is cut off, and would not ask again for ten minutes, gets its answer.
  void cut_and_mended(const std::string& mended, const std::string& cut) {
    ASSERT_TRUE(went_well(managed_->apply(mended)));
    meet();
    ASSERT_TRUE(went_well(managed_->apply(cut)));
    ASSERT_TRUE(run_in_netns(peer_,
                             "ip neigh flush dev br0; sysctl -qw net.ipv4.neigh.br0.retrans_time_ms=600000"
                             " net.ipv6.neigh.br0.retrans_time_ms=600000")
                    .ok());
    auto one = call("192.0.2.1"), other = call("2001:db8::1");
    ASSERT_TRUE(
        run_in_netns(peer_,
                     "timeout 20 sh -c 'until [ $(ip neigh show dev br0 nud incomplete | wc -l) = 2 ];"
                     " do :; done'")
            .ok());
    ASSERT_TRUE(went_well(managed_->apply(mended)));
    EXPECT_TRUE(one->read_until("Connection refused", seconds(20)));
    EXPECT_TRUE(other->read_until("Connection refused", seconds(20)));
  }

  Fd peer_;
};

TEST_F(Announce, AnAddressOnAnotherLink) {
  // A router stays one: hosts drop the default routes by one that says it is none.
  ASSERT_TRUE(succeeds("sysctl -qw net.ipv6.conf.all.forwarding=1"));
  ASSERT_TRUE(went_well(managed_->apply(kHere)));
  meet();
  ASSERT_THAT(neighbors(), AllOf(HasSubstr("192.0.2.1 lladdr 02:00:00:00:00:01 "),
                                 HasSubstr("2001:db8::1 lladdr 02:00:00:00:00:01 router ")));
  ASSERT_TRUE(went_well(managed_->apply(kThere)));
  learns("02:00:00:00:00:02");
  EXPECT_THAT(neighbors(), AllOf(HasSubstr("192.0.2.1 lladdr 02:00:00:00:00:02 "),
                                 HasSubstr("2001:db8::1 lladdr 02:00:00:00:00:02 router ")));
}

TEST_F(Announce, AHostDoesNotSayThatItIsARouter) {
  ASSERT_TRUE(went_well(managed_->apply(kHere)));
  meet();
  ASSERT_TRUE(went_well(managed_->apply(kThere)));
  learns("02:00:00:00:00:02");
  EXPECT_THAT(neighbors(),
              AllOf(HasSubstr("2001:db8::1 lladdr 02:00:00:00:00:02 "), testing::Not(HasSubstr("router"))));
}

// Whoever asked in vain meanwhile does not have to wait until it asks again.
TEST_F(Announce, WhoAskedInVain) {
  cut_and_mended(kHere, "netcfg: 1\ninterfaces: { one: {}, two: {} }\n");
}

// The kernel drops what a bridge sends until a worker of it has seen that there is a port.
TEST_F(Announce, ByABridgeThatGetsItsOnlyPortBack) {
  cut_and_mended(kBridged, kAlone);
}

// What the host itself asks for in vain meanwhile, its kernel would ask again in ten minutes.
TEST_F(Announce, WhomTheHostAskedInVain) {
  ASSERT_TRUE(went_well(managed_->apply(kBridged)));
  ASSERT_TRUE(went_well(managed_->apply(kAlone)));
  ASSERT_TRUE(
      succeeds("sysctl -qw net.ipv4.neigh.br0.retrans_time_ms=600000"
               " net.ipv6.neigh.br0.retrans_time_ms=600000"));
  Child one({"bash", "-c", "</dev/tcp/192.0.2.7/9"}), other({"bash", "-c", "</dev/tcp/2001:db8::7/9"});
  ASSERT_TRUE(succeeds(
      "timeout 20 sh -c 'until [ $(ip neigh show dev br0 nud incomplete | wc -l) = 2 ]; do :; done'"));
  ASSERT_TRUE(went_well(managed_->apply(kBridged)));
  EXPECT_TRUE(one.read_until("Connection refused", seconds(20)));
  EXPECT_TRUE(other.read_until("Connection refused", seconds(20)));
}

}  // namespace
}  // namespace netcfg::test
