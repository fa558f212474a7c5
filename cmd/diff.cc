#include <fmt/format.h>

#include "cmd/generation_spec.h"
#include "cmd/load.h"
#include "cmd/net_plan.h"
#include "netcfg/base/text.h"
#include "netcfg/plan/change.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/plan/resolve.h"

namespace netcfg {
namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Example kExamples[] = {
    {"netcfg diff", "what has changed on this host since the last apply?"},
    {"netcfg diff live new.yaml", "what would new.yaml change?"},
    {"netcfg diff gen:3 live", "what has changed since generation 3 was applied?"},
    {"netcfg diff old.yaml new.yaml", "how do two specs differ, whatever this host is like?"},
};

constexpr std::string_view kLive = "live";
constexpr std::string_view kApplied = "last applied";

bool is_live(std::string_view side) {
  return side == kLive;
}

// The state that a side names: last applied, or that of a spec.
std::optional<Desired> wanted_of(Session& session, const std::string& side) {
  if (side.starts_with(kGenerationPrefix)) {
    auto number = generation_number(side);
    if (!number) session.problem(number.error());
    return number ? load_generation(session, *number) : std::nullopt;
  }
  if (side != kApplied) return load_desired(session, std::span(&side, 1));
  Desired desired;
  desired.state = load_ledger(session, LedgerRoutes::read).applied;
  if (desired.state == State{}) {
    session.problem({"nothing has been applied on this host yet",
                     "name what to compare: 'netcfg diff live SPEC', or see 'netcfg plan'", 0});
    return std::nullopt;
  }
  return desired;
}

// How to get from one spec to the other on a host that is exactly like the first.
std::unique_ptr<Situation> compare(Session& session, Desired from, Desired to) {
  auto out = std::make_unique<Situation>();
  for (const Link& link : to.state.links)
    if (link.kind.index() == 0 && from.state.link(link.name) == nullptr) {
      Link nic;  // whether it exists is not the question
      nic.name = link.name;
      out->live.state.links.push_back(nic);
    }
  for (const Link& link : from.state.links)
    if (link.kind.index() != 0) out->ledger.own_links.push_back(link.name);
  auto& links = out->live.state.links;
  links.insert(links.end(), from.state.links.begin(), from.state.links.end());
  from.state.links = std::move(links);
  from.state.sort();
  const State host = from.state;
  resolve_next_hops(from, host, out->ledger, session.problems);
  out->ledger.applied = from.state;
  out->live.state = std::move(from.state);
  out->desired = std::move(to);
  out->desired.matches.clear();
  auto plan = make_plan({out->live, out->desired, out->ledger}, session.problems);
  if (!plan) return nullptr;
  out->plan = std::move(*plan);
  return out;
}

struct Compared {
  std::unique_ptr<Situation> situation;
  Plan changes;
};

std::optional<Compared> compare(Session& session, const std::string& a, const std::string& b) {
  Compared out;
  auto from = is_live(a) ? std::optional<Desired>(Desired{}) : wanted_of(session, a);
  auto to = is_live(b) ? std::optional<Desired>(Desired{}) : wanted_of(session, b);
  if (!from || !to) return std::nullopt;
  if (is_live(a) && is_live(b)) return out;
  if (is_live(a) || is_live(b))
    out.situation = look(session, std::move(is_live(a) ? *to : *from));
  else
    out.situation = compare(session, std::move(*from), std::move(*to));
  if (!out.situation) return std::nullopt;
  out.changes = net_plan(out.situation->plan, is_live(b) ? Direction::back : Direction::forth);
  return out;
}

void print_text(Session& session, const Plan& changes, std::string_view a, std::string_view b) {
  if (changes.steps.empty()) return;
  session.out.write(fmt::format("--- {}\n+++ {}\n", printable(a), printable(b)));
  constexpr std::string_view kSigns[] = {"+", "~", "-", "="};
  constexpr std::string_view kColors[] = {"\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[36m"};
  for (const Step& step : changes.steps) {
    auto effect = static_cast<size_t>(effect_of(step));
    const Ref& subject = subject_of(step.op);
    session.out.write(fmt::format(
        "{}{} {} {}{}\n", session.color_out() ? kColors[effect] : "", kSigns[effect], kind_name(subject),
        printable(id_of(subject, changes.tables)), session.color_out() ? "\x1b[0m" : ""));
    for (const FieldChange& f : field_changes(step.op.before, step.op.after))
      session.out.write(fmt::format("    {}: {} → {}\n", f.name, printable(f.before), printable(f.after)));
  }
}

int run_diff(Session& session) {
  const auto& operands = session.options.operands;
  std::string a = operands.empty() ? std::string(kApplied) : operands[0];
  std::string b = operands.size() < 2 ? std::string(kLive) : operands[1];
  auto compared = compare(session, a, b);
  if (!compared) return session.fail();
  session.report_warnings();
  if (session.json())
    print_json(session.out.stream(), compared->changes, session.sources);
  else
    print_text(session, compared->changes, a, b);
  return compared->changes.steps.empty() ? kDone : kDifferent;
}

}  // namespace

constexpr Verb kDiffVerb{
    .name = "diff",
    .operands = "[A] [B]",
    .most_operands = 2,
    .summary = "show how two states differ: live, a spec, or what was applied",
    .details =
        "A and B are each 'live', gen:N (see 'netcfg history') or the name of a SPEC file. B defaults to "
        "'live',\n"
        "A to what was applied last.\n"
        "Shown is what it takes to get from A to B. Exit status 2 when there is any difference.\n"
        "What is live and neither netcfg's nor named by the other side is no difference.",
    .formats = kFormats,
    .examples = kExamples,
    .run = run_diff};

}  // namespace netcfg
