#include "netcfg/guard/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "netcfg/fib/print.h"
#include "netcfg/guard/lockout.h"

namespace netcfg {
namespace {

using Clock = std::chrono::steady_clock;
using TableOf = std::pair<Family, uint32_t>;

Probe probe_of(const Gateway& gateway, const ProbeSpec& asked) {
  Probe out;
  out.spec = asked;
  out.spec.address = gateway.via;
  out.spec.dev = gateway.dev;
  return out;
}

// The same neighbour on the same link, whatever that is called now.
bool same_way(const Gateway& a, const Gateway& b) {
  bool same_link = a.dev == b.dev || (a.index != 0 && a.index == b.index);
  return same_link && a.via == b.via;
}

bool asks_about(const ProbeSpec& spec, const Gateway& gateway) {
  return spec.kind == ProbeKind::gateway && (!spec.dev || *spec.dev == gateway.dev);
}

void add_once(std::vector<Probe>& probes, Probe probe) {
  if (std::ranges::find(probes, probe) == probes.end()) probes.push_back(std::move(probe));
}

// Whether packets are still led to the table: by a rule, or since it is a VRF's.
bool in_use(const State& state, const TableOf& table) {
  auto leads = [&](const Rule& rule) { return rule.family == table.first && rule.table == table.second; };
  auto is_vrf = [&](const Link& link) {
    const auto* vrf = std::get_if<Vrf>(&link.kind);
    return vrf && vrf->table == table.second;
  };
  // The kernel's own rule leads to main, whether or not it was read.
  return table.second == kTableMain || std::ranges::any_of(state.rules, leads) ||
         std::ranges::any_of(state.links, is_vrf);
}

std::string name_of(const TableOf& table) {
  std::string_view family = table.first == Family::ipv6 ? "IPv6" : "IPv4";
  if (table.second == kTableMain) return std::string(family);
  return fmt::format("{}, table {}", family, table.second);
}

Lifeline line_of(const TcpSession& session) {
  return {session.peer, session.own, session.peer_port, session.own_port, session.zone};
}

// Where the answers to a new connection from the session's peer would go.
Decision way_back(const Tables& tables, const TcpSession& session) {
  return way_of(tables, line_of(session));
}

bool has_way_back(const State& state, const TcpSession& session) {
  Tables tables(state);
  return way_back(tables, session).goes();
}

// A session may live on where a new one could not be had.
void demand_way_back(Demand& out, const State& now, const TcpSession& session) {
  Tables tables(now);
  Decision decision = way_back(tables, session);
  std::string what = fmt::format("ssh: a new connection from {} ", to_string(session.peer));
  if (!decision.goes())
    out.lost.push_back(what + fmt::format("could not be answered: {}",
                                          decision.note.empty() ? verdict_of(decision) : decision.note));
  else if (!decision.ways.empty())
    out.held.push_back(what + fmt::format("would be answered {}", to_string(decision.ways.front())));
}

}  // namespace

std::vector<Gateway> default_gateways(const State& state) {
  std::vector<Gateway> out;
  for (const Route& route : state.routes) {
    if (!route.to.is_default() || route.type != RouteType::unicast) continue;
    for (const NextHop& hop : state.hops_of(route)) {
      const Link* link = state.link(hop.dev);
      out.push_back({route.family(), route.table, route.metric, hop.via, hop.dev, link ? link->index : 0});
    }
  }
  return out;
}

std::vector<Probe> probes_for(std::span<const ProbeSpec> specs, const State& live,
                              const std::optional<TcpSession>& session) {
  std::vector<Probe> out;
  for (const ProbeSpec& spec : specs) {
    Probe probe{spec, {}, {}};
    probe.spec.origin = {};
    if (spec.kind == ProbeKind::gateway) {
      for (const Gateway& gateway : default_gateways(live))
        if (asks_about(spec, gateway)) add_once(out, probe_of(gateway, probe.spec));
    } else if (spec.kind == ProbeKind::ssh) {
      if (!session) continue;
      probe.session = *session;
      add_once(out, std::move(probe));
    } else {
      add_once(out, std::move(probe));
    }
  }
  return out;
}

Baseline baseline(const State& live, std::span<const ProbeSpec> specs, std::span<const Probe> probes,
                  std::span<const ProbeResult> results) {
  Baseline out;
  out.specs.assign(specs.begin(), specs.end());
  std::vector<Gateway> gateways = default_gateways(live);
  for (size_t i = 0; i < probes.size() && i < results.size(); ++i) {
    const Probe& probe = probes[i];
    if (!results[i].ok) out.not_asked.push_back(fmt::format("{}: {}", name_of(probe), results[i].detail));
    if (probe.spec.kind == ProbeKind::gateway) {
      for (const Gateway& gateway : gateways)
        if (gateway.dev == probe.spec.dev && gateway.via == probe.spec.address)
          out.gateways.push_back({gateway, results[i].ok});
    } else if (results[i].ok) {
      out.good.push_back(probe);
      if (probe.spec.kind == ProbeKind::ssh) out.way_back = has_way_back(live, probe.session);
    }
  }
  return out;
}

namespace {

struct Counted {
  bool answered = false;  // a gateway of that table did
  bool any_left = false;
  uint32_t least = UINT32_MAX;  // metric of what is there now
};

std::map<TableOf, Counted> by_table(const Baseline& before, const std::vector<Gateway>& now) {
  std::map<TableOf, Counted> out;
  for (const Baseline::Way& way : before.gateways)
    out[{way.gateway.family, way.gateway.table}].answered |= way.answered;
  for (const Gateway& gateway : now) {
    Counted& table = out[{gateway.family, gateway.table}];
    table.any_left = true;
    table.least = std::min(table.least, gateway.metric);
  }
  return out;
}

bool is_demanded(const Baseline& before, const ProbeSpec& spec, const Gateway& gateway,
                 const Counted& table) {
  bool was_there = false, answered = false;
  for (const Baseline::Way& way : before.gateways)
    if (same_way(way.gateway, gateway)) was_there = true, answered |= way.answered;
  if (was_there) return answered;
  return asks_about(spec, gateway) && table.answered && gateway.metric == table.least;
}

void demand_gateways(Demand& out, const Baseline& before, const State& now) {
  std::vector<Gateway> gateways = default_gateways(now);
  auto tables = by_table(before, gateways);
  for (const ProbeSpec& spec : before.specs) {
    if (spec.kind != ProbeKind::gateway) continue;
    ProbeSpec asked = spec;
    asked.origin = {};
    for (const Gateway& gateway : gateways)
      if (is_demanded(before, spec, gateway, tables[{gateway.family, gateway.table}]))
        add_once(out.probes, probe_of(gateway, asked));
  }
  for (const auto& [table, counted] : tables)
    if (counted.answered && !counted.any_left && in_use(now, table))
      out.lost.push_back(fmt::format("gateway: no default gateway is left ({})", name_of(table)));
}

}  // namespace

Demand demand(const Baseline& before, const State& now, Clock::time_point changed) {
  Demand out;
  demand_gateways(out, before, now);
  for (Probe probe : before.good) {
    if (probe.spec.kind == ProbeKind::ssh) {
      probe.since = changed;
      if (before.way_back) demand_way_back(out, now, probe.session);
    }
    out.probes.push_back(std::move(probe));
  }
  return out;
}

Round Evidence::take(const Demand& demand, std::span<const ProbeResult> results, bool counts) {
  Round round;
  round.number = ++rounds_;
  round.needed = needed_;
  round.failing = demand.lost;
  round.proven = demand.held;
  for (size_t i = 0; i < demand.probes.size(); ++i) {
    bool ok = i < results.size() && results[i].ok;
    std::string detail = i < results.size() ? results[i].detail : "not tried";
    (ok ? round.proven : round.failing).push_back(fmt::format("{}: {}", name_of(demand.probes[i]), detail));
  }
  round.good = round.failing.empty();
  if (!round.good)
    in_a_row_ = 0;
  else if (counts)
    ++in_a_row_;
  round.in_a_row = in_a_row_;
  return round;
}

namespace {

// The time until the next round that counts; what comes early does not.
std::chrono::milliseconds left_until(Clock::time_point when) {
  auto now = Clock::now();
  return when <= now ? std::chrono::milliseconds{0}
                     : std::chrono::ceil<std::chrono::milliseconds>(when - now);
}

// A probe that waits longer than the window is open would keep the change from being taken back in time. They
// keep the names that they were given, since those tell of the timeout.
std::vector<Probe> ending_by(std::vector<Probe> probes, Clock::time_point deadline) {
  constexpr int64_t kLeast = 10;
  auto most = static_cast<uint32_t>(std::max(kLeast, int64_t{left_until(deadline).count()}));
  for (Probe& probe : probes) probe.spec.timeout = std::min(probe.spec.timeout.value_or(kProbeTimeout), most);
  return probes;
}

}  // namespace

Result<Gathered> gather(Prober& prober, const Baseline& before, const std::function<Result<State>()>& look,
                        const GatherOptions& options, const std::function<void(const Round&)>& report) {
  Evidence evidence(options.needed);
  Gathered out;
  auto next = Clock::now();
  auto is_over = [&] { return Clock::now() >= options.deadline; };
  while (true) {
    auto state = look();
    if (!state) return state.error();
    Demand asked = demand(before, *state, options.changed);
    // Where nothing worked before, there is nothing to find out.
    if (asked.probes.empty() && asked.lost.empty()) return out.end = Gathered::End::kept, out;
    bool counts = left_until(next).count() == 0;
    if (counts) next = Clock::now() + options.interval;
    auto results = prober.run(ending_by(asked.probes, options.deadline), options.stop);
    if (!results) return out.end = Gathered::End::stopped, out;
    out.last = evidence.take(asked, *results, counts);
    report(out.last);
    // A round that outlasts the window is of no use any more.
    if (is_over()) return out.end = Gathered::End::expired, out;
    if (evidence.enough()) return out.end = Gathered::End::kept, out;
    if (prober.wait(left_until(std::min(next, options.deadline)), options.stop) == Prober::Woken::stop)
      return out.end = Gathered::End::stopped, out;
    if (is_over()) return out.end = Gathered::End::expired, out;
  }
}

}  // namespace netcfg
