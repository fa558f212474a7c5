// A netcfg that is killed at any moment leaves something from which the next apply reaches the spec.
#include <gmock/gmock.h>

#include "tests/support/netns.h"
#include "tests/support/random.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

// Links, addresses, rules and many routes, half of them otherwise than in the other spec.
std::string spec(bool other) {
  std::string out = other ? R"(netcfg: 1
interfaces:
  ve0: { veth: { peer: ve1 }, mtu: 1300, addresses: [192.0.2.2/24, 192.0.2.3/24] }
  br0: { bridge: { members: [ve1], ageing-time: 60s }, addresses: [10.255.0.1/24] }
  vx1: { vxlan: { id: 8, local: 192.0.2.2, port: 4789 }, addresses: [10.254.0.1/24] }
rules: [{ priority: 200, from: 10.0.0.0/8, table: 1000 }]
sysctl: { net.ipv4.ip_forward: 1 }
routes:
)"
                          : R"(netcfg: 1
interfaces:
  ve0: { veth: { peer: ve1 }, mtu: 1400, addresses: [192.0.2.1/24, 192.0.2.2/24] }
  br0: { bridge: { members: [ve1] }, addresses: [10.255.0.1/16] }
  vx0: { vxlan: { id: 7, local: 192.0.2.1, port: 4789 }, addresses: [10.254.0.1/24] }
rules: [{ priority: 100, from: 10.0.0.0/8, table: 1000 }, { priority: 101, fwmark: 7, table: 1000 }]
routes:
)";
  for (int i = 0; i < 3000; ++i)
    out += "  - { to: 10." + std::to_string(i >> 8) + "." + std::to_string(i & 255) + ".0/24, via: 192.0.2." +
           (other && i % 2 == 0 ? "9" : "8") + ", dev: ve0, table: 1000 }\n";
  return out;
}

class Killed : public NetnsTest {
 protected:
  Sandbox box_;
};

// The moments are spread over the whole time that an apply takes here.
TEST_F(Killed, AnywhereTheNextApplyConverges) {
  Rng rng(1);
  int killed = 0;
  box_.write("a.yaml", spec(false));
  box_.write("b.yaml", spec(true));
  auto timed = box_.run(
      "s=$(date +%s%N); $N --root $T apply -q b.yaml && e=$(date +%s%N) && echo $(((e - s) / 1000))");
  ASSERT_EQ(timed.status, 0) << timed.err;
  auto all = static_cast<uint32_t>(std::stoul(timed.out));  // microseconds
  for (int i = 0; i < 30; ++i) {
    std::string file = i % 2 == 0 ? "a.yaml" : "b.yaml";
    SCOPED_TRACE("round " + std::to_string(i));
    std::string moment = std::to_string(rng.below(all));
    auto ended = box_.run("$N --root $T apply -q " + file + " & p=$!; sleep " + moment +
                          "e-6; kill -KILL $p 2>/dev/null; wait $p");
    killed += ended.status == 137 ? 1 : 0;
    ended = box_.run("$N --root $T apply -q " + file + " && $N --root $T drift " + file);
    ASSERT_EQ(ended.status, 0) << "killed after " << moment << " us\n" << ended.out << ended.err;
    // What only the other spec names is gone: netcfg still knew it as its own.
    EXPECT_FALSE(run(i % 2 == 0 ? "ip link show dev vx1" : "ip link show dev vx0").ok());
  }
  EXPECT_GE(killed, 10) << "nothing was killed under way";
}

}  // namespace
}  // namespace netcfg::test
