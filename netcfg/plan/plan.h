// A plan: what will be written, in order, as data. The same value is printed, saved, carried out, and
// judged afterwards.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/base/rare_text.h"
#include "netcfg/diff/diff.h"
#include "netcfg/port/kernel.h"

namespace netcfg {

struct Step {
  Op op;  // its values live in the plan's pools, in the live state, or are routes of the desired one
  Verdict verdict = Verdict::create;
  Why why = Why::wanted;
  bool writes = true;   // false: the kernel does it by itself (Why::implied), or only the ledger learns of it
  RareText disruptive;  // how it interrupts traffic; empty when it does not
  RareText cause;       // the object that `why` speaks of ("bond0"), may be empty
  Place origin;         // the spec line that asks for it; no line for removals
};

// Values that steps point to; a deque never moves them.
struct Pools {
  template <class T>
  std::deque<T>& of() {
    return std::get<std::deque<T>>(all_);
  }

 private:
  template <class T>
  using Pool = std::deque<T>;
  PerKind<Pool> all_;
};

struct Plan {
  Plan() = default;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  Pools pools;
  std::vector<Step> steps;
  // Objects of others that the kernel will delete and netcfg cannot bring back, and what else to know.
  std::vector<Diagnostic> warnings;
  // What is there and is not ours ("foreign"), as pointers into the live state that was given.
  std::vector<Ref> foreign;
  std::map<std::string, uint32_t> tables;  // names for printing
  // Steps and `foreign` point into the live state that was given, or, after renames, into this one.
  std::shared_ptr<const State> live;
  // Of a plan back: what its steps point into instead of a desired state that was given.
  std::shared_ptr<const Desired> wish;
  // The ledger that was given, under the names after renames: what it remembers goes with the card.
  std::shared_ptr<const Ledger> ledger;
  const Ledger& ledger_after_renames(const Ledger& given) const;

  // True when nothing differs from the spec; adoptions may be left.
  bool empty() const;
};

struct PlanInput {
  const Snapshot& live;
  Desired& desired;  // next hops without a device get theirs
  const Ledger& ledger;
};

// Diagnostics name what cannot be planned: a NIC that no match finds, a gateway without a way to it.
// Deterministic: the order of anything in the input never changes the plan. No plan when there are problems.
std::optional<Plan> make_plan(const PlanInput& input, Diagnostics& problems);

// The way back to `snapshot` from what is there now. Objects of others that have come since are kept;
// `made` names the links that the change under way has created.
std::optional<Plan> plan_back(const State& now, const State& snapshot, const std::vector<IfName>& made,
                              Diagnostics& problems);

}  // namespace netcfg
