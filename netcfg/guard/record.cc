#include "netcfg/guard/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "netcfg/plan/change.h"
#include "netcfg/plan/print_json.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/snapshot_file.h"

namespace netcfg {
namespace {

// More than that nobody reads, and it can be made again from the state before and the spec.
constexpr size_t kMostSteps = 2000;

std::string plan_text(const Change& change) {
  std::ostringstream out;
  if (change.plan.steps.size() <= kMostSteps)
    print_json(out, change.plan, change.sources);
  else
    out << fmt::format("{{\"format\":1,\"steps-left-out\":{}}}\n", change.plan.steps.size());
  return std::move(out).str();
}

// Links that may come to be by the change: those that it plans to make, and what a second pass may have to.
std::vector<IfName> made_by(const Change& change) {
  std::vector<IfName> out;
  auto add = [&](const Link& link) {
    if (link.kind.index() != 0 && !change.before.state.link(link.name)) out.push_back(link.name);
  };
  for (const Link& link : change.desired.state.links) add(link);
  for (const Step& step : change.plan.steps)
    if (const auto* link = std::get_if<const Link*>(&step.op.after); link && *link) add(**link);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Window window_of(const Settler& settler, const Change& change, const GuardedOptions& options) {
  Window out;
  out.history = options.history;
  out.kernel = settler.here;
  out.made = made_by(change);
  out.sysctls = query_for(change.desired, change.ledger).sysctls;
  out.confirm = options.confirm;
  out.rehearsal = options.rehearsal_fd >= 0;
  out.seconds = std::chrono::ceil<std::chrono::seconds>(options.window).count();
  out.by = options.by;
  out.born = options.born;
  return out;
}

Result<> write_all(const Settler& settler, const Window& window, const Change& change,
                   const GuardedOptions& options) {
  Generations history = settler.generations(window);
  uint32_t n = window.generation;
  if (auto ok = history.write(n, Part::before, snapshot_to_bytes(change.before.state, settler.here)); !ok)
    return ok;
  if (auto ok = history.write(n, Part::spec, desired_to_bytes(change.desired, change.sources)); !ok)
    return ok;
  if (auto ok = history.write(n, Part::plan, plan_text(change)); !ok) return ok;
  Generation g;
  g.number = n;
  g.when = options.by.since;
  g.by = options.by;
  g.why = options.why;
  g.changes = in_numbers(change.plan);
  g.kernel = settler.here;
  if (auto ok = history.save(g); !ok) return ok;
  return settler.window().open(window);
}

Error not_written(Error error, const GuardedOptions& options) {
  error.message = "the state before the change could not be written down: " + error.message;
  if (error.hint.empty() || options.history)
    error.hint =
        "make room there, or make it writable; --no-history goes without history, which then cannot be gone "
        "back to";
  return error;
}

}  // namespace

std::string in_numbers(const Plan& plan) {
  Summary sum = summarize(plan);
  std::string out;
  auto add = [&](size_t count, std::string_view what) {
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
  };
  add(sum.create, "created");
  add(sum.update, "changed");
  add(sum.remove, "deleted");
  add(sum.adopt, "adopted");
  return out;
}

Result<Window> record(const Settler& settler, const Change& change, const GuardedOptions& options) {
  Window window = window_of(settler, change, options);
  Generations history = settler.generations(window);
  auto number = history.next();
  if (!number) return not_written(number.error(), options);
  window.generation = *number;
  auto written = write_all(settler, window, change, options);
  if (written) return window;
  history.forget(*number);
  return not_written(written.error(), options);
}

Result<> record_ledger(const Settler& settler, const Window& window, const Ledger& ledger,
                       const std::vector<Route>& routes) {
  return save_ledger(settler.files, settler.generations(window).path(window.generation, Part::ledger),
                     settler.here, ledger, routes);
}

}  // namespace netcfg
