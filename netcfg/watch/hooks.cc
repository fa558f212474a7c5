#include "netcfg/watch/hooks.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg::watch {
namespace {

constexpr size_t kMostWaiting = 64;  // events that nobody has been told of yet

}  // namespace

void HookRunner::add(HookEvent event) {
  if (hooks_.command.empty()) return;
  if (waiting_.size() == kMostWaiting) {
    complain_(waiting_.front(), "is not told: too many events wait for the command");
    waiting_.pop_front();
  }
  waiting_.push_back(std::move(event));
}

void HookRunner::add_polls(std::vector<pollfd>& polls) {
  if (task_) task_->add_polls(polls);
}

void HookRunner::on_ready(const std::vector<pollfd>& polls) {
  if (!task_) return;
  std::vector<pollfd> own;
  task_->add_polls(own);
  for (const pollfd& one : own) {
    bool ready =
        std::ranges::any_of(polls, [&](const pollfd& p) { return p.fd == one.fd && p.revents != 0; });
    if (ready && !task_->outcome()) task_->on_ready(one.fd);
  }
}

void HookRunner::start_next(Time now) {
  if (waiting_.empty() || hooks_.command.empty()) return;
  running_ = std::move(waiting_.front());
  waiting_.pop_front();
  probe_ = {};
  probe_.spec.kind = ProbeKind::command;
  probe_.spec.words = hooks_.command;
  probe_.environment = {"NETCFG_UPLINK=" + running_->uplink, "NETCFG_INTERFACE=" + running_->interface,
                        "NETCFG_EVENT=" + running_->event, "NETCFG_REASON=" + running_->reason};
  deadline_ = now + std::chrono::milliseconds(*hooks_.timeout);
  task_ = probes::command_task(probe_);
  task_->start();
}

void HookRunner::run_timers(Time now) {
  if (task_) {
    const auto& outcome = task_->outcome();
    if (!outcome && now < deadline_) return;
    if (!outcome)
      complain_(*running_, fmt::format("was not told within {}: the command was killed",
                                       duration_to_string(*hooks_.timeout * kMillisecond)));
    else if (!outcome->ok)
      complain_(*running_, "was not told: " + outcome->detail);
    task_.reset();
    running_.reset();
  }
  start_next(now);
}

Time HookRunner::next() const {
  if (task_) return task_->outcome() ? Time{} : deadline_;
  return waiting_.empty() ? Time::max() : Time{};
}

}  // namespace netcfg::watch
