#include <algorithm>

#include "cmd/flow_options.h"
#include "cmd/load.h"
#include "netcfg/fib/lookup.h"
#include "netcfg/fib/print.h"
#include "netcfg/json/sink.h"
#include "netcfg/plan/outcome.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr OptionInfo kOptions[] = {
    {"--with", "SPEC", "as it will be when SPEC is applied", &Options::with},
    {"--iif", "DEV", "of a packet that comes in by DEV", &Options::iif},
    {"--oif", "DEV", "of a socket that is bound to DEV", &Options::oif},
    {"--mark", "NUMBER", "of a packet with this mark", &Options::mark},
    {"--ip-proto", "PROTOCOL", "tcp, udp, icmp, …, or a number", &Options::ip_proto},
    {"--sport", "PORT", "source port", &Options::sport},
    {"--dport", "PORT", "destination port", &Options::dport},
    {"--uid", "ID", "of the user whose socket it is", &Options::uid},
    {"--tos", "NUMBER", "type of service, the whole byte", &Options::tos},
};

constexpr Example kExamples[] = {
    {"netcfg explain any 198.51.100.7", "which way does this host take?"},
    {"netcfg explain 10.0.0.2 198.51.100.7 --iif br0", "a packet that is forwarded"},
    {"netcfg explain any 198.51.100.7 --with new.yaml", "and after new.yaml?"},
};

// Of a value that may be none.
void member_or_null(JsonSink& out, std::string_view key, bool has, std::string_view value) {
  out.key(key);
  if (has)
    out.text(value);
  else
    out.null();
}

void write_rule(JsonSink& out, const Rule* rule) {
  out.key("rule");
  if (rule == nullptr) return out.null();
  out.begin('{');
  out.key("priority");
  out.number(rule->priority);
  out.member("text", id_of(*rule));
  out.end('}');
}

void write_table(JsonSink& out, uint32_t table) {
  out.key("table");
  if (table == 0)
    out.null();
  else
    out.number(table);
}

constexpr std::string_view kResults[] = {"nothing", "thrown",  "suppressed", "passed",
                                         "jumped",  "refused", "found"};

void write_trace(JsonSink& out, const Decision& decision) {
  out.key("trace");
  out.begin('[');
  for (const Trace& trace : decision.trace) {
    out.begin('{');
    write_rule(out, trace.rule);
    write_table(out, trace.table);
    member_or_null(out, "route", trace.route != nullptr, trace.route ? id_of(*trace.route) : std::string());
    out.member("result", kResults[static_cast<size_t>(trace.result)]);
    out.end('}');
  }
  out.end(']');
}

void write_way(JsonSink& out, const Way& way) {
  member_or_null(out, "interface", !way.dev.empty(), way.dev.view());
  member_or_null(out, "gateway", static_cast<bool>(way.gateway), to_string(way.gateway));
  member_or_null(out, "preferred-source", static_cast<bool>(way.source), to_string(way.source));
}

// interface, gateway and preferred-source are those of the first way; several stand in "ways".
std::string to_json(const Decision& decision, const Flow& flow) {
  std::string text;
  JsonText out(text);
  out.begin('{');
  out.key("format");
  out.number(1);
  out.member("source", flow.source ? to_string(flow.source) : "any");
  out.member("destination", to_string(flow.destination));
  write_rule(out, decision.rule);
  write_table(out, decision.table);
  out.member("type", verdict_of(decision));
  write_way(out, decision.ways.empty() ? Way{} : decision.ways.front());
  out.key("ways");
  out.begin('[');
  for (const Way& way : decision.ways) {
    out.begin('{');
    write_way(out, way);
    out.key("weight");
    out.number(way.weight);
    out.end('}');
  }
  out.end(']');
  write_trace(out, decision);
  out.end('}');
  return text + "\n";
}

// Forwarding and reverse path filters.
Query query_for_lookups(const std::string& iif) {
  Query query;
  query.sysctls = lookup_sysctls(IfName(iif));
  std::ranges::sort(query.sysctls);
  return query;
}

int show(Session& session, const State& state, const TableNames& names) {
  auto flow = flow_of(session, state);
  if (!flow) return session.fail();
  Tables tables(state);
  Decision decision = lookup(tables, *flow);
  if (!state.rulesets.empty())
    session.problems.warning(
        kNowhere, "", "netcfg's table of nftables marks and translates packets: nothing of that is told",
        "'nft list table inet netcfg' shows it; --mark gives a packet its mark");
  session.report_warnings();
  session.out.write(session.json() ? to_json(decision, *flow) : to_text(decision, *flow, names));
  return kDone;
}

int run_explain(Session& session) {
  Query query = query_for_lookups(session.options.iif);
  if (session.options.with.empty()) {
    auto live = read_live(session, query);
    if (!live) return session.fail();
    return show(session, live->state, {});
  }
  auto desired = load_desired(session, std::span(&session.options.with, 1));
  if (!desired) return session.fail();
  auto situation = look(session, std::move(*desired), Others::named, query);
  if (!situation) return session.fail();
  return show(session, outcome(situation->plan, situation->live.state), situation->plan.tables);
}

}  // namespace

constexpr Verb kExplainVerb{
    .name = "explain",
    .operands = "[SRC] DST",
    .most_operands = 2,
    .summary = "which rule, table, route and interface a packet takes",
    .details =
        "SRC is an address, or 'any': then the kernel chooses one. The answer is the one that\n"
        "'ip route get' gives, with each rule that was asked on the way to it.",
    .formats = kFormats,
    .options = kOptions,
    .examples = kExamples,
    .run = run_explain};

}  // namespace netcfg
