#include "netcfg/apply/undo.h"

#include <fmt/format.h>

#include "netcfg/apply/words.h"

namespace netcfg {
namespace {

constexpr int kPasses = 3;

std::vector<std::string> describe(const Plan& plan) {
  std::vector<std::string> out;
  for (const Step& step : plan.steps)
    if (step.verdict != Verdict::adopt) out.push_back(fmt::format("{} {}", verb(step), subject(step)));
  return out;
}

// A refusal is no end: the next pass plans from what came of it.
size_t write(Kernel& kernel, const Plan& plan) {
  std::vector<Op> ops;
  for (const Step& step : plan.steps)
    if (step.writes) ops.push_back(step.op);
  (void)kernel.write(ops, [] { return false; });
  return ops.size();
}

}  // namespace

Undone undo(Kernel& kernel, const State& before, const std::vector<IfName>& made, const Query& query) {
  Undone out;
  for (int pass = 0; pass <= kPasses; ++pass) {
    auto now = kernel.read(query);
    if (!now) {
      out.leftover = {"the state cannot be read: " + now.error().message};
      continue;
    }
    Diagnostics problems;
    auto back = plan_back(now->state, before, made, problems);
    if (back && back->steps.empty()) {
      out.verified = true;
      out.leftover.clear();
      return out;
    }
    out.leftover = back ? describe(*back) : std::vector<std::string>{problems.sorted().front().message};
    if (back && pass < kPasses) out.writes += write(kernel, *back);
  }
  return out;
}

}  // namespace netcfg
