// The uplinks under watch: what is known of each, and what was decided. Pure; the watcher feeds it.
#pragma once

#include "netcfg/watch/decide.h"
#include "netcfg/watch/switching.h"
#include "netcfg/watch/view.h"

namespace netcfg::watch {

// The same moment on both clocks.
struct Now {
  Time steady;
  int64_t wall = 0;  // milliseconds since 1970
};

struct Event {
  size_t uplink = 0;
  std::string kind;  // up, down, active, idle
  std::string reason;
};

class Roster {
 public:
  // `before`: what an earlier watcher, or this one, saw. Uplinks that it does not know count as up.
  Roster(Ways ways, const View& before, Now now);

  const Ways& ways() const { return ways_; }
  const Uplinks& uplinks() const { return ways_.uplinks; }
  UplinkHealth& health(size_t uplink) { return health_[uplink]; }

  // Judges and decides anew; what changed by that, in order.
  std::vector<Event> judge(Time now);
  // When to do so even if nothing happens.
  std::optional<Time> again(Time now) const;

  std::vector<Group> groups() const;
  std::vector<bool> usable() const;  // for each whether its link runs and has its addresses
  size_t count_up() const;
  // The failed uplinks that another has taken over from, each once. While none works there are none: what
  // went by them may live on.
  std::vector<size_t> take_left();
  View view(Now now) const;

 private:
  std::vector<Standing> standings() const;

  Ways ways_;
  std::vector<UplinkHealth> health_;
  std::vector<uint64_t> changes_;
  std::vector<bool> left_;  // down, and not yet told by take_left()
  std::optional<Decision> decision_;
  std::optional<Time> again_;
  uint64_t switches_ = 0;
};

}  // namespace netcfg::watch
