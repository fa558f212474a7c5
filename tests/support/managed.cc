#include "tests/support/managed.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "netcfg/plan/change.h"
#include "netcfg/plan/print_text.h"
#include "netcfg/spec/spec.h"

namespace netcfg::test {
namespace {

constexpr std::string_view kOutcomes[] = {"nothing", "applied", "restored", "damaged"};

}  // namespace

std::optional<Desired> desired_of(const std::string& spec) {
  Sources sources;
  Diagnostics problems;
  SpecFile file{"spec.yaml", spec};
  auto desired = read_spec({&file, 1}, sources, problems);
  EXPECT_TRUE(desired) << format(problems, sources, false) << spec;
  return desired;
}

size_t Planned::writes() const {
  if (!plan) return 0;
  return static_cast<size_t>(
      std::count_if(plan->steps.begin(), plan->steps.end(), [](const Step& step) { return step.writes; }));
}

std::string Planned::text() const {
  std::ostringstream out;
  for (const Diagnostic& d : problems) out << "error: " << d.message << "\n";
  Sources sources;
  sources.add("spec.yaml", "");
  if (plan) print_text(out, *plan, sources, {.color = false, .width = 0, .verbose = true});
  return out.str();
}

std::string Planned::disruptive() const {
  std::string out;
  if (!plan) return out;
  for (const Step& step : plan->steps)
    if (!step.disruptive.empty())
      out += fmt::format("{} {}: {}\n", kind_name(subject_of(step.op)), id_of(subject_of(step.op)),
                         step.disruptive.view());
  return out;
}

std::unique_ptr<Planned> Managed::plan(const Desired& desired) {
  auto out = std::make_unique<Planned>();
  out->desired = desired;
  auto live = kernel_->read(query_for(desired, ledger));
  EXPECT_TRUE(live) << live.error().message;
  if (!live) return out;
  out->live = std::move(*live);
  Diagnostics problems;
  out->plan = make_plan({out->live, out->desired, ledger}, problems);
  out->problems = problems.sorted();
  return out;
}

std::unique_ptr<Planned> Managed::plan(const std::string& spec) {
  auto desired = desired_of(spec);
  return plan(desired ? *desired : Desired());
}

Applied Managed::apply(const Planned& planned, const ApplyOptions& options) {
  EXPECT_TRUE(planned.plan) << planned.text();
  if (!planned.plan) return {.outcome = Outcome::damaged};
  Desired desired = planned.desired;
  Applied applied = netcfg::apply(*kernel_, planned.live, desired, ledger, *planned.plan, options);
  if (applied.outcome == Outcome::applied) ledger = applied.ledger;
  return applied;
}

Applied Managed::apply(const Desired& desired, const ApplyOptions& options) {
  return apply(*plan(desired), options);
}

Applied Managed::apply(const std::string& spec, const ApplyOptions& options) {
  return apply(*plan(spec), options);
}

std::string problems_of(const Applied& applied) {
  std::string out(kOutcomes[static_cast<size_t>(applied.outcome)]);
  for (const Diagnostic& d : applied.problems) out += fmt::format("\n  {} ({})", d.message, d.hint);
  for (const std::string& line : applied.leftover) out += "\n  left: " + line;
  return out;
}

testing::AssertionResult went_well(const Applied& applied) {
  if (applied.outcome == Outcome::applied || applied.outcome == Outcome::nothing)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << problems_of(applied);
}

}  // namespace netcfg::test
