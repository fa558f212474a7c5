// Whether an uplink works: answers, carrier and addresses come in with their times, transitions go out. Pure;
// time is what the caller says it is.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/model/uplink.h"

namespace netcfg::watch {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Micros = std::chrono::microseconds;

struct Sample {
  Time at;
  bool ok = false;
  Micros rtt{};
};

// Loss and latency over the last while.
class Window {
 public:
  explicit Window(std::chrono::milliseconds length) : length_(length) {}

  void add(const Sample& sample);
  void clear();
  size_t size() const { return samples_.size(); }
  uint32_t loss() const;                  // percent
  std::optional<Micros> latency() const;  // the mean of what was answered

 private:
  void forget_first();

  std::chrono::milliseconds length_;
  std::deque<Sample> samples_;
  size_t lost_ = 0;
  Micros sum_{};
};

// One thing that is asked.
class Target {
 public:
  Target(const Health& health, std::string name, bool up);

  void take(const Sample& sample);
  // Nothing was heard of it: it has to answer anew, `up-after` times.
  void doubt(std::string why);

  bool up() const { return answers_ && !lossy_ && !slow_; }
  // Why it is not up; empty when it is.
  std::string problem() const;
  const std::string& name() const { return name_; }
  const Window& window() const { return window_; }
  std::optional<Micros> last_rtt() const { return last_rtt_; }

 private:
  void judge_window();

  Health health_;
  std::string name_, why_;
  Window window_;
  std::optional<Micros> last_rtt_;
  uint32_t good_ = 0, bad_ = 0;  // in a row
  bool answers_, lossy_ = false, slow_ = false;
};

struct Transition {
  bool up = false;
  std::string reason;
};

// What it was when somebody looked last.
struct Past {
  bool up = true;
  Time since{};
  std::string reason{};
};

class UplinkHealth {
 public:
  // `targets`: the names of what is asked.
  UplinkHealth(const Health& health, std::chrono::milliseconds hold_down, std::vector<std::string> targets,
               Past past);

  void take(size_t target, const Sample& sample) { targets_[target].take(sample); }
  // Empty: the link runs and the addresses are there. Else what is missing.
  void set_link(std::string problem);
  void hold(bool held) { held_ = held; }

  // What follows from all that was taken in; nothing when that changes nothing.
  std::optional<Transition> judge(Time now);
  // When to judge again even if nothing is taken in.
  std::optional<Time> again(Time now) const;

  bool up() const { return up_; }
  bool held() const { return held_; }
  bool has_link() const { return link_problem_.empty(); }
  const std::string& reason() const { return reason_; }
  Time since() const { return since_; }
  const std::vector<Target>& targets() const { return targets_; }

  // Of all targets: the worst loss, and the quickest answers.
  uint32_t loss() const;
  std::optional<Micros> latency() const;

 private:
  std::string problem() const;

  uint32_t require_;
  std::chrono::milliseconds hold_down_;
  std::vector<Target> targets_;
  std::string link_problem_, reason_;
  bool up_, held_ = false;
  Time since_;
};

}  // namespace netcfg::watch
