// Whether a change may be kept: what worked before has to work after it, several times in a row. Values in,
// values out; who probes, and when, is the caller's (or gather()'s).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netcfg/model/state.h"
#include "netcfg/port/prober.h"

namespace netcfg {

// A next hop of a default route.
struct Gateway {
  Family family = Family::none;  // of the route
  uint32_t table = 0, metric = 0;
  Ip via;  // none: on the link itself
  IfName dev;
  uint32_t index = 0;  // of dev, which may be renamed; 0: unknown
};

// Of all tables.
std::vector<Gateway> default_gateways(const State& state);

// What to try before a change: each gateway of `gateway`, and the others as they are. `ssh` is left out where
// there is no session.
std::vector<Probe> probes_for(std::span<const ProbeSpec> specs, const State& live,
                              const std::optional<TcpSession>& session);

// What worked before the change.
struct Baseline {
  struct Way {
    Gateway gateway;
    bool answered = false;
  };
  std::vector<ProbeSpec> specs;
  std::vector<Probe> good;             // no gateways among them
  std::vector<Way> gateways;           // those that `gateway` asks about
  bool way_back = false;               // a new connection from the session's peer could be answered
  std::vector<std::string> not_asked;  // what failed, with why: "tcp:192.0.2.53:53: connection refused"
};
// `probes` are probes_for(specs, live, …).
Baseline baseline(const State& live, std::span<const ProbeSpec> specs, std::span<const Probe> probes,
                  std::span<const ProbeResult> results);

// What a round after the change asks for.
//
// A default gateway is demanded when it answered before and is there still. One that was not there before is
// demanded when it carries traffic: its route has the least metric of its table. One that was there and did
// not answer is never. Beside that, no table that had an answering gateway, and that rules or a VRF lead to
// still, may be left without any.
struct Demand {
  std::vector<Probe> probes;
  std::vector<std::string> lost;  // what needs no probe to be known to be gone
  std::vector<std::string> held;  // or to be there
};
Demand demand(const Baseline& before, const State& now, std::chrono::steady_clock::time_point changed);

struct Round {
  unsigned number = 0;  // from 1
  bool good = false;
  std::vector<std::string> failing;  // "gateway 192.0.2.1 dev eth0: no answer to 10 requests"
  std::vector<std::string> proven;   // the same for what works
  unsigned in_a_row = 0, needed = 0;
};

// Counts rounds. `counts` is false for a round that was held early because a link changed: it can spoil the
// row but not lengthen it, since one good moment is not several.
class Evidence {
 public:
  explicit Evidence(unsigned needed = 3) : needed_(needed) {}
  Round take(const Demand& demand, std::span<const ProbeResult> results, bool counts = true);
  bool enough() const { return in_a_row_ >= needed_; }

 private:
  unsigned needed_, in_a_row_ = 0, rounds_ = 0;
};

// Rounds until there is enough evidence or the time is over.
struct GatherOptions {
  std::chrono::steady_clock::time_point changed;   // when the change ended
  std::chrono::steady_clock::time_point deadline;  // of the window; what is kept after it is not
  std::chrono::milliseconds interval{300};         // from the start of a round to the next
  unsigned needed = 3;
  Stop stop;
};
struct Gathered {
  enum class End : uint8_t { kept, expired, stopped } end = End::expired;
  Round last;  // what was failing
};
// `look` reads the state anew before each round: routes that router advertisements or DHCP bring come late.
Result<Gathered> gather(Prober& prober, const Baseline& before, const std::function<Result<State>()>& look,
                        const GatherOptions& options, const std::function<void(const Round&)>& report);

}  // namespace netcfg
