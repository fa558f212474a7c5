#include "netcfg/probes/probes.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "netcfg/probes/task.h"

namespace netcfg {
namespace {

using namespace probes;
using std::chrono::milliseconds;

constexpr milliseconds kAsk{100};  // how often Stop::asked is called

// poll(2) until `end` at the latest, and not longer than `stop` allows. False when it is time to stop. On a
// failure nothing is ready.
bool wait_until(std::vector<pollfd>& polls, Clock::time_point end, const Stop& stop) {
  if (stop.asked && stop.asked()) return false;
  auto now = Clock::now();
  auto left = end <= now ? milliseconds{0} : std::chrono::ceil<milliseconds>(end - now);
  if (stop.asked) left = std::min(left, kAsk);
  left = std::min(left, milliseconds{3'600'000});
  polls.push_back({stop.fd, POLLIN, 0});  // -1 is left out by poll(2)
  int ready = poll(polls.data(), polls.size(), static_cast<int>(left.count()));
  if (ready <= 0)
    for (pollfd& one : polls) one.revents = 0;
  bool stopped = polls.back().revents != 0;
  polls.pop_back();
  return !stopped && !(stop.asked && stop.asked());
}

struct Running {
  const Probe* probe = nullptr;
  std::unique_ptr<Task> task;
  Clock::time_point begin, deadline;
  ProbeResult result;
  bool done = false;
};

class RealProber : public Prober {
 public:
  explicit RealProber(Links links) : links_(std::move(links)) {}

  std::optional<std::vector<ProbeResult>> run(std::span<const Probe> probes, const Stop& stop) override {
    (void)links_.ask();
    watched_.clear();
    std::vector<Running> all = begin(probes);
    while (std::ranges::any_of(all, [](const Running& one) { return !one.done; }))
      if (!step(all, stop)) return std::nullopt;
    std::vector<ProbeResult> out;
    out.reserve(all.size());
    for (Running& one : all) out.push_back(std::move(one.result));
    return out;
  }

  Woken wait(milliseconds longest, const Stop& stop) override {
    auto end = Clock::now() + longest;
    while (true) {
      (void)links_.refresh();
      for (auto& [name, was] : watched_)
        if (links_.running(name) != was) return was = !was, Woken::link;
      if (Clock::now() >= end) return Woken::time;
      std::vector<pollfd> polls{{links_.fd(), POLLIN, 0}};
      if (!wait_until(polls, end, stop)) return Woken::stop;
    }
  }

 private:
  std::vector<Running> begin(std::span<const Probe> probes) {
    std::vector<Running> all;
    for (const Probe& probe : probes) {
      auto now = Clock::now();
      auto deadline = now + milliseconds(probe.spec.timeout.value_or(kProbeTimeout));
      all.push_back({&probe, make_task(probe, links_), now, deadline, {}});
    }
    for (Running& one : all) {
      one.task->start();
      settle(one);
    }
    return all;
  }

  // Takes the outcome, or ends what has taken too long.
  void settle(Running& one) {
    if (one.done) return;
    auto now = Clock::now();
    const auto& outcome = one.task->outcome();
    if (!outcome && now < one.deadline) return;
    one.done = true;
    one.result.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - one.begin);
    one.result.ok = outcome && outcome->ok;
    auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(one.deadline - one.begin);
    if (outcome)
      one.result.detail = outcome->detail;
    else
      one.result.detail = fmt::format("{} within {}", one.task->note(), duration_to_string(limit.count()));
    one.task.reset();
    const auto& dev = one.probe->spec.dev;
    if (dev) watched_[*dev] = links_.running(*dev);
  }

  // One turn of the loop; false when it was stopped.
  bool step(std::vector<Running>& all, const Stop& stop) {
    std::vector<pollfd> polls{{links_.fd(), POLLIN, 0}};
    std::vector<Running*> owners{nullptr};
    auto end = Clock::time_point::max();
    for (Running& one : all) {
      if (one.done) continue;
      one.task->add_polls(polls);
      owners.resize(polls.size(), &one);
      end = std::min({end, one.deadline, one.task->timer()});
    }
    if (!wait_until(polls, end, stop)) return false;
    if (polls[0].revents != 0) {
      (void)links_.refresh();
      for (Running& one : all)
        if (!one.done && !one.task->outcome()) one.task->on_link();
    }
    for (size_t i = 1; i < polls.size(); ++i)
      if (polls[i].revents != 0 && !owners[i]->task->outcome()) owners[i]->task->on_ready(polls[i].fd);
    for (Running& one : all) {
      if (one.done) continue;
      if (!one.task->outcome() && one.task->timer() <= Clock::now()) {
        one.task->clear_timer();
        one.task->on_timer();
      }
      settle(one);
    }
    return true;
  }

  Links links_;
  std::map<IfName, bool> watched_;  // whether they ran when the last run's probes were through
};

}  // namespace

std::unique_ptr<Task> probes::make_task(const Probe& probe, const Links& links) {
  switch (probe.spec.kind) {
    case ProbeKind::ssh:
      return ssh_task(probe);
    case ProbeKind::tcp:
      return tcp_task(probe, links);
    case ProbeKind::ping:
      return ping_task(probe, links);
    case ProbeKind::http:
      return http_task(probe, links);
    case ProbeKind::command:
      return command_task(probe);
    case ProbeKind::interface:
      return carrier_task(probe, links);
    case ProbeKind::dns:
      return dns_task(probe, links);
    case ProbeKind::gateway:
      break;
  }
  const LiveLink* link = probe.spec.dev ? links.find(*probe.spec.dev) : nullptr;
  if (!probe.spec.address || (link && !link->resolves())) return carrier_task(probe, links);
  return probe.spec.address.family == Family::ipv6 ? nd_task(probe, links) : arp_task(probe, links);
}

Result<std::unique_ptr<Prober>> open_prober() {
  auto links = Links::open();
  if (!links) return links.error();
  return std::unique_ptr<Prober>(std::make_unique<RealProber>(std::move(*links)));
}

}  // namespace netcfg
