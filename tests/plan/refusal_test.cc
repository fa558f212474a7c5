// What no plan can be made of on a host as it is, said before anything is changed.
#include <gmock/gmock.h>

#include "tests/support/managed.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

// A host with four network cards, set up by one spec; what another, by other hands, gets to hear.
std::string told(const std::string& before, const std::string& spec) {
  SimHost host;
  for (uint8_t i = 0; i < 4; ++i)
    host.add_nic(IfName("eth" + std::to_string(i)), Mac{{0x52, 0x54, 0, 0, 0, static_cast<uint8_t>(i + 1)}});
  SimKernel kernel(std::move(host));
  EXPECT_TRUE(went_well(Managed(kernel).apply("netcfg: 1\ninterfaces:\n" + before)));
  auto planned = Managed(kernel).plan("netcfg: 1\ninterfaces:\n" + spec);
  return planned->plan ? "planned" : planned->text();
}

TEST(Refusal, AddressesOfIpv6WhereItHasNoRoom) {
  std::string small_bridge = "  eth0: { mtu: 1300 }\n  br0: { bridge: { members: [eth0] } }\n";
  std::string spec =
      "  br0: { bridge: {} }\n  vx0: { vxlan: { id: 7, port: 4789, parent: br0 }, addresses: [";
  EXPECT_THAT(told(small_bridge, spec + "\"2001:db8::1/64\"] }\n"),
              HasSubstr("IPv6 needs an MTU of 1280, and 'vx0' will have one of 1250"));
  EXPECT_EQ(told(small_bridge, spec + "192.0.2.1/24] }\n"), "planned");
  // The bridge grows with its port.
  EXPECT_EQ(told(small_bridge, "  eth0: { mtu: 1500 }\n" + spec + "\"2001:db8::1/64\"] }\n"), "planned");
}

TEST(Refusal, LinksWithTheAddressOfABridgeThatLosesItsPorts) {
  std::string bridge = "  br0: { bridge: { members: [eth0] } }\n";
  std::string release = "  br0: { bridge: {} }\n  vrf0: { vrf: { table: 7, members: [eth0] } }\n";
  std::string vlan = "  br0.5: { vlan: { parent: br0, id: 5 } }\n";
  EXPECT_THAT(told(bridge, release + vlan),
              HasSubstr("'br0.5' has the MAC address of 'br0', which has none without ports"));
  EXPECT_EQ(told(bridge, "  br0: { bridge: {} }\n" + vlan), "planned");
  EXPECT_EQ(told("  br0: { bridge: { members: [eth0] }, mac: \"02:00:00:00:00:01\" }\n", release + vlan),
            "planned");
}

TEST(Refusal, AMacvlanWithItsParentsAddress) {
  std::string macvlan = "  eth0: {}\n  mv0: { macvlan: { parent: eth0 }, mac: ";
  EXPECT_THAT(told("  eth0: {}\n", macvlan + "\"52:54:00:00:00:01\" }\n"),
              HasSubstr("'mv0' cannot have the MAC address of 'eth0'"));
  EXPECT_EQ(told("  eth0: {}\n", macvlan + "\"52:54:00:00:00:02\" }\n"), "planned");
}

TEST(Refusal, AMemberOnWhichAMacvlanStands) {
  std::string macvlan = "  eth0: {}\n  mv0: { macvlan: { parent: eth0 } }\n";
  EXPECT_THAT(told(macvlan, "  br0: { bridge: { members: [eth0] } }\n"),
              HasSubstr("'eth0' cannot join 'br0' while 'mv0' stands on it"));
  EXPECT_THAT(told("  br0: { bridge: { members: [eth0] } }\n", macvlan),
              HasSubstr("'mv0' cannot stand on 'eth0', which belongs to 'br0'"));
}

}  // namespace
}  // namespace netcfg::test
