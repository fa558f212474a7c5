// A plan as a file: the changes for people and programs to look at, and what the spec asked for, from which
// the plan is made again against the live state when it is carried out.
#pragma once

#include "netcfg/base/result.h"
#include "netcfg/plan/plan.h"

namespace netcfg {

struct SavedPlan {
  Desired desired;
  Sources sources;          // names only; the texts are not kept
  std::string fingerprint;  // of the plan that was shown
};

std::string save_plan(const Plan& plan, const Desired& desired, const Sources& sources);
// Tells a saved plan from a spec by its first bytes.
bool is_saved_plan(std::string_view text);
Result<SavedPlan> load_plan(std::string_view text);
// Nothing when `plan`, made from saved.desired and the live state, is the one that was saved; else why it
// must not be carried out.
Result<> check_fingerprint(const SavedPlan& saved, const Plan& plan);

}  // namespace netcfg
