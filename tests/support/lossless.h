// A host with traffic in both directions, whose spec changes meanwhile.
#pragma once

#include <string>
#include <vector>

#include "tests/support/managed_kernel.h"

namespace netcfg::test {

struct Path {
  std::string from, into, to;  // see Flow
};

struct Passage {
  std::string disruptive;      // the steps that the plan marks so
  std::vector<uint64_t> lost;  // by path
  uint64_t all = 0;            // all paths together
};

// The text with one part of it replaced; a failed expectation when it is not there.
std::string replaced(std::string text, const std::string& from, const std::string& to);

// A host under netcfg in a network namespace, with traffic to and from another one, "far".
class TrafficTest : public ManagedTest {
 protected:
  // `script` makes what is between the two; then the spec `base` is applied.
  TrafficTest(std::string base, std::string script, std::vector<Path> paths)
      : base_(std::move(base)), script_(std::move(script)), paths_(std::move(paths)) {}

  void SetUp() override;

  // Applies the specs one after the other while datagrams take the paths, some before, between and after.
  Passage through(const std::vector<std::string>& specs);
  // From the base to that with one part replaced. No datagram is lost, no step is marked.
  void passes(const std::string& from, const std::string& to);
  void passes_both_ways(const std::string& from, const std::string& to);

 private:
  std::string base_, script_;
  std::vector<Path> paths_;
};

}  // namespace netcfg::test
