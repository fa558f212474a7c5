// How long a failover takes: from its cause until the kernel's group is another one, and until what this host
// sends is answered again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "netcfg/watch/stream.h"
#include "tests/support/kernel_news.h"

namespace netcfg::test {

class FailoverMeter {
 public:
  using Clock = std::chrono::steady_clock;
  using Duration = std::chrono::microseconds;

  // Sends an echo request to `target` every 5 ms, from the calling thread's namespace, whenever it waits.
  explicit FailoverMeter(const Ip& target);

  struct Times {
    Duration switched{}, flows{};  // since before the cause
    bool came = false;             // both came about
  };
  // `group`: of next hops; `member`: the only one that it is to have.
  Times measure(const std::function<void()>& cause, uint32_t group, uint32_t member, Duration patience);
  // Until the group is that; false when it does not become so in time.
  bool wait_for(uint32_t group, uint32_t member, Duration patience);
  void pass(Duration time);

 private:
  // What is asked is asked after each thing that happens.
  bool run_until(Clock::time_point end, const std::function<bool()>& done);

  KernelEar ear_;
  watch::EchoStream stream_;
  std::vector<std::pair<uint32_t, KernelNews>> groups_;  // the last news of each
};

// Of many of one kind.
class Distribution {
 public:
  void add(FailoverMeter::Duration time) { all_.push_back(time); }
  size_t size() const { return all_.size(); }
  // "p50 1.2 p99 3.4 max 5.6 ms"
  std::string text() const;

 private:
  std::vector<FailoverMeter::Duration> all_;
};

}  // namespace netcfg::test
