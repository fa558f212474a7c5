// The lab for tests in C++: what the machines of most developers cannot do must work here.
#include <gmock/gmock.h>

#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

class Lab : public NetnsTest {};

TEST_F(Lab, BondTakesMembers) {
  ASSERT_TRUE(
      succeeds("ip link add m1 type dummy && ip link add m2 type dummy"
               " && ip link add bond0 type bond mode active-backup miimon 100"
               " && ip link set m1 master bond0 && ip link set m2 master bond0 && ip link set bond0 up"));
  EXPECT_TRUE(netns_->has_sys());
  EXPECT_EQ(run("cat /sys/class/net/bond0/bonding/slaves").output, "m1 m2\n");
}

TEST_F(Lab, NothingIsLeftOfAnEarlierTest) {
  EXPECT_EQ(run("ip -br link | cut -d' ' -f1").output, "lo\n");
}

TEST_F(Lab, VrfOverVlanOverTeam) {
  ASSERT_TRUE(
      succeeds("ip link add team0 type team && ip link add link team0 name team0.5 type vlan id 5"
               " && ip link add red type vrf table 100 && ip link set team0.5 master red"));
  EXPECT_THAT(run("ip -d link show team0.5").output, HasSubstr("vrf_slave table 100"));
}

}  // namespace
}  // namespace netcfg::test
