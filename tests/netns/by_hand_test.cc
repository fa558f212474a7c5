// The commands that `plan --format ip` prints do what `apply` does: the kernel ends in the same state.
#include "tests/support/by_hand.h"

namespace netcfg::test {
namespace {

constexpr const char* kEmpty = "netcfg: 1\n";

constexpr const char* kLinks = R"(netcfg: 1
interfaces:
  ve0:
    veth: { peer: ve1 }
    mac: "02:aa:00:00:00:01"
    mtu: 1400
    description: to the other end
    altnames: [other-end, other-end2]
    txqueuelen: 500
    addresses:
      - 192.0.2.10/24
      - { address: 192.0.2.11/24, label: "ve0:1" }
      - { address: 198.51.100.1/32, peer: 198.51.100.2, scope: link, metric: 50, no-prefix-route: true }
      - { address: "2001:db8::10/64", nodad: true }
      - { address: "2001:db8:1::10/64", preferred-lifetime: 0s }
    neighbors:
      - { address: 192.0.2.99, mac: "02:00:00:00:00:99" }
      - { address: "2001:db8::99", proxy: true }
    sysctl: { ipv4/arp_ignore: 1, ipv4/rp_filter: 2 }
  ve1: { veth: { peer: ve0 }, mac: "02:aa:00:00:00:02" }
  br0:
    bridge:
      members: { ve1: { cost: 10, priority: 5, hairpin: true, isolated: true } }
      forward-delay: 4s
      ageing-time: 30s
      mcast-snooping: false
      priority: 4096
    mac: "02:aa:00:00:00:03"
    addresses: [10.5.0.1/24]
  vx0: { vxlan: { id: 100, local: 192.0.2.10, port: 4789, learning: false, ttl: 8, tos: 0x10 }, mac: "02:aa:00:00:00:04", addresses: [10.7.0.1/24] }
  vx1: { vxlan: { id: 101, parent: ve0, remote: 239.1.1.1, source-port: 32768-61000, ageing: 100s }, mac: "02:aa:00:00:00:05" }
  mv0: { macvlan: { parent: ve0, mode: bridge }, mac: "02:aa:00:00:00:06", addresses: [10.8.0.1/24] }
tables: { telecom: 101 }
routes:
  - { to: default, via: 192.0.2.1 }
  - { to: default, table: telecom, via: 192.0.2.1, dev: ve0, onlink: true }
  - { to: 10.50.0.0/16, via: 10.5.0.2, metric: 10, src: 10.5.0.1, mtu: 1300, mtu-lock: true, initcwnd: 20 }
  - { to: 10.60.0.0/16, next-hops: [{ via: 10.5.0.2, weight: 3 }, { via: 10.7.0.2 }] }
  - { to: 10.66.0.0/16, type: blackhole }
  - { to: 10.67.0.0/16, type: unreachable, metric: 7 }
  - { to: 10.11.12.13, via: 192.0.2.1, tos: 0x10 }
  - { to: "2001:db8:60::/48", via: "2001:db8::2", pref: high }
  - { to: "2001:db8:61::/48", next-hops: [{ via: "2001:db8::2", weight: 2 }, { via: "2001:db8::3" }] }
  - { to: "2001:db8:dead::/48", type: prohibit }
rules:
  - { priority: 1000, from: 192.0.2.10, table: telecom }
  - { priority: 1100, fwmark: 0x100/0xff00, table: telecom }
  - { priority: 1200, ip-proto: tcp, dport: 873, iif: br0, uid-range: 0-999, tos: 0x10, action: prohibit }
  - { priority: 1300, table: main, suppress-prefix-length: 0 }
  - { priority: 1400, family: both, from: all, oif: ve0, table: main }
  - { priority: 1500, to: "2001:db8::/32", not: true, goto: 1600 }
  - { priority: 1600, family: ipv6, action: nop, ip-proto: 89 }
sysctl: { net.ipv4.ip_forward: 1 }
)";

// The same names, with most of it otherwise: in place, anew, gone, and elsewhere.
constexpr const char* kOthers = R"(netcfg: 1
interfaces:
  ve0:
    veth: { peer: ve1 }
    mac: "02:aa:00:00:00:01"
    mtu: 1300
    description: another text
    altnames: [other-end, third]
    addresses: [192.0.2.11/24, 192.0.2.10/24, { address: "2001:db8::10/64", nodad: true }]
    neighbors: [{ address: 192.0.2.99, mac: "02:00:00:00:00:98" }]
    sysctl: { ipv4/arp_ignore: 2 }
  ve1: { veth: { peer: ve0 }, mac: "02:aa:00:00:00:02", state: down }
  ve2: { veth: { peer: ve3 }, mac: "02:aa:00:00:00:12" }
  ve3: { veth: { peer: ve2 }, mac: "02:aa:00:00:00:13" }
  br0:
    bridge:
      members: { ve3: { cost: 20, learning: false } }
      forward-delay: 8s
      vlan-filtering: false
    mac: "02:aa:00:00:00:03"
    addresses: [10.5.0.1/16]
  vx0: { vxlan: { id: 200, local: 192.0.2.11, port: 4790 }, mac: "02:aa:00:00:00:04", addresses: [10.7.0.1/24] }
  mv0: { macvlan: { parent: ve2, mode: vepa }, mac: "02:aa:00:00:00:06", addresses: [10.8.0.1/24] }
tables: { telecom: 102 }
routes:
  - { to: default, via: 192.0.2.2 }
  - { to: default, table: telecom, via: 192.0.2.1, dev: ve0 }
  - { to: 10.50.0.0/16, via: 10.5.0.3, metric: 10 }
  - { to: 10.60.0.0/16, next-hops: [{ via: 10.5.0.2 }, { via: 10.5.0.7, weight: 2 }] }
  - { to: "2001:db8:61::/48", via: "2001:db8::3" }
rules:
  - { priority: 1000, from: 192.0.2.10, table: telecom }
  - { priority: 1200, ip-proto: udp, dport: 53-54, iif: br0, action: blackhole }
sysctl: { net.ipv4.ip_forward: 0 }
)";

class ByHand : public ByHandTest {};

TEST_F(ByHand, FromAnEmptyHostAndBack) {
  goes_by_hand({kLinks, kOthers, kLinks, kEmpty});
}

TEST_F(ByHand, AHostThatOthersUseToo) {
  prepare(
      "ip link add name ve0 address 02:aa:00:00:00:21 type veth peer name ve9 address 02:aa:00:00:00:22\n"
      "ip link add name docker0 address 02:aa:00:00:00:23 type bridge\n"
      "ip link set dev ve0 up; ip link set dev ve9 up; ip link set dev docker0 up\n"
      "ip addr add 192.0.2.10/24 dev ve0; ip addr add 172.17.0.1/16 dev docker0\n"
      "ip route add 172.16.0.0/12 via 192.0.2.77 proto bird\n"
      "ip route add default via 192.0.2.78 proto static\n"
      "ip rule add priority 5 from 172.17.0.0/16 table 7 protocol 99\n"
      "ip neigh add 172.17.0.5 lladdr 02:00:00:00:00:44 nud permanent dev docker0\n");
  goes_by_hand({R"(netcfg: 1
interfaces:
  ve0: { mtu: 1400, mac: "02:aa:00:00:00:24", addresses: [192.0.2.12/24, 192.0.2.10/24] }
  br0: { bridge: { members: [ve9], mcast-snooping: false }, mac: "02:aa:00:00:00:03", addresses: [10.5.0.1/24] }
routes: [{ to: default, via: 192.0.2.1 }, { to: 10.1.0.0/16, via: 10.5.0.2 }]
rules: [{ priority: 5, from: 10.0.0.0/8, table: 9 }]
)",
                R"(netcfg: 1
interfaces:
  ve0: { mtu: 1500, addresses: [192.0.2.10/24] }
)",
                kEmpty});
}

}  // namespace
}  // namespace netcfg::test
