#include "netcfg/watch/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace netcfg::watch {
namespace {

// So many samples a window has to hold before it says anything: half of what fits, and never fewer than 4.
size_t enough(const Health& health) {
  return std::max<size_t>(4, *health.window / std::max<uint32_t>(1, *health.interval) / 2);
}

std::string ms(Micros time) {
  return fmt::format("{:.1f} ms", static_cast<double>(time.count()) / 1000);
}

}  // namespace

void Window::add(const Sample& sample) {
  samples_.push_back(sample);
  if (sample.ok)
    sum_ += sample.rtt;
  else
    ++lost_;
  while (sample.at - samples_.front().at > length_) forget_first();
}

void Window::forget_first() {
  const Sample& first = samples_.front();
  if (first.ok)
    sum_ -= first.rtt;
  else
    --lost_;
  samples_.pop_front();
}

void Window::clear() {
  samples_.clear();
  lost_ = 0, sum_ = {};
}

uint32_t Window::loss() const {
  return samples_.empty() ? 0 : static_cast<uint32_t>(lost_ * 100 / samples_.size());
}

std::optional<Micros> Window::latency() const {
  size_t answered = samples_.size() - lost_;
  if (answered == 0) return std::nullopt;
  return sum_ / static_cast<int64_t>(answered);
}

Target::Target(const Health& health, std::string name, bool up)
    : health_(health),
      name_(std::move(name)),
      why_("no answer yet"),
      window_(std::chrono::milliseconds(*health.window)),
      answers_(up) {
  health_.targets.clear();
}

void Target::take(const Sample& sample) {
  window_.add(sample);
  last_rtt_ = sample.ok ? std::optional(sample.rtt) : std::nullopt;
  good_ = sample.ok ? std::min(good_ + 1, uint32_t{*health_.up_after}) : 0;
  bad_ = sample.ok ? 0 : std::min(bad_ + 1, uint32_t{*health_.down_after});
  if (bad_ == *health_.down_after)
    answers_ = false, why_ = fmt::format("no answer to {} probes in a row", bad_);
  if (good_ == *health_.up_after) answers_ = true;
  judge_window();
}

void Target::judge_window() {
  if (window_.size() < enough(health_)) return;
  if (health_.loss_limit) {
    uint32_t loss = window_.loss();
    if (loss >= *health_.loss_limit) lossy_ = true;
    if (loss <= *health_.loss_clear) lossy_ = false;
  }
  auto latency = window_.latency();
  if (!health_.latency_limit || !latency) return;
  if (*latency >= std::chrono::milliseconds(*health_.latency_limit)) slow_ = true;
  if (*latency <= std::chrono::milliseconds(*health_.latency_clear)) slow_ = false;
}

void Target::doubt(std::string why) {
  answers_ = lossy_ = slow_ = false;
  good_ = bad_ = 0;
  why_ = std::move(why);
  last_rtt_.reset();
  window_.clear();
}

std::string Target::problem() const {
  if (!answers_) return fmt::format("{}: {}", name_, why_);
  if (lossy_)
    return fmt::format("{}: {}% of the probes are lost, the limit is {}%", name_, window_.loss(),
                       *health_.loss_limit);
  if (slow_)
    return fmt::format("{}: answers take {}, the limit is {} ms", name_,
                       ms(window_.latency().value_or(Micros{})), *health_.latency_limit);
  return {};
}

UplinkHealth::UplinkHealth(const Health& health, std::chrono::milliseconds hold_down,
                           std::vector<std::string> targets, Past past)
    : require_(*health.require),
      hold_down_(hold_down),
      reason_(std::move(past.reason)),
      up_(past.up),
      since_(past.since) {
  for (std::string& name : targets) targets_.emplace_back(health, std::move(name), up_);
}

void UplinkHealth::set_link(std::string problem) {
  bool lost = link_problem_.empty() && !problem.empty();
  link_problem_ = std::move(problem);
  if (lost)
    for (Target& target : targets_) target.doubt("no answer since the link came back");
}

std::string UplinkHealth::problem() const {
  if (held_) return "it is held down";
  if (!link_problem_.empty()) return link_problem_;
  size_t needed = require_ == kRequireAll ? targets_.size() : std::min<size_t>(require_, targets_.size());
  size_t good = 0;
  std::string first;
  for (const Target& target : targets_) {
    if (target.up())
      ++good;
    else if (first.empty())
      first = target.problem();
  }
  if (good >= needed) return {};
  if (targets_.size() == 1) return first;
  return fmt::format("{} of {} targets up, {} needed; {}", good, targets_.size(), needed, first);
}

std::optional<Transition> UplinkHealth::judge(Time now) {
  std::string problem = this->problem();
  bool good = problem.empty();
  if (good && !up_ && now - since_ < hold_down_ && hold_down_.count() > 0) return std::nullopt;
  if (!good) reason_ = problem;
  if (good == up_) return std::nullopt;
  up_ = good, since_ = now;
  if (good) reason_ = targets_.empty() ? "the link runs" : "it works";
  return Transition{good, reason_};
}

std::optional<Time> UplinkHealth::again(Time now) const {
  if (up_ || hold_down_.count() == 0 || now - since_ >= hold_down_ || !problem().empty()) return std::nullopt;
  return since_ + hold_down_;
}

uint32_t UplinkHealth::loss() const {
  uint32_t worst = 0;
  for (const Target& target : targets_) worst = std::max(worst, target.window().loss());
  return worst;
}

std::optional<Micros> UplinkHealth::latency() const {
  std::optional<Micros> best;
  for (const Target& target : targets_)
    if (auto one = target.last_rtt(); one && (!best || *one < *best)) best = one;
  return best;
}

}  // namespace netcfg::watch
