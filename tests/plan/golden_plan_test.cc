// Plans kept as text. A folder per case below tests/golden/plan:
//   current.yaml   what netcfg has applied on a host with four network cards
//   foreign.yaml   what other programs have made on top of that (there may be none)
//   spec.yaml      what is wanted now
//   plan.txt       the plan, as `netcfg plan` prints it
// The plan is also carried out: it has to be legal, to converge, and to lead back from anywhere.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "netcfg/plan/print_text.h"
#include "netcfg/spec/spec.h"
#include "tests/support/golden.h"
#include "tests/support/managed.h"
#include "tests/support/plan_case.h"

namespace netcfg::test {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(NETCFG_SOURCE_DIR) / "tests/golden/plan";

std::vector<std::string> cases() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(kFolder)) out.push_back(entry.path().filename());
  std::sort(out.begin(), out.end());
  return out;
}

class GoldenPlan : public testing::TestWithParam<std::string> {
 protected:
  GoldenPlan() {
    SimHost host;
    for (uint8_t i = 0; i < 4; ++i)
      host.add_nic(IfName("eth" + std::to_string(i)),
                   Mac{{0x52, 0x54, 0, 0, 0, static_cast<uint8_t>(i + 1)}});
    case_.kernel = SimKernel(std::move(host));
  }
  // Empty when there is no such file.
  static std::string text(const std::string& file) {
    std::ifstream in(kFolder / GetParam() / file);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  void apply_current() {
    std::string spec = text("current.yaml");
    if (spec.empty()) return;
    Managed managed(case_.kernel);
    ASSERT_TRUE(went_well(managed.apply(spec)));
    case_.ledger = managed.ledger;
  }
  // Under other tags, and without taking anything away.
  void add_foreign() {
    std::string spec = text("foreign.yaml");
    if (spec.empty()) return;
    auto desired = desired_of(spec);
    ASSERT_TRUE(desired);
    for (Address& address : desired->state.addresses) address.protocol = 0;
    for (Neighbor& neighbor : desired->state.neighbors) neighbor.protocol = 0;
    for (Nexthop& nexthop : desired->state.nexthops) nexthop.protocol = 186;
    for (Route& route : desired->state.routes) route.protocol = 186;  // FRR's BGP
    for (Rule& rule : desired->state.rules) rule.protocol = 0;
    auto planned = Managed(case_.kernel).plan(*desired);
    ASSERT_TRUE(planned->plan) << planned->text();
    for (const Step& step : planned->plan->steps)
      if (step.writes && step.verdict != Verdict::remove) {
        auto refusal = case_.kernel.write({&step.op, 1}, {});
        ASSERT_FALSE(refusal) << to_string(step.op) << refusal->extack;
      }
  }

  Case case_;
};

TEST_P(GoldenPlan, IsAsItWas) {
  ASSERT_NO_FATAL_FAILURE(apply_current());
  ASSERT_NO_FATAL_FAILURE(add_foreign());
  Sources sources;
  Diagnostics problems;
  SpecFile file{"spec.yaml", text("spec.yaml")};
  auto desired = read_spec({&file, 1}, sources, problems);
  ASSERT_TRUE(desired) << format(problems, sources, false);
  case_.desired = *desired;
  Snapshot live = *case_.kernel.read(query_for(*desired, case_.ledger));
  auto plan = make_plan({live, *desired, case_.ledger}, problems);
  ASSERT_TRUE(plan) << format(problems, sources, false);
  std::ostringstream out;
  print_text(out, *plan, sources, {.color = false, .width = 0, .list_foreign = true});
  for (; case_.salt < plan->steps.size(); ++case_.salt) {
    Failure failure = check(case_);
    ASSERT_EQ(failure.what, nullptr) << report(case_, failure);
  }
  expect_golden(out.str(), "plan/" + GetParam() + "/plan.txt");
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenPlan, testing::ValuesIn(cases()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace netcfg::test
