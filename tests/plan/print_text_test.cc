#include "netcfg/plan/print_text.h"

#include <gmock/gmock.h>

#include <sstream>

#include "netcfg/base/text.h"
#include "netcfg/plan/change.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace netcfg {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const Plan& plan, const TextOptions& options) {
  std::ostringstream out;
  print_text(out, plan, sample_sources(), options);
  return out.str();
}

TEST(PrintText, On80Columns) {
  expect_golden(text_of(sample_plan(), {.width = 80}), "print/plan-80.txt");
}
TEST(PrintText, On132Columns) {
  expect_golden(text_of(sample_plan(), {.width = 132}), "print/plan-132.txt");
}
TEST(PrintText, On40Columns) {
  expect_golden(text_of(sample_plan(), {.width = 40}), "print/plan-40.txt");
}
TEST(PrintText, IntoAPipe) {
  expect_golden(text_of(sample_plan(), {}), "print/plan-pipe.txt");
}
TEST(PrintText, InColor) {
  expect_golden(text_of(sample_plan(), {.color = true, .width = 80}), "print/plan-color.txt");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::string_view line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

TEST(PrintText, FillsButNeverOverflowsTheTerminal) {
  Plan plan = sample_plan();
  for (size_t width : {80, 100, 200})
    for (const std::string& line : lines_of(text_of(plan, {.width = width})))
      EXPECT_LE(display_width(line), width) << line;
}

TEST(PrintText, APipeGetsOneLineForEachStep) {
  Plan plan = sample_plan();
  auto lines = lines_of(text_of(plan, {}));
  size_t signs = 0;
  for (const std::string& line : lines) signs += line.starts_with("  ");
  EXPECT_EQ(signs, plan.steps.size());
}

TEST(PrintText, NothingToDoIsSaidSo) {
  Plan plan;
  EXPECT_EQ(text_of(plan, {}), "No changes: the host is as specified.\n");
  PlanMaker make;
  Step& one = make.update(route_to("10.0.0.0/8", "", "eth0"), route_to("10.0.0.0/8", "", "eth0"));
  one.verdict = Verdict::adopt;
  EXPECT_THAT(text_of(make.plan, {}), HasSubstr("as specified. 1 object will be adopted.\n"));
}

TEST(PrintText, ForeignObjectsAreCountedOrListed) {
  Plan plan;
  Route bird = route_to("10.0.0.0/8", "", "eth0"), zebra = route_to("10.1.0.0/16", "", "eth0");
  Address vip = address_on("eth0", "192.0.2.100/32");
  plan.foreign = {&vip, &bird, &zebra};
  EXPECT_THAT(text_of(plan, {}), HasSubstr("Foreign, left alone: 1 address, 2 routes\n"));
  EXPECT_THAT(text_of(plan, {}), Not(HasSubstr("10.1.0.0/16")));
  EXPECT_THAT(text_of(plan, {.verbose = true}), HasSubstr("    route  10.1.0.0/16\n"));
}

TEST(PrintText, WarningsStandBeforeTheSummary) {
  Plan plan = sample_plan();
  plan.warnings.push_back(
      {Severity::warning, {12, 3, 0}, "x", "a route of zebra goes with eth0", "use more"});
  std::string text = text_of(plan, {});
  EXPECT_THAT(
      text,
      HasSubstr("\nwarning: a route of zebra goes with eth0  /etc/netcfg/netcfg.yaml:12\n  use more\n"));
  EXPECT_LT(text.find("warning:"), text.find("Plan:"));
}

// A description is another's text: it must not be able to write on the terminal.
TEST(PrintText, ControlBytesDoNotReachTheTerminal) {
  PlanMaker make;
  Link link = link_named("eth0");
  link.description = "\x1b[2Jgone\n";
  make.create(link).disruptive = "\x1b[31m";
  EXPECT_THAT(text_of(make.plan, {.width = 80}), Not(HasSubstr("\x1b")));
}

TEST(Drift, NamesEachWrongLeaf) {
  std::ostringstream out;
  print_drift(out, sample_plan());
  expect_golden(out.str(), "print/drift.txt");
}

TEST(Summary, CountsObjectsNotSteps) {
  EXPECT_EQ(summarize(sample_plan()), (Summary{7, 4, 3, 1, 3}));
}

TEST(Summary, ARecreatedLinkIsDeletedAndCreatedOnce) {
  PlanMaker make;
  Link vlan = link_named("eth0.5");
  vlan.kind = Vlan{};
  Link up = vlan;
  up.state = LinkState::up;
  make.remove(vlan), make.create(vlan), make.update(vlan, up);
  EXPECT_EQ(summarize(make.plan), (Summary{1, 0, 1, 0, 0}));
  auto changes = net_changes(make.plan);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(changes[0].recreate);
  EXPECT_EQ(std::get<const Link*>(changes[0].after)->state, LinkState::up);
}

TEST(Summary, SwappedNamesAreTwoUpdates) {
  PlanMaker make;
  make.update(link_named("eth0"), link_named("tmp")).why = Why::rename_aside;
  make.update(link_named("eth1"), link_named("eth0")).why = Why::rename;
  make.update(link_named("tmp"), link_named("eth1")).why = Why::rename;
  EXPECT_EQ(summarize(make.plan), (Summary{0, 2, 0, 0, 0}));
}

TEST(FieldChanges, ShowNextHopsAlikeOnBothSides) {
  Route one = route_to("10.0.0.0/8", "192.0.2.1", "eth0"),
        other = route_to("10.0.0.0/8", "192.0.2.2", "eth0");
  EXPECT_EQ(field_changes(&one, &other), (std::vector<FieldChange>{{"via", "192.0.2.1", "192.0.2.2"}}));
  other.hops.push_back({{}, "eth1"});
  EXPECT_EQ(field_changes(&one, &other), (std::vector<FieldChange>{{"next-hops", "via 192.0.2.1 dev eth0",
                                                                    "via 192.0.2.2 dev eth0, dev eth1"}}));
  Route dead = one;
  dead.type = RouteType::blackhole, dead.hops.clear();
  EXPECT_EQ(field_changes(&one, &dead)[0], (FieldChange{"type", "unicast", "blackhole"}));
}

TEST(FieldChanges, LeaveOutWhoMadeIt) {
  Route one = route_to("10.0.0.0/8", "192.0.2.1", "eth0"), other = one;
  other.protocol = 3;
  EXPECT_TRUE(field_changes(&one, &other).empty());
}

TEST(Ids, NameTables) {
  Route route = route_to("10.0.0.0/8", "", "eth0");
  route.table = 101;
  Rule rule;
  rule.priority = 5, rule.table = 101, rule.action = RuleAction::lookup;
  std::map<std::string, uint32_t> tables = {{"telecom", 101}};
  EXPECT_EQ(id_of(Ref(&route), tables), "10.0.0.0/8 table telecom");
  EXPECT_EQ(id_of(Ref(&rule), tables), "5: lookup telecom");
  tables = {{"x", 10}};
  EXPECT_EQ(id_of(Ref(&route), tables), "10.0.0.0/8 table 101");
}

}  // namespace
}  // namespace netcfg
