// Runs the hook command, one at a time and in order, beside everything else.
#pragma once

#include <deque>
#include <functional>

#include "netcfg/probes/task.h"
#include "netcfg/watch/health.h"

namespace netcfg::watch {

struct HookEvent {
  std::string uplink, interface, event, reason;
};

class HookRunner {
 public:
  // What went wrong, in words.
  using Complain = std::function<void(const HookEvent&, const std::string&)>;
  explicit HookRunner(Complain complain) : complain_(std::move(complain)) {}

  void reset(Hooks hooks) { hooks_ = std::move(hooks); }
  void add(HookEvent event);

  void add_polls(std::vector<pollfd>& polls);
  void on_ready(const std::vector<pollfd>& polls);
  void run_timers(Time now);
  Time next() const;

 private:
  void start_next(Time now);

  Complain complain_;
  Hooks hooks_;
  std::deque<HookEvent> waiting_;
  std::optional<HookEvent> running_;
  Probe probe_;
  Time deadline_;
  std::unique_ptr<probes::Task> task_;
};

}  // namespace netcfg::watch
