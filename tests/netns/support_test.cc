// The tools that the other tests on a real kernel stand on.
#include "tests/support/netns.h"
#include "tests/support/settled.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string current_namespace() {
  return std::filesystem::read_symlink("/proc/thread-self/ns/net").string();
}

TEST_F(NetnsTest, HoldsNothingButLoopback) {
  EXPECT_EQ(run("ip -br link | cut -d' ' -f1").output, "lo\n");
  EXPECT_THAT(run("ip link show lo").output, HasSubstr(",UP"));
  if (netns_->has_sys()) {
    EXPECT_EQ(run("ls /sys/class/net").output, "lo\n");
  }
}

TEST_F(NetnsTest, IsLeftBehind) {
  std::string inside = current_namespace();
  auto directory = std::filesystem::current_path();
  EXPECT_TRUE(succeeds("ip link add here type veth peer name there"));
  {
    Result<Netns> second = Netns::enter();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_NE(current_namespace(), inside);
    EXPECT_THAT(run("ip link").output, Not(HasSubstr("here")));
  }
  EXPECT_EQ(current_namespace(), inside);
  EXPECT_THAT(run("ip link").output, HasSubstr("here"));
  EXPECT_EQ(std::filesystem::current_path(), directory);
}

TEST_F(NetnsTest, DumpIsTheSameAfterChangingBack) {
  ASSERT_TRUE(
      // Carriers come some time later, and link-local addresses with them.
      succeeds("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 && "
               "ip link add left type veth peer name right && ip link set left up && ip link set right up"
               " && ip addr add 192.0.2.1/24 dev left && ip route add 198.51.100.0/24 via 192.0.2.2"));
  std::string before = dump_at_rest();
  EXPECT_THAT(before, HasSubstr("192.0.2.1/24"));
  EXPECT_THAT(before, HasSubstr("198.51.100.0/24 via 192.0.2.2 dev left"));
  EXPECT_TRUE(comes_to(before));

  ASSERT_TRUE(
      succeeds("ip addr add 192.0.2.7/24 dev left && ip rule add priority 100 from 192.0.2.7 lookup 100"));
  std::string changed = dump_at_rest();
  EXPECT_NE(changed, before);
  EXPECT_THAT(changed, HasSubstr("from 192.0.2.7 lookup 100"));

  ASSERT_TRUE(succeeds("ip addr del 192.0.2.7/24 dev left && ip rule del priority 100"));
  EXPECT_TRUE(comes_to(before));
}

TEST_F(NetnsTest, DumpDoesNotKnowAnInterfacesIndex) {
  ASSERT_TRUE(succeeds(
      "ip link add left address 02:00:00:00:00:01 type veth peer name right address 02:00:00:00:00:02"
      " && ip link add bridge0 type bridge"));
  std::string before = dump_state();
  ASSERT_TRUE(succeeds(
      "ip link del left"
      " && ip link add left address 02:00:00:00:00:01 type veth peer name right address 02:00:00:00:00:02"));
  EXPECT_EQ(dump_state(), before);
}

TEST(Run, TellsStatusAndBothOutputs) {
  Ran ran = run("echo out; echo err >&2; exit 3");
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(ran.output, "out\nerr\n");
  EXPECT_EQ(run("kill -9 $$").status, 137);
  EXPECT_FALSE(succeeds("false"));
}

TEST(WithoutVolatile, KeepsWhatWasConfigured) {
  EXPECT_EQ(without_volatile("7: eth0@if3: <UP> mtu 1500\n"
                             "    inet6 2001:db8::1/64 scope global tentative \n"
                             "       valid_lft 86390sec preferred_lft forever\n"),
            "eth0@if: <UP> mtu 1500\n"
            "    inet6 2001:db8::1/64 scope global\n"
            "       valid_lft preferred_lft forever\n");
  EXPECT_EQ(without_volatile("    bridge hello_timer    0.31 gc_timer   12.00 vlan_filtering 1"),
            "    bridge vlan_filtering 1\n");
  EXPECT_EQ(without_volatile("default via fe80::1 dev a proto ra metric 1024 expires 1790sec pref medium\n"),
            "default via fe80::1 dev a proto ra metric 1024 pref medium\n");
}

}  // namespace
}  // namespace netcfg::test
