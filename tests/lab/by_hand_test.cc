// The commands that `plan --format ip` prints do what `apply` does, with bonds, VLANs and VRFs.
#include "tests/support/by_hand.h"

namespace netcfg::test {
namespace {

constexpr const char* kFirst = R"(netcfg: 1
interfaces:
  m1: {}
  m2: {}
  m3: {}
  bond7:
    bond: { mode: active-backup, members: { m1: { prio: 5 }, m2: { queue-id: 3 } }, primary: m1, miimon: 100ms, updelay: 200ms, fail-over-mac: active }
    addresses: [192.0.2.1/24]
  bond7.5: { vlan: { parent: bond7, id: 5, egress-qos-map: { 1: 2 }, ingress-qos-map: { 3: 4 } }, mtu: 1400, addresses: [10.5.0.1/24] }
  bond7.6: { vlan: { parent: bond7, id: 6, protocol: 802.1ad, reorder-hdr: false } }
  br0:
    bridge: { members: { m3: { pvid: 10, vlans: [10, 20-30], untagged: [10] } }, vlan-filtering: true, vlans: [10, 20] }
    mac: "02:aa:00:00:00:04"
  blue: { vrf: { table: 1000, members: [bond7.6] }, mac: "02:aa:00:00:00:05" }
  iv0: { ipvlan: { parent: br0, mode: l3s } }
routes:
  - { to: default, via: 192.0.2.9 }
  - { to: 10.50.0.0/16, via: 10.5.0.9 }
)";

constexpr const char* kSecond = R"(netcfg: 1
interfaces:
  m1: {}
  m2: {}
  m3: {}
  bond7:
    bond: { mode: 802.3ad, members: [m1, m3], lacp-rate: fast, ad-select: count, miimon: 50ms, xmit-hash-policy: layer3+4 }
    addresses: [192.0.2.1/24, 192.0.2.2/24]
  bond7.5: { vlan: { parent: bond7, id: 5, egress-qos-map: { 2: 3 } }, mtu: 1300, addresses: [10.5.0.1/24] }
  bond7.6: { vlan: { parent: bond7, id: 7 }, addresses: [10.6.0.1/24] }
  br0:
    bridge: { members: { m2: { pvid: 20, vlans: [20-25] } }, vlan-filtering: true, default-pvid: 0 }
    mac: "02:aa:00:00:00:04"
  blue: { vrf: { table: 1000, members: [bond7.5] }, mac: "02:aa:00:00:00:05" }
routes:
  - { to: default, via: 192.0.2.8 }
  - { to: 10.50.0.0/16, via: 10.5.0.9, dev: bond7.5, table: 1000 }
)";

class LabByHand : public ByHandTest {};

TEST_F(LabByHand, BondsVlansAndVrfs) {
  prepare(
      "for i in 1 2 3; do ip link add name m$i address 02:aa:00:00:00:0$i type dummy; done; "
      "ip link set dev m1 up");
  goes_by_hand({kFirst, kSecond, kFirst, "netcfg: 1\n"});
}

}  // namespace
}  // namespace netcfg::test
