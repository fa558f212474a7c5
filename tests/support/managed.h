// netcfg without its command line: specs as text are planned and applied on any kernel, in this process.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "netcfg/apply/apply.h"

namespace netcfg::test {

// What a spec asks for; a failed expectation and nothing when it has errors.
std::optional<Desired> desired_of(const std::string& spec);

// A plan with all that it points into. Never moved.
struct Planned {
  Desired desired;
  Snapshot live;
  std::optional<Plan> plan;
  std::vector<Diagnostic> problems;

  size_t writes() const;
  // As `netcfg plan` prints it, without places.
  std::string text() const;
  // What is marked as disruptive: "ve0: the link goes down", a line a step.
  std::string disruptive() const;
};

// A host, and what netcfg remembers of it from one apply to the next.
class Managed {
 public:
  explicit Managed(Kernel& kernel) : kernel_(&kernel) {}

  std::unique_ptr<Planned> plan(const Desired& desired);
  std::unique_ptr<Planned> plan(const std::string& spec);
  // Plans, carries out, and remembers when that succeeds.
  Applied apply(const Desired& desired, const ApplyOptions& options = {});
  Applied apply(const std::string& spec, const ApplyOptions& options = {});
  Applied apply(const Planned& planned, const ApplyOptions& options = {});

  // From now on by way of another kernel, such as one that refuses things.
  void use(Kernel& kernel) { kernel_ = &kernel; }

  Ledger ledger;

 private:
  Kernel* kernel_;
};

// EXPECT_TRUE(went_well(managed.apply(spec)))
testing::AssertionResult went_well(const Applied& applied);
std::string problems_of(const Applied& applied);

}  // namespace netcfg::test
