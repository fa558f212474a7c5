#include "netcfg/watch/roster.h"

#include <algorithm>

#include "netcfg/watch/probing.h"

namespace netcfg::watch {
namespace {

using std::chrono::milliseconds;

// The clocks may have been set meanwhile: nothing began in the future.
Time steady_of(int64_t wall, Now now) {
  return now.steady - milliseconds(std::max<int64_t>(0, now.wall - wall));
}
int64_t wall_of(Time steady, Now now) {
  return now.wall - std::chrono::duration_cast<milliseconds>(now.steady - steady).count();
}

std::optional<int64_t> micros(std::optional<Micros> time) {
  return time ? std::optional<int64_t>(time->count()) : std::nullopt;
}

std::string names_of(const Uplinks& uplinks, const Decision& decision) {
  std::string out;
  for (size_t i = 0; i < uplinks.links.size(); ++i)
    if (decision.is_active(i)) out += (out.empty() ? "" : ", ") + uplinks.links[i].name;
  return out;
}

}  // namespace

Roster::Roster(Ways ways, const View& before, Now now) : ways_(std::move(ways)), switches_(before.switches) {
  const auto& links = ways_.uplinks.links;
  Decision last;
  bool none_up = std::ranges::none_of(before.uplinks, &UplinkView::up);
  for (size_t i = 0; i < links.size(); ++i) {
    const UplinkView* known = before.find(links[i].name);
    std::vector<std::string> targets;
    for (const Probe& probe : probes_of(ways_.uplinks, links[i])) targets.push_back(target_name(probe));
    Past past;
    past.since = known ? steady_of(known->since, now) : now.steady;
    if (known) past.up = known->up, past.reason = known->reason;
    health_.emplace_back(links[i].health, milliseconds(*ways_.uplinks.hold_down), std::move(targets), past);
    changes_.push_back(known ? known->changes : 0);
    left_.push_back(!past.up && none_up);
    if (known && known->active4 && links[i].gateway4) last.ipv4.active.push_back(i);
    if (known && known->active6 && links[i].gateway6) last.ipv6.active.push_back(i);
  }
  if (!last.ipv4.active.empty() || !last.ipv6.active.empty()) decision_ = last;
}

std::vector<Standing> Roster::standings() const {
  std::vector<Standing> out;
  for (const UplinkHealth& one : health_) out.push_back({one.up(), one.since()});
  return out;
}

std::vector<Event> Roster::judge(Time now) {
  std::vector<Event> out;
  for (size_t i = 0; i < health_.size(); ++i) {
    auto transition = health_[i].judge(now);
    if (!transition) continue;
    ++changes_[i];
    left_[i] = !transition->up;
    out.push_back({i, transition->up ? "up" : "down", transition->reason});
  }
  auto decided = decide(ways_.uplinks, standings(), decision_, now);
  again_ = decided.again;
  Decision before = decision_.value_or(Decision{});
  bool first = !decision_;
  decision_ = std::move(decided.decision);
  if (first) return out;
  std::string reason = "active: " + names_of(ways_.uplinks, *decision_);
  bool changed = false;
  for (size_t i = 0; i < health_.size(); ++i) {
    if (before.is_active(i) == decision_->is_active(i)) continue;
    changed = true;
    out.push_back({i, decision_->is_active(i) ? "active" : "idle", reason});
  }
  if (changed) ++switches_;
  return out;
}

std::vector<size_t> Roster::take_left() {
  std::vector<size_t> out;
  if (count_up() == 0) return out;
  for (size_t i = 0; i < left_.size(); ++i)
    if (left_[i]) out.push_back(i), left_[i] = false;
  return out;
}

std::optional<Time> Roster::again(Time now) const {
  std::optional<Time> out = again_;
  for (const UplinkHealth& one : health_)
    if (auto when = one.again(now)) out = out ? std::min(*out, *when) : *when;
  return out;
}

std::vector<Group> Roster::groups() const {
  return decision_ ? groups_of(ways_.uplinks, standings(), *decision_) : std::vector<Group>{};
}

std::vector<bool> Roster::usable() const {
  std::vector<bool> out;
  for (const UplinkHealth& one : health_) out.push_back(one.has_link());
  return out;
}

size_t Roster::count_up() const {
  return static_cast<size_t>(std::ranges::count_if(health_, &UplinkHealth::up));
}

View Roster::view(Now now) const {
  View out;
  out.written = now.wall;
  out.switches = switches_;
  for (size_t i = 0; i < health_.size(); ++i) {
    const UplinkHealth& health = health_[i];
    UplinkView one;
    one.name = ways_.uplinks.links[i].name;
    one.interface = ways_.uplinks.links[i].dev.view();
    one.up = health.up(), one.held = health.held();
    if (decision_) {
      one.active4 = std::ranges::find(decision_->ipv4.active, i) != decision_->ipv4.active.end();
      one.active6 = std::ranges::find(decision_->ipv6.active, i) != decision_->ipv6.active.end();
    }
    one.since = wall_of(health.since(), now);
    one.reason = health.reason();
    one.rtt = micros(health.latency()), one.loss = health.loss();
    one.changes = changes_[i];
    for (const Target& target : health.targets())
      one.targets.push_back({target.name(), target.up(), micros(target.last_rtt()), target.window().loss()});
    out.uplinks.push_back(std::move(one));
  }
  return out;
}

}  // namespace netcfg::watch
