#include "netcfg/apply/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "netcfg/apply/moved.h"
#include "netcfg/apply/remember.h"
#include "netcfg/apply/undo.h"
#include "netcfg/apply/words.h"

namespace netcfg {
namespace {

constexpr int kPasses = 3;       // attempts at reaching a state before it counts as out of reach
constexpr size_t kSome = 64;     // of others, on a host like any
constexpr size_t kSlice = 1024;  // operations between two reports of progress

Diagnostic refused(const Step& step, const Refusal& refusal) {
  const char* name = strerrorname_np(refusal.code);
  std::string message = fmt::format("cannot {} {}: {}", verb(step), subject(step),
                                    refusal.extack.empty() ? strerror(refusal.code) : refusal.extack);
  std::string hint = fmt::format("the kernel answered {} ({}) to {}", name ? name : "an unknown error",
                                 strerror(refusal.code), refusal.what);
  if (std::string known = remedy(step, refusal); !known.empty()) hint = known + "; " + hint;
  return {Severity::error, step.origin, "", std::move(message), std::move(hint)};
}

// The writer reads all rules that there are whenever it is given some: they stay together.
bool is_rule(const Step& step) {
  return std::holds_alternative<const Rule*>(step.op.after);
}

class Run {
 public:
  Run(Kernel& kernel, const Snapshot& before, Desired& desired, const Ledger& ledger,
      const ApplyOptions& options)
      : kernel_(kernel),
        before_(before),
        desired_(desired),
        ledger_(ledger),
        options_(options),
        query_(query_for(desired, ledger)) {}

  Applied run(const Plan& plan) {
    if (plan.steps.empty()) return std::move(out_);
    note_made(plan);
    const Ledger& ledger = plan.ledger_after_renames(ledger_);
    if (!carry_out(plan, options_.stop) || !settle(ledger)) {
      undo();
      return std::move(out_);
    }
    out_.outcome = Outcome::applied;
    out_.ledger = remember(ledger, desired_, plan.live ? *plan.live : before_.state);
    return std::move(out_);
  }

 private:
  void note_made(const Plan& plan) {
    for (const Step& step : plan.steps)
      if (const auto* link = std::get_if<const Link*>(&step.op.after);
          link && *link && step.op.action == Action::create)
        made_.push_back((*link)->name);
  }

  // Writes the plan's steps. False when one was refused, or the user asked to stop; the problem is noted.
  bool carry_out(const Plan& plan, const std::function<bool()>& stop) {
    std::vector<Op> ops;
    std::vector<const Step*> steps;
    auto all = static_cast<size_t>(
        std::count_if(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return step.writes; }));
    size_t written = 0;
    for (auto next = plan.steps.begin(); written < all; written += ops.size()) {
      ops.clear(), steps.clear();
      for (; next != plan.steps.end() && (ops.size() < kSlice || is_rule(*next)); ++next)
        if (next->writes) ops.push_back(next->op), steps.push_back(&*next);
      auto refusal = kernel_.write(ops, stop);
      for (const Op& op : ops) moved_.note(op);
      out_.writes += ops.size();
      if (refusal && refusal->code == EINTR) {
        out_.problems.push_back({Severity::error, {}, "", "interrupted: the change was not finished", ""});
        return false;
      }
      // A link that came up turned out to have no carrier: planned again, the next-hop objects on it wait.
      if (refusal && lacks_carrier(*refusal)) return true;
      if (refusal) {
        out_.problems.push_back(refused(*steps[refusal->op], *refusal));
        return false;
      }
      if (options_.progress) options_.progress(written + ops.size(), all);
    }
    return true;
  }

  // Success is that the kernel was read again and satisfies the spec. What a first pass could not foresee
  // is mended by another.
  bool settle(const Ledger& ledger) {
    for (int pass = 1;; ++pass) {
      auto now = kernel_.read(query_);
      if (!now) {
        out_.problems.push_back({Severity::error,
                                 {},
                                 "",
                                 "cannot read the state back: " + now.error().message,
                                 now.error().hint});
        return false;
      }
      Diagnostics problems;
      auto rest = make_plan({*now, desired_, ledger}, problems);
      if (rest && rest->empty()) {
        kernel_.announce(moved_.announcements(now->state));
        return !interrupted();
      }
      if (!rest || pass == kPasses) {
        for (Diagnostic& d : problems.sorted()) out_.problems.push_back(std::move(d));
        if (rest)
          for (const Step& step : rest->steps)
            if (step.verdict != Verdict::adopt)
              out_.problems.push_back(
                  {Severity::error, step.origin, "",
                   fmt::format("{} is not as wanted after the change", subject(step)),
                   "the kernel took the request and did something else; see netcfg drift"});
        return false;
      }
      note_made(*rest);
      if (!carry_out(*rest, options_.stop)) return false;
    }
  }

  bool interrupted() {
    if (!options_.stop || !options_.stop()) return false;
    out_.problems.push_back({Severity::error, {}, "", "interrupted: the change was taken back", ""});
    return true;
  }

  void undo() {
    Undone undone = netcfg::undo(kernel_, before_.state, made_, query_);
    out_.outcome = undone.verified ? Outcome::restored : Outcome::damaged;
    out_.leftover = std::move(undone.leftover);
    out_.writes += undone.writes;
  }

  Kernel& kernel_;
  const Snapshot& before_;
  Desired& desired_;
  const Ledger& ledger_;
  const ApplyOptions& options_;
  Query query_;
  std::vector<IfName> made_;
  Moved moved_;
  Applied out_;
};

}  // namespace

namespace {

// Whether other links' values count as well, for the way back: some parameters of `all` change those of every
// link, and a card may have another name by then.
bool spreads(const Sysctl& sysctl, const Desired& desired) {
  IfName dev = dev_of(sysctl);
  if (dev.empty()) return sysctl.path.find("/conf/all/") != sysctl.path.npos;
  return std::any_of(desired.matches.begin(), desired.matches.end(),
                     [&](const Match& match) { return match.name == dev; });
}

}  // namespace

Query query_for(const Desired& desired, const Ledger& ledger) {
  Query query;
  for (const auto* table : {&desired.state.sysctls, &ledger.applied.sysctls})
    for (const Sysctl& sysctl : *table) {
      query.sysctls.push_back(sysctl.path);
      // What a link that is yet to be made will have without netcfg.
      if (std::string preset = path_of(sysctl, "default"); !preset.empty())
        query.sysctls.push_back(std::move(preset));
      if (spreads(sysctl, desired)) query.sysctls.push_back(path_of(sysctl, "*"));
    }
  if (!desired.state.rulesets.empty()) query.ruleset = desired.state.rulesets.front().text;
  query.resilient_groups =
      std::ranges::any_of(desired.state.nexthops, [](const Nexthop& n) { return n.resilient.has_value(); });
  if (!ledger.applied.rulesets.empty()) query.last_ruleset = ledger.applied.rulesets.front().text;
  std::sort(query.sysctls.begin(), query.sysctls.end());
  query.likely_links = desired.state.links.size() + kSome;
  query.likely_routes = desired.state.routes.size() + kSome;
  query.likely_rules = desired.state.rules.size() + kSome;
  query.sysctls.erase(std::unique(query.sysctls.begin(), query.sysctls.end()), query.sysctls.end());
  return query;
}

Applied apply(Kernel& kernel, const Snapshot& before, Desired& desired, const Ledger& ledger,
              const Plan& plan, const ApplyOptions& options) {
  return Run(kernel, before, desired, ledger, options).run(plan);
}

}  // namespace netcfg
