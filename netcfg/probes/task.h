// One probe under way: it is told of what happens and says when it is done. No task ever waits by itself.
#pragma once

#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/port/prober.h"
#include "netcfg/probes/links.h"

namespace netcfg::probes {

using Clock = std::chrono::steady_clock;

struct Outcome {
  bool ok = false;
  std::string detail;
};

class Task {
 public:
  virtual ~Task() = default;
  virtual void start() = 0;
  // Whether start() begins anew when it has an outcome, or is given up. What comes late then counts no more.
  virtual bool can_start_again() const { return false; }
  virtual void add_polls(std::vector<pollfd>&) {}
  virtual void on_ready(int /*fd*/) {}
  virtual void on_timer() {}
  virtual void on_link() {}

  const std::optional<Outcome>& outcome() const { return outcome_; }
  Clock::time_point timer() const { return timer_; }
  void clear_timer() { timer_ = Clock::time_point::max(); }
  // What is to be said when its time is over.
  const std::string& note() const { return note_; }

 protected:
  void succeed(std::string detail) { outcome_ = Outcome{true, std::move(detail)}; }
  void fail(std::string detail) { outcome_ = Outcome{false, std::move(detail)}; }
  void forget_outcome() { outcome_.reset(), note_.clear(), clear_timer(); }
  void again_in(std::chrono::milliseconds time) { timer_ = Clock::now() + time; }

  std::string note_;

 private:
  std::optional<Outcome> outcome_;
  Clock::time_point timer_ = Clock::time_point::max();
};

// `probe` and `links` live longer than the task. Of any kind:
std::unique_ptr<Task> make_task(const Probe& probe, const Links& links);

std::unique_ptr<Task> arp_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> nd_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> carrier_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> ssh_task(const Probe& probe);
std::unique_ptr<Task> ping_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> tcp_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> http_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> dns_task(const Probe& probe, const Links& links);
std::unique_ptr<Task> command_task(const Probe& probe);

}  // namespace netcfg::probes
