// A failover rehearsal: an uplink is taken away, what happens is measured, and it is given back. It is taken
// away as long as a connection is open, to the watcher or to who holds its link down: whoever dies gives it
// back.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "netcfg/watch/stream.h"
#include "netcfg/watch/view.h"

namespace netcfg::watch {

enum class TakeAway : uint8_t {
  link,     // its interface is down
  watcher,  // the watcher is told that it is down
  probes,   // the watcher hears no answers by it any more: it has to find out by itself
};
inline constexpr std::string_view kTakeAways[] = {"link", "watcher", "probes"};

struct DrillSetup {
  std::string uplink;
  TakeAway how = TakeAway::watcher;
  // Takes it away as long as the other end of this is open for writing. `ok` comes by it once that is so, or
  // `error: …`; its end, once it is given back.
  std::function<Result<Fd>()> take_away;
  std::optional<Ip> target;                           // of the stream; none: no loss is measured
  std::chrono::milliseconds interval{20};             // of the stream
  std::chrono::milliseconds away{5000};               // how long it stays away once traffic has moved
  std::chrono::milliseconds patience{60'000};         // for the switch, and for being up again
  std::optional<std::chrono::milliseconds> failback;  // how long to wait for it; none: it does not come
  std::string socket_path;                            // the watcher's
  int stop_fd = -1;
  std::function<void(const std::string&)> say;  // what goes on, for people
};

// Times since it was taken away, or given back. Unset: that did not come about.
struct DrillReport {
  std::string uplink, takes_over;  // who is active while it is away
  TakeAway how = TakeAway::watcher;
  std::optional<std::chrono::milliseconds> detected, switched;
  std::optional<std::chrono::milliseconds> up_again, back;
  Losses before, away, after;  // empty without a target
  bool interrupted = false;
};

// Why that uplink cannot be rehearsed with; nothing when it can.
std::optional<Error> drill_problem(const View& view, const std::string& uplink, TakeAway how);

Result<DrillReport> run_drill(const DrillSetup& setup);

std::string to_json(const DrillReport& report);
std::string to_text(const DrillReport& report);

}  // namespace netcfg::watch
