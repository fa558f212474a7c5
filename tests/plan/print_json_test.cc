#include "netcfg/plan/print_json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "netcfg/plan/saved_plan.h"
#include "netcfg/store/ledger_json.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace netcfg {
namespace {

using namespace test;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const Plan& plan, bool drift = false) {
  std::ostringstream out;
  print_json(out, plan, sample_sources(), drift);
  return out.str();
}

TEST(PrintJson, IsAsAgreed) {
  expect_golden(text_of(sample_plan()), "print/plan.json");
  json plan = json::parse(text_of(sample_plan()));
  EXPECT_EQ(plan["format"], 1);
  json first = plan["changes"][0];
  EXPECT_EQ(first["action"], "update");
  EXPECT_EQ(first["kind"], "link");
  EXPECT_EQ(first["id"], "eth0");
  EXPECT_EQ(first["before"]["mtu"], 1500);
  EXPECT_EQ(first["after"]["mtu"], 9000);
  EXPECT_THAT(first["fields"], ElementsAre("mtu", "description"));
  EXPECT_EQ(first["disruptive"], true);
  EXPECT_EQ(first["origin"], json({{"file", "/etc/netcfg/netcfg.yaml"}, {"line", 5}, {"column", 3}}));
  json created = plan["changes"][1];
  EXPECT_TRUE(created["before"].is_null());
  EXPECT_EQ(created["fields"], json::array());
  json removed = plan["changes"][4];
  EXPECT_EQ(removed["action"], "delete");
  EXPECT_TRUE(removed["after"].is_null() && removed["origin"].is_null());
  EXPECT_EQ(plan["changes"][5]["reason"], "the kernel deletes it with br-old");
  EXPECT_EQ(plan["summary"],
            json({{"create", 7}, {"update", 4}, {"delete", 3}, {"adopt", 1}, {"disruptive", 3}}));
  EXPECT_EQ(plan["fingerprint"], fingerprint(sample_plan()));
  EXPECT_FALSE(plan.contains("clean"));
}

TEST(PrintJson, EmptyPlan) {
  json plan = json::parse(text_of(Plan{}));
  EXPECT_EQ(plan["changes"], json::array());
}

TEST(PrintJson, DriftTellsForeignAndClean) {
  Plan plan;
  Address vip = address_on("eth0", "192.0.2.100/32");
  plan.foreign = {&vip};
  json drift = json::parse(text_of(plan, true));
  EXPECT_EQ(drift["clean"], true);
  EXPECT_EQ(drift["foreign"], json::array({{{"kind", "address"}, {"id", "eth0 192.0.2.100/32"}}}));
  EXPECT_EQ(json::parse(text_of(sample_plan(), true))["clean"], false);
}

TEST(PrintJson, IsJsonWhateverADescriptionHolds) {
  PlanMaker make;
  Link link = link_named("eth0");
  link.description = "\"\xff\x01\\";
  make.create(link);
  EXPECT_TRUE(json::accept(text_of(make.plan)));
}

TEST(Fingerprint, ChangesWithTheLiveStateOnly) {
  std::string first = fingerprint(sample_plan());
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(first, fingerprint(sample_plan()));
  Plan moved = sample_plan();
  for (Step& step : moved.steps) step.origin = {99, 1, 0};
  EXPECT_EQ(fingerprint(moved), first);
  Plan other = sample_plan();
  other.pools.of<Link>()[0].mtu = 1499;  // the live value
  EXPECT_NE(fingerprint(other), first);
  Plan shorter = sample_plan();
  shorter.steps.pop_back();
  EXPECT_NE(fingerprint(shorter), first);
  Plan tagged = sample_plan();
  tagged.pools.of<Route>().back().protocol = 4;  // who owns it
  EXPECT_NE(fingerprint(tagged), first);
}

TEST(SavedPlan, GivesBackWhatTheSpecAskedFor) {
  Desired desired;
  Link link = link_named("eth0", 5);
  link.mtu = 9000, link.description = "caf\xe9";
  desired.state.links = {link};
  desired.tables = {{"telecom", 101}};
  Plan plan = sample_plan();
  std::string text = save_plan(plan, desired, sample_sources());
  ASSERT_TRUE(is_saved_plan(text));
  EXPECT_FALSE(is_saved_plan("netcfg: 1\n"));
  auto saved = load_plan(text);
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(saved->desired.state, desired.state);
  EXPECT_EQ(saved->sources.where(saved->desired.state.links[0].origin), "/etc/netcfg/netcfg.yaml:5:3");
  EXPECT_TRUE(check_fingerprint(*saved, plan));
  plan.pools.of<Link>()[0].mtu = 1499;
  EXPECT_THAT(check_fingerprint(*saved, plan).error().message, HasSubstr("has changed since"));
}

TEST(SavedPlan, IsRefusedWhenItIsNotWhole) {
  std::string text = save_plan(sample_plan(), {}, sample_sources());
  for (size_t n = 0; n + 1 < text.size(); n += 7) EXPECT_FALSE(load_plan(text.substr(0, n))) << n;
  EXPECT_THAT(load_plan(R"({"netcfg-plan":2})").error().message, HasSubstr("another version"));
  EXPECT_THAT(load_plan(R"({"netcfg-plan":1,"desired":{}})").error().message, HasSubstr("not a whole"));
}

TEST(Prometheus, GaugesForATextfile) {
  std::ostringstream out;
  Plan plan = sample_plan();
  Address vip = address_on("eth0", "192.0.2.100/32");
  plan.foreign = {&vip};
  print_prometheus(out, plan, 1700000000);
  expect_golden(out.str(), "print/drift.prom");
}

TEST(LedgerJson, Survives) {
  Ledger ledger;
  Link link = link_named("bond0");
  link.kind = Bond{};
  ledger.applied.links = {link};
  ledger.applied.routes = {route_to("10.0.0.0/8", "192.0.2.1", "eth0")};
  ledger.own_links = {"bond0"};
  ledger.original.sysctls = {{"net/ipv4/ip_forward", "0", {}}};
  auto back = ledger_from_json(ledger_to_json(ledger));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->applied, ledger.applied);
  EXPECT_EQ(back->own_links, ledger.own_links);
  EXPECT_EQ(back->original, ledger.original);
  EXPECT_FALSE(ledger_from_json("{\"applied\":{},\"x\":1}"));
  EXPECT_FALSE(ledger_from_json("{\"applied\":{}"));
}

}  // namespace
}  // namespace netcfg
