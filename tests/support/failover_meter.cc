#include "tests/support/failover_meter.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <stdexcept>

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;

watch::EchoStream open_stream(const Ip& target) {
  auto out = watch::EchoStream::open(target, milliseconds(5));
  if (!out) throw std::runtime_error(out.error().message);
  return std::move(*out);
}

}  // namespace

FailoverMeter::FailoverMeter(const Ip& target) : stream_(open_stream(target)) {}

bool FailoverMeter::run_until(Clock::time_point end, const std::function<bool()>& done) {
  while (!done()) {
    auto now = Clock::now();
    if (now >= end) return false;
    stream_.run_timers(now);
    pollfd polls[] = {{ear_.fd(), POLLIN, 0}, {stream_.fd(), POLLIN, 0}};
    auto left = std::chrono::ceil<milliseconds>(std::min(end, stream_.next()) - now);
    (void)poll(polls, std::size(polls), static_cast<int>(std::max<int64_t>(0, left.count())));
    stream_.on_ready();
    for (KernelNews one; ear_.take(one);) {
      if (one.link) continue;
      std::erase_if(groups_, [&](const auto& known) { return known.first == one.id; });
      groups_.emplace_back(one.id, std::move(one));
    }
  }
  return true;
}

FailoverMeter::Times FailoverMeter::measure(const std::function<void()>& cause, uint32_t group,
                                            uint32_t member, Duration patience) {
  Times out;
  groups_.clear();
  auto begin = Clock::now();
  cause();
  auto since = [&](Clock::time_point when) { return std::chrono::duration_cast<Duration>(when - begin); };
  auto switched = [&] {
    auto at = std::ranges::find(groups_, group, &std::pair<uint32_t, KernelNews>::first);
    if (at == groups_.end() || at->second.members != std::vector{member}) return false;
    if (out.switched.count() == 0) out.switched = since(at->second.at);
    return true;
  };
  auto flows = [&] {
    if (out.flows.count() != 0) return true;
    watch::Losses losses = stream_.losses(begin, Clock::time_point::max());
    if (losses.lost == losses.sent) return false;
    out.flows = since(Clock::now());
    return true;
  };
  out.came = run_until(begin + patience, [&] { return int{switched()} + int{flows()} == 2; });
  return out;
}

bool FailoverMeter::wait_for(uint32_t group, uint32_t member, Duration patience) {
  return run_until(Clock::now() + patience, [&] {
    return std::ranges::any_of(groups_, [&](const auto& one) {
      return one.first == group && one.second.members == std::vector{member};
    });
  });
}

void FailoverMeter::pass(Duration time) {
  (void)run_until(Clock::now() + time, [] { return false; });
}

std::string Distribution::text() const {
  if (all_.empty()) return "nothing was measured";
  std::vector<FailoverMeter::Duration> sorted = all_;
  std::ranges::sort(sorted);
  auto ms = [&](size_t at) { return static_cast<double>(sorted[at].count()) / 1000; };
  // The nearest rank: of few the greatest is p99.
  size_t p99 = (sorted.size() * 99 + 99) / 100 - 1;
  return fmt::format("p50 {:.1f}, p99 {:.1f}, max {:.1f} ms", ms((sorted.size() - 1) / 2), ms(p99),
                     ms(sorted.size() - 1));
}

}  // namespace netcfg::test
