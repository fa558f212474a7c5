// Asks the targets of all uplinks again and again, each by its own uplink: by its interface, from its
// address, with its mark. No task waits by itself; whoever owns this polls.
#pragma once

#include "netcfg/probes/task.h"
#include "netcfg/watch/health.h"

namespace netcfg::watch {

// What one uplink is asked: a target without an address is its gateways, each by itself.
std::vector<Probe> probes_of(const Uplinks& uplinks, const Uplink& uplink);
std::string target_name(const Probe& probe);

struct Answer {
  size_t uplink = 0, target = 0;
  Sample sample;
};

class Probing {
 public:
  explicit Probing(const probes::Links& links) : links_(links) {}

  // The uplinks to ask from now on.
  void reset(const Uplinks& uplinks, Time now);
  // Nothing is asked of an uplink whose link does not run; when it does again, all of it at once.
  void set_usable(size_t uplink, bool usable, Time now);

  void add_polls(std::vector<pollfd>& polls);
  void on_ready(const std::vector<pollfd>& polls);
  void on_links();
  // Begins what is due, ends what has taken too long.
  void run_timers(Time now);
  Time next() const;
  std::vector<Answer> take();

 private:
  struct Line {
    size_t uplink = 0, target = 0;
    Probe probe;
    std::chrono::milliseconds interval{}, timeout{};
    bool usable = true;
    Time due, begun;
    std::unique_ptr<probes::Task> task, idle;  // under way; to be started again
  };
  void begin(Line& line, Time now);
  static void end(Line& line);
  void settle(Line& line, Time now);

  const probes::Links& links_;
  std::vector<std::unique_ptr<Line>> lines_;  // tasks point into them
  std::vector<Answer> answers_;
};

}  // namespace netcfg::watch
