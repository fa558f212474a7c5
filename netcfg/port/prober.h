// Tries whether connections work. Implementations: netcfg/probes (real packets), fakes in tests.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netcfg/model/guard.h"

namespace netcfg {

// A TCP connection of this host.
struct TcpSession {
  Ip own, peer;
  uint16_t own_port = 0, peer_port = 0;
  IfName zone;  // of link-local addresses
  bool operator==(const TcpSession&) const = default;
};

// One thing to try: a ProbeSpec with all that it takes filled in.
struct Probe {
  ProbeSpec spec;      // of a gateway: `dev`, and `address`, or none where the route is on the link itself
  TcpSession session;  // ssh
  // ssh: when the change ended. Unset: none was made yet.
  std::optional<std::chrono::steady_clock::time_point> since;
  // Of an uplink: the address that it is sent from, and the mark by which rules lead it there; 0 is none.
  Ip source{};
  uint32_t mark = 0;
  std::vector<std::string> environment{};  // command: NAME=VALUE, beside what there is
  bool operator==(const Probe&) const = default;
};

// "tcp:192.0.2.53:53", "gateway 192.0.2.1 dev eth0", "ssh 198.51.100.7 port 40000"
std::string name_of(const Probe& probe);

struct ProbeResult {
  bool ok = false;
  std::string detail;  // what was proven, or what is wrong
  std::chrono::microseconds elapsed{};
};

// What ends a run or a wait early: either may be left out. A signal that interrupts poll(2) has `asked`
// called; otherwise it is called at least ten times a second.
struct Stop {
  std::function<bool()> asked;
  int fd = -1;  // readable
};

class Prober {
 public:
  virtual ~Prober() = default;
  // All at once, each until its time is over: one result for each probe, in that order. Nothing when it was
  // stopped.
  virtual std::optional<std::vector<ProbeResult>> run(std::span<const Probe> probes, const Stop& stop) = 0;

  enum class Woken : uint8_t { time, link, stop };
  // Until `longest` is over, or the carrier of an interface that the last run's probes named has changed
  // since they looked at it.
  virtual Woken wait(std::chrono::milliseconds longest, const Stop& stop) = 0;
};

}  // namespace netcfg
