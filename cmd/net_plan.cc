#include "cmd/net_plan.h"

#include <utility>

#include "netcfg/plan/change.h"

namespace netcfg {
namespace {

Step step_of(const NetChange& change, Direction direction) {
  Step step;
  step.op.before = change.before;
  step.op.after = change.after;
  if (direction == Direction::back) std::swap(step.op.before, step.op.after);
  if (!has(step.op.before)) {
    step.op.action = Action::create;
    step.verdict = Verdict::create;
    step.why = Why::wanted;
  } else if (!has(step.op.after)) {
    step.op.action = Action::remove;
    step.verdict = Verdict::remove;
    step.why = Why::dropped;
  } else {
    step.op.action = Action::update;
    step.verdict = Verdict::update;
    step.why = Why::differs;
  }
  step.origin = change.step->origin;
  return step;
}

}  // namespace

Plan net_plan(const Plan& plan, Direction direction) {
  Plan out;
  out.tables = plan.tables;
  out.live = plan.live;
  for (const NetChange& change : net_changes(plan)) {
    bool same = change.restored || change.effect == Effect::adopt;
    if (!same) out.steps.push_back(step_of(change, direction));
  }
  return out;
}

}  // namespace netcfg
