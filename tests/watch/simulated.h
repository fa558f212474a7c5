// Uplinks and a clock for tests of what is pure.
#pragma once

#include "netcfg/watch/decide.h"

namespace netcfg::test {

// `count` uplinks a, b, c… with priorities 1, 2, 3…, an IPv4 gateway each, and every default.
inline Uplinks some_uplinks(size_t count) {
  Uplinks out;
  for (size_t i = 0; i < count; ++i) {
    Uplink& uplink = out.links.emplace_back();
    uplink.name = std::string(1, static_cast<char>('a' + i));
    uplink.dev = IfName("eth" + std::to_string(i));
    uplink.gateway4 = *parse_ip("192.0." + std::to_string(i) + ".1");
    uplink.addresses = {*parse_ip("192.0." + std::to_string(i) + ".10")};
    uplink.priority = static_cast<uint32_t>(i + 1);
    uplink.id = static_cast<uint8_t>(i + 1);
  }
  assign_numbers(out);
  fill_defaults(out);
  return out;
}

struct SimulatedTime {
  watch::Time now{};
  SimulatedTime() { now += std::chrono::hours(1); }
  watch::Time pass(int ms) { return now += std::chrono::milliseconds(ms); }
};

}  // namespace netcfg::test
