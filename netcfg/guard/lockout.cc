#include "netcfg/guard/lockout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "netcfg/fib/lookup.h"
#include "netcfg/fib/print.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/outcome.h"

namespace netcfg {
namespace {

constexpr uint8_t kIcmp = 1, kIcmp6 = 58;
constexpr std::string_view kNotOurs = "its source is no address of this host";

std::string to_text(const Way& way, const Lifeline& line) {
  std::string out = to_string(way);
  if (!line.own && way.source) out += fmt::format(" from {}", to_string(way.source));
  return out;
}

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
    Ip own = line_.own ? line_.own : before_.ways.front().source;
    if (was && !is && was->address.ip == own) return true;
    if (after_.note == kNotOurs) return false;
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
  std::string_view packets = line.probe.empty() ? "answers" : "packets";
  if (after.note.empty() && !after.goes())
    return fmt::format("its {} will be {}", packets, verdict_of(after));
  if (!after.goes()) return std::string(after.note);
  return fmt::format("{} to {} will leave {}", packets, to_string(line.peer),
                     to_text(after.ways.front(), line));
}

// Another way is not yet a wrong one where nobody is bound to it.
std::string what_happens(const Lifeline& line, const Decision& after) {
  if (line.probe.empty())
    return fmt::format("this cuts the SSH session from {}: {}", to_string(line.peer),
                       what_will_be(line, after));
  return fmt::format("this {} what {} probes: {}", after.goes() ? "moves" : "cuts", line.probe,
                     what_will_be(line, after));
}

// Both ends of a plan, made once for all lines.
struct Ends {
  const Plan& plan;
  const State& live;
  Tables now;
  State then;
  Tables later;

  Ends(const Plan& p, const State& l) : plan(p), live(l), now(l), then(outcome(p, l)), later(then) {}
};

bool same_way(const Ends& ends, const Lifeline& line, const Decision& before, const Decision& after) {
  if (!after.goes() || after.type != before.type) return false;
  // Each way that it may take has to be one that it took.
  return std::ranges::all_of(after.ways, [&](const Way& way) {
    return std::ranges::any_of(before.ways, [&](const Way& was) {
      bool same_source = line.own || was.source == way.source;
      return same_source && name_after(ends.plan, ends.live, was.dev) == way.dev;
    });
  });
}

std::optional<Lockout> lockout_of(const Ends& ends, const std::vector<NetChange>& changes,
                                  const Lifeline& line) {
  Decision before = way_of(ends.now, line);
  if (!before.goes() || before.ways.empty()) return std::nullopt;
  Lifeline then = line;
  if (!line.dev.empty()) then.dev = name_after(ends.plan, ends.live, line.dev);
  Decision after = way_of(ends.later, then);
  if (same_way(ends, line, before, after)) return std::nullopt;
  const NetChange* cause = Blame(line, before, after).find(changes);
  std::string message = what_happens(line, after);
  if (cause) {
    const Ref& subject = has(cause->after) ? cause->after : cause->before;
    message += fmt::format(" ({} {} is {}d)", kind_name(subject), id_of(subject),
                           kEffectNames[static_cast<size_t>(cause->effect)]);
  }
  Place place = cause ? cause->step->origin : Place{};
  return Lockout{{Severity::warning, place, "", std::move(message),
                  fmt::format("now they leave {}", to_text(before.ways.front(), line))},
                 line.probe};
}

}  // namespace

Flow Lifeline::flow() const {
  Flow flow;
  flow.source = own;
  flow.destination = peer;
  flow.oif = dev;
  flow.ip_proto = ip_proto;
  flow.sport = own_port;
  flow.dport = peer_port;
  return flow;
}

Decision way_of(const Tables& tables, const Lifeline& line) {
  Decision out = lookup(tables, line.flow());
  if (!out.goes() || !line.own || !tables.owner_of(line.own).empty()) return out;
  Flow to_own;
  to_own.destination = line.own;
  Decision there = lookup(tables, to_own);  // a local route may take whole prefixes
  if (there.goes() && there.type == RouteType::local) return out;
  out.error = EINVAL;
  out.note = kNotOurs;
  return out;
}

std::vector<Lifeline> lifelines(std::span<const ProbeSpec> probes) {
  std::vector<Lifeline> out;
  for (const ProbeSpec& probe : probes) {
    bool ping = probe.kind == ProbeKind::ping;
    if (!ping && probe.kind != ProbeKind::tcp && probe.kind != ProbeKind::http) continue;
    Lifeline line{probe.address, {}, probe.port, 0, probe.dev.value_or(IfName{})};
    if (ping) line.ip_proto = probe.address.family == Family::ipv6 ? kIcmp6 : kIcmp;
    line.probe = to_text(probe);
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<Lockout> lockouts(const Plan& plan, const State& live, std::span<const Lifeline> lines) {
  std::vector<Lockout> out;
  if (plan.steps.empty() || lines.empty()) return out;
  Ends ends(plan, live);
  auto changes = net_changes(plan);
  for (const Lifeline& line : lines)
    if (auto found = lockout_of(ends, changes, line)) out.push_back(std::move(*found));
  return out;
}

std::optional<Lockout> lockout(const Plan& plan, const State& live, const Lifeline& line) {
  auto found = lockouts(plan, live, {&line, 1});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

}  // namespace netcfg
