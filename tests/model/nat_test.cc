#include "netcfg/model/nat.h"

#include <gtest/gtest.h>

namespace netcfg {
namespace {

TEST(ForwardTargets, AreAddressesWithPorts) {
  auto plain = parse_forward_target("10.0.0.2");
  ASSERT_TRUE(plain);
  EXPECT_EQ(to_string(plain->ip), "10.0.0.2");
  EXPECT_FALSE(plain->ports);
  auto range = parse_forward_target("[fd00::2]:9000-9010");
  ASSERT_TRUE(range);
  EXPECT_EQ(to_string(range->ip), "fd00::2");
  EXPECT_EQ(range->ports, (Span{9000, 9010}));
  auto v6 = parse_forward_target("fd00::2:80");  // all of it is the address
  ASSERT_TRUE(v6);
  EXPECT_EQ(to_string(v6->ip), "fd00::2:80");
}

TEST(ForwardTargets, AreStrict) {
  for (const char* text : {"", "10.0.0.2:", "10.0.0.2:0", "10.0.0.2:65536", "10.0.0.2:9-8", "[10.0.0.2]:80",
                           "[fd00::2]", "[fd00::2", "fd00::2]:80", "host:80", "10.0.0.2/32", ":80", "[]:80",
                           "10.0.0.2:080", "10.0.0.2:80-90-95"})
    EXPECT_FALSE(parse_forward_target(text)) << text;
}

}  // namespace
}  // namespace netcfg
