#include "netcfg/guard/lockout.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/fib/lookup.h"
#include "netcfg/fib/print.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/outcome.h"

namespace netcfg {
namespace {

constexpr uint8_t kTcp = 6;

bool has_link(const Decision& decision, const IfName& dev) {
  return std::ranges::any_of(decision.ways, [&](const Way& way) { return way.dev == dev; });
}

// Names of links after the plan's renames, for comparing what was with what will be.
IfName name_after(const Plan& plan, const State& live, const IfName& name) {
  const Link* before = live.link(name);
  if (!before || before->index == 0) return name;
  const State& renamed = plan.live ? *plan.live : live;
  for (const Link& link : renamed.links)
    if (link.index == before->index) return link.name;
  return name;
}

// The change that is to blame: the first that takes something away on which the old way stood, or makes what
// the new one stands on.
class Blame {
 public:
  Blame(const Lifeline& line, const Decision& before, const Decision& after)
      : line_(line), before_(before), after_(after) {}

  const NetChange* find(const std::vector<NetChange>& changes) const {
    for (const NetChange& change : changes) {
      if (change.restored || change.effect == Effect::adopt) continue;
      if (std::visit([&](const auto* was) { return blames(change, was); }, change.before)) return &change;
    }
    return nullptr;
  }

 private:
  template <class T>
  bool blames(const NetChange& change, const T* was) const {
    const T* is = std::get<const T*>(change.after);
    return is_cause(was, is);
  }

  bool is_cause(const Link* was, const Link* is) const {
    if (!was || !has_link(before_, was->name)) return false;
    return !is || !is->is_up() || is->master != was->master;
  }
  bool is_cause(const Address* was, const Address* is) const {
    if (was && !is && was->address.ip == line_.own) return true;
    const Address* changed = is ? is : was;
    Prefix subnet{changed->peer.value_or(changed->address.ip), changed->address.length};
    return !was && subnet.network().contains(line_.peer);
  }
  bool is_cause(const Route* was, const Route* is) const {
    if (was && before_.route && was->key() == before_.route->key()) return true;
    return is && after_.route && is->key() == after_.route->key();
  }
  bool is_cause(const Rule* was, const Rule* is) const {
    if (was && !is && before_.rule && *was == *before_.rule) return true;
    return is && after_.rule && *is == *after_.rule;
  }
  template <class T>
  bool is_cause(const T*, const T*) const {
    return false;
  }

  const Lifeline& line_;
  const Decision& before_;
  const Decision& after_;
};

std::string what_will_be(const Lifeline& line, const Decision& after) {
  if (after.note.empty() && !after.goes()) return fmt::format("its answers will be {}", verdict_of(after));
  if (!after.goes()) return std::string(after.note);
  return fmt::format("answers to {} will leave {}", to_string(line.peer), to_string(after.ways.front()));
}

bool same_way(const Plan& plan, const State& live, const Decision& before, const Decision& after) {
  if (!after.goes() || after.type != before.type) return false;
  // Each way that it may take has to be one that it took.
  return std::ranges::all_of(after.ways, [&](const Way& way) {
    return std::ranges::any_of(before.ways,
                               [&](const Way& was) { return name_after(plan, live, was.dev) == way.dev; });
  });
}

}  // namespace

Flow Lifeline::flow() const {
  Flow flow;
  flow.source = own;
  flow.destination = peer;
  flow.oif = dev;
  flow.ip_proto = kTcp;
  flow.sport = own_port;
  flow.dport = peer_port;
  return flow;
}

std::optional<Lockout> lockout(const Plan& plan, const State& live, const Lifeline& line) {
  if (plan.steps.empty()) return std::nullopt;
  Flow flow = line.flow();
  Tables now(live);
  Decision before = lookup(now, flow);
  if (!before.goes()) return std::nullopt;
  if (!flow.oif.empty()) flow.oif = name_after(plan, live, flow.oif);
  State then = outcome(plan, live);
  Tables later(then);
  Decision after = lookup(later, flow);
  if (same_way(plan, live, before, after)) return std::nullopt;
  auto changes = net_changes(plan);
  const NetChange* cause = Blame(line, before, after).find(changes);
  std::string message =
      fmt::format("this cuts the SSH session from {}: {}", to_string(line.peer), what_will_be(line, after));
  if (cause) {
    const Ref& subject = has(cause->after) ? cause->after : cause->before;
    message += fmt::format(" ({} {} is {}d)", kind_name(subject), id_of(subject),
                           kEffectNames[static_cast<size_t>(cause->effect)]);
  }
  Place place = cause ? cause->step->origin : Place{};
  return Lockout{{Severity::warning, place, "", std::move(message),
                  fmt::format("now they leave {}", to_string(before.ways.front()))}};
}

}  // namespace netcfg
