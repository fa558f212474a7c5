// One host, what netcfg remembers of it and one spec, and what must hold of them.
#pragma once

#include <string>

#include "netcfg/diff/diff.h"
#include "tests/support/random_state.h"

namespace netcfg::test {

struct Case {
  SimKernel kernel;
  Ledger ledger;
  Desired desired;
  uint64_t salt = 0;  // where the one fault of a whole run strikes
};

// `what` is one of a few fixed texts, or null when all holds.
struct Failure {
  const char* what = nullptr;
  std::string detail;
};

Failure check(const Case& c);
// The smallest case found that fails in the same way: without some objects of the spec or the host.
Case shrink(Case c, const Failure& failure);
std::string report(const Case& c, const Failure& failure);
// Applies the spec, so that the next one meets its outcome. False when that is not possible.
bool take_over(Case& c);

}  // namespace netcfg::test
