#include "netcfg/watch/probing.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

namespace netcfg::watch {
namespace {

using std::chrono::milliseconds;

Probe probe_for(const Uplinks& uplinks, const Uplink& uplink, const ProbeSpec& target) {
  Probe out;
  out.spec = target;
  out.spec.dev = uplink.dev;
  out.spec.count = 1;
  out.spec.timeout = uplink.health.timeout;
  out.source = uplink.address(target.address.family);
  out.mark = mark_of(uplinks, uplink).value;
  out.environment = {"NETCFG_UPLINK=" + uplink.name, "NETCFG_INTERFACE=" + std::string(uplink.dev.view()),
                     fmt::format("NETCFG_MARK={:#x}", out.mark)};
  return out;
}

// What came in time may be seen late, where this process had no processor for a while.
void look_once_more(probes::Task& task) {
  std::vector<pollfd> own;
  task.add_polls(own);
  if (own.empty() || poll(own.data(), own.size(), 0) <= 0) return;
  for (const pollfd& one : own)
    if (one.revents != 0 && !task.outcome()) task.on_ready(one.fd);
}

}  // namespace

std::vector<Probe> probes_of(const Uplinks& uplinks, const Uplink& uplink) {
  std::vector<Probe> out;
  for (const ProbeSpec& target : uplink.health.targets) {
    if (target.address || target.kind == ProbeKind::command) {
      out.push_back(probe_for(uplinks, uplink, target));
      continue;
    }
    for (const Ip& gateway : {uplink.gateway4, uplink.gateway6}) {
      if (!gateway) continue;
      ProbeSpec one = target;
      one.address = gateway;
      out.push_back(probe_for(uplinks, uplink, one));
    }
  }
  return out;
}

std::string target_name(const Probe& probe) {
  ProbeSpec plain = probe.spec;
  plain.dev.reset(), plain.count.reset(), plain.timeout.reset();
  if (plain.kind == ProbeKind::gateway) return fmt::format("neighbour {}", to_string(plain.address));
  return to_text(plain);
}

void Probing::reset(const Uplinks& uplinks, Time now) {
  lines_.clear();
  answers_.clear();
  for (size_t i = 0; i < uplinks.links.size(); ++i) {
    const Health& health = uplinks.links[i].health;
    std::vector<Probe> probes = probes_of(uplinks, uplinks.links[i]);
    for (size_t k = 0; k < probes.size(); ++k) {
      auto line = std::make_unique<Line>();
      line->uplink = i, line->target = k;
      line->probe = std::move(probes[k]);
      line->interval = milliseconds(*health.interval), line->timeout = milliseconds(*health.timeout);
      line->due = now;
      lines_.push_back(std::move(line));
    }
  }
}

void Probing::set_usable(size_t uplink, bool usable, Time now) {
  for (auto& line : lines_) {
    if (line->uplink != uplink || line->usable == usable) continue;
    line->usable = usable;
    if (line->task) end(*line);
    if (usable) line->due = now;
  }
}

void Probing::add_polls(std::vector<pollfd>& polls) {
  for (auto& line : lines_)
    if (line->task) line->task->add_polls(polls);
}

void Probing::on_ready(const std::vector<pollfd>& polls) {
  std::vector<int> ready;
  for (const pollfd& one : polls)
    if (one.revents != 0) ready.push_back(one.fd);
  if (ready.empty()) return;
  std::vector<pollfd> own;
  for (auto& line : lines_) {
    if (!line->task) continue;
    own.clear();
    line->task->add_polls(own);
    for (const pollfd& one : own)
      if (std::ranges::find(ready, one.fd) != ready.end() && !line->task->outcome())
        line->task->on_ready(one.fd);
    settle(*line, Clock::now());
  }
}

void Probing::on_links() {
  for (auto& line : lines_)
    if (line->task && !line->task->outcome()) line->task->on_link();
}

void Probing::begin(Line& line, Time now) {
  line.begun = now;
  if (!line.idle) line.idle = probes::make_task(line.probe, links_);
  line.task = std::move(line.idle);
  line.task->start();
}

// Closing a packet socket waits until no processor uses it (synchronize_net() in packet_release()), which can
// take some 20 ms: a task that can be used again is kept.
void Probing::end(Line& line) {
  if (line.task->can_start_again()) line.idle = std::move(line.task);
  line.task.reset();
}

void Probing::settle(Line& line, Time now) {
  const auto& outcome = line.task->outcome();
  if (!outcome && now - line.begun < line.timeout) return;
  if (!outcome) look_once_more(*line.task);
  bool ok = outcome && outcome->ok;
  auto rtt = std::chrono::duration_cast<Micros>(std::min<Clock::duration>(now - line.begun, line.timeout));
  answers_.push_back({line.uplink, line.target, {now, ok, rtt}});
  end(line);
}

void Probing::run_timers(Time now) {
  for (auto& line : lines_) {
    if (line->task && !line->task->outcome() && line->task->timer() <= now) {
      line->task->clear_timer();
      line->task->on_timer();
    }
    if (line->task) settle(*line, now);
    if (!line->usable || line->due > now || line->task) continue;
    // After a pause (a suspended machine) no round is made up for.
    line->due = std::max(line->due + line->interval, now + line->interval / 2);
    begin(*line, now);
    settle(*line, Clock::now());
  }
}

Time Probing::next() const {
  Time out = Time::max();
  for (const auto& line : lines_) {
    if (line->task)
      out = std::min({out, line->begun + line->timeout, line->task->timer()});
    else if (line->usable)
      out = std::min(out, line->due);
  }
  return out;
}

std::vector<Answer> Probing::take() {
  return std::exchange(answers_, {});
}

}  // namespace netcfg::watch
