// A host with traffic in both directions, whose spec changes meanwhile.
#pragma once

#include <string>
#include <vector>

#include "tests/support/managed.h"

namespace netcfg::test {

struct Path {
  std::string from, into, to;  // see Flow
};

struct Passage {
  std::string disruptive;      // the steps that the plan marks so
  std::vector<uint64_t> lost;  // by path
  uint64_t all = 0;            // all paths together
};

// Applies the specs one after the other while datagrams take the paths, some before, between and after.
Passage pass_through(Managed& managed, const std::vector<std::string>& specs, const std::vector<Path>& paths);

// The text with one part of it replaced; a failed expectation when it is not there.
std::string replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace netcfg::test
