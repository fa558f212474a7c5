// Whether a change may be kept.
#include "netcfg/guard/evidence.h"

#include <gmock/gmock.h>

#include <deque>

namespace netcfg {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Clock = std::chrono::steady_clock;

Link link(const char* name, uint32_t index) {
  Link out;
  out.name = name, out.index = index, out.state = LinkState::up;
  return out;
}

Route gateway(const char* via, const char* dev, uint32_t metric = 0, uint32_t table = kTableMain) {
  Route out;
  bool v6 = std::string_view(via).find(':') != std::string_view::npos;
  out.to = *parse_prefix(v6 ? "::/0" : "0.0.0.0/0");
  out.table = table, out.metric = metric;
  out.hops = {{*parse_ip(via), dev}};
  return out;
}

State state(std::vector<Route> routes) {
  State out;
  out.links = {link("eth0", 2), link("eth1", 3)};
  out.routes = std::move(routes);
  out.sort();
  return out;
}

std::vector<ProbeSpec> specs(std::vector<const char*> texts) {
  std::vector<ProbeSpec> out;
  for (const char* text : texts) out.push_back(*parse_probe(text));
  return out;
}

std::vector<std::string> names(const std::vector<Probe>& probes) {
  std::vector<std::string> out;
  for (const Probe& probe : probes) out.push_back(name_of(probe));
  return out;
}

// The baseline of a host on which all works but what `dead` names.
Baseline before(const State& live, const std::vector<const char*>& texts, const std::string& dead = "-") {
  auto wanted = specs(texts);
  auto probes = probes_for(wanted, live, std::nullopt);
  std::vector<ProbeResult> results;
  for (const Probe& probe : probes)
    results.push_back({name_of(probe).find(dead) == std::string::npos, "x", {}});
  return baseline(live, wanted, probes, results);
}

Demand demanded(const Baseline& from, const State& now) {
  return demand(from, now, Clock::now());
}

TEST(Gateways, EachDefaultRouteOfEachTableIsOne) {
  State live = state({gateway("192.0.2.1", "eth0"), gateway("198.51.100.1", "eth1", 0, 101),
                      gateway("fe80::1", "eth0", 1024)});
  Route dead_end = gateway("192.0.2.1", "eth0", 9);
  dead_end.type = RouteType::unreachable, dead_end.hops = {};
  live.routes.push_back(dead_end);
  EXPECT_THAT(names(probes_for(specs({"gateway"}), live, std::nullopt)),
              testing::UnorderedElementsAre("gateway 192.0.2.1 dev eth0", "gateway 198.51.100.1 dev eth1",
                                            "gateway fe80::1 dev eth0"));
  EXPECT_THAT(names(probes_for(specs({"gateway,dev=eth1"}), live, std::nullopt)),
              ElementsAre("gateway 198.51.100.1 dev eth1"));
}

TEST(Gateways, OneInSeveralTablesIsTriedOnce) {
  State live = state({gateway("192.0.2.1", "eth0"), gateway("192.0.2.1", "eth0", 0, 101)});
  EXPECT_EQ(probes_for(specs({"gateway"}), live, std::nullopt).size(), 1U);
}

TEST(Gateways, WhatDidNotAnswerIsNotDemanded) {
  State live = state({gateway("192.0.2.1", "eth0"), gateway("198.51.100.1", "eth1", 50)});
  Baseline base = before(live, {"gateway"}, "198.51.100.1");
  EXPECT_THAT(names(demanded(base, live).probes), ElementsAre("gateway 192.0.2.1 dev eth0"));
  EXPECT_THAT(base.not_asked, ElementsAre("gateway 198.51.100.1 dev eth1: x"));
}

TEST(Gateways, LosingTheOnlyOneIsLosingConnectivity) {
  Baseline base = before(state({gateway("192.0.2.1", "eth0")}), {"gateway"});
  Demand none = demanded(base, state({}));
  EXPECT_THAT(none.lost, ElementsAre("gateway: no default gateway is left (IPv4)"));
  EXPECT_THAT(none.probes, IsEmpty());
  // One of the other family is no substitute.
  EXPECT_THAT(demanded(base, state({gateway("fe80::1", "eth0")})).lost,
              ElementsAre("gateway: no default gateway is left (IPv4)"));
}

TEST(Gateways, ATableThatNothingLeadsToMayGo) {
  State live = state({gateway("192.0.2.1", "eth0"), gateway("192.0.2.1", "eth0", 0, 101)});
  Rule rule;
  rule.family = Family::ipv4, rule.table = 101, rule.priority = 50;
  live.rules = {rule};
  Baseline base = before(live, {"gateway"});
  State now = state({gateway("192.0.2.1", "eth0")});
  EXPECT_THAT(demanded(base, now).lost, IsEmpty());
  now.rules = {rule};
  EXPECT_THAT(demanded(base, now).lost, ElementsAre("gateway: no default gateway is left (IPv4, table 101)"));
}

TEST(Gateways, AnotherOneHasToAnswerInItsPlace) {
  Baseline base = before(state({gateway("192.0.2.1", "eth0")}), {"gateway"});
  Demand other = demanded(base, state({gateway("192.0.2.254", "eth0")}));
  EXPECT_THAT(other.lost, IsEmpty());
  EXPECT_THAT(names(other.probes), ElementsAre("gateway 192.0.2.254 dev eth0"));
}

// It takes the traffic, although the old one is there still.
TEST(Gateways, ANewOneOfTheLeastMetricIsDemandedAndABackupIsNot) {
  Baseline base = before(state({gateway("192.0.2.1", "eth0", 100)}), {"gateway"});
  State better = state({gateway("192.0.2.1", "eth0", 100), gateway("198.51.100.1", "eth1", 50)});
  EXPECT_THAT(names(demanded(base, better).probes),
              ElementsAre("gateway 198.51.100.1 dev eth1", "gateway 192.0.2.1 dev eth0"));
  State backup = state({gateway("192.0.2.1", "eth0", 100), gateway("198.51.100.1", "eth1", 200)});
  EXPECT_THAT(names(demanded(base, backup).probes), ElementsAre("gateway 192.0.2.1 dev eth0"));
}

TEST(Gateways, ARenamedLinkIsTheSame) {
  Baseline base = before(state({gateway("192.0.2.1", "eth0")}), {"gateway"}, "192.0.2.1");
  State now = state({gateway("192.0.2.1", "wan0")});
  now.links = {link("wan0", 2)};
  EXPECT_THAT(demanded(base, now).probes, IsEmpty()) << "it did not answer before either";
  now.links = {link("wan0", 9)};
  base = before(state({gateway("192.0.2.1", "eth0")}), {"gateway"});
  EXPECT_THAT(names(demanded(base, now).probes), ElementsAre("gateway 192.0.2.1 dev wan0"));
}

TEST(Session, IsTriedWhereThereIsOne) {
  TcpSession session{*parse_ip("192.0.2.10"), *parse_ip("198.51.100.7"), 22, 40000, {}};
  State live = state({gateway("192.0.2.1", "eth0")});
  EXPECT_THAT(probes_for(specs({"ssh"}), live, std::nullopt), IsEmpty());
  Address own;
  own.dev = "eth0", own.address = *parse_prefix("192.0.2.10/24");
  live.addresses = {own};
  for (auto [priority, table] : {std::pair{0U, kTableLocal}, {32766U, kTableMain}}) {
    Rule& rule = live.rules.emplace_back();
    rule.family = Family::ipv4, rule.priority = priority, rule.table = table;
  }
  auto probes = probes_for(specs({"ssh"}), live, session);
  ASSERT_THAT(names(probes), ElementsAre("ssh 198.51.100.7 port 40000"));
  std::vector<ProbeResult> ok{{true, "established", {}}};
  Baseline base = baseline(live, specs({"ssh"}), probes, ok);
  auto changed = Clock::now();
  Demand same = demand(base, live, changed);
  EXPECT_THAT(same.lost, IsEmpty());
  ASSERT_EQ(same.probes.size(), 1U);
  EXPECT_EQ(same.probes[0].since, changed);
  // The connection may live on where new ones could not be answered.
  State cut = live;
  cut.routes = {};
  EXPECT_THAT(demand(base, cut, changed).lost,
              ElementsAre(HasSubstr("a new connection from 198.51.100.7 could not be answered")));
}

Demand of_two() {
  Demand out;
  for (const ProbeSpec& spec : specs({"ping:192.0.2.1", "interface:eth0"}))
    out.probes.push_back({spec, {}, {}});
  return out;
}

TEST(Evidence, ThreeGoodRoundsInARowAreEnough) {
  Evidence evidence;
  std::vector<ProbeResult> good{{true, "a", {}}, {true, "b", {}}}, bad{{true, "a", {}}, {false, "b", {}}};
  for (const auto& results : {good, good, bad, good, good}) {
    Round round = evidence.take(of_two(), results);
    EXPECT_EQ(round.good, results[1].ok);
    EXPECT_FALSE(evidence.enough()) << round.number;
  }
  Round last = evidence.take(of_two(), good);
  EXPECT_TRUE(evidence.enough());
  EXPECT_EQ(last.number, 6U);
  EXPECT_EQ(last.in_a_row, 3U);
  EXPECT_THAT(last.proven, ElementsAre("ping:192.0.2.1: a", "interface:eth0: b"));
}

TEST(Evidence, WhatFailsIsTold) {
  Evidence evidence(1);
  Demand asked = of_two();
  asked.lost = {"gateway: none"};
  std::vector<ProbeResult> results{{false, "no answer", {}}};
  Round round = evidence.take(asked, results);
  EXPECT_FALSE(round.good);
  EXPECT_THAT(round.failing,
              ElementsAre("gateway: none", "ping:192.0.2.1: no answer", "interface:eth0: not tried"));
}

TEST(Evidence, ARoundHeldEarlySpoilsTheRowButDoesNotLengthenIt) {
  Evidence evidence(2);
  std::vector<ProbeResult> good{{true, "a", {}}, {true, "b", {}}}, bad{{true, "a", {}}, {false, "b", {}}};
  evidence.take(of_two(), good);
  EXPECT_EQ(evidence.take(of_two(), good, false).in_a_row, 1U);
  EXPECT_EQ(evidence.take(of_two(), bad, false).in_a_row, 0U);
  evidence.take(of_two(), good);
  EXPECT_FALSE(evidence.enough());
}

// Answers from a script; time passes only in the mind of the test.
class Scripted : public Prober {
 public:
  std::deque<bool> answers;  // the last one goes on for ever
  std::deque<Woken> wakes;   // then time
  unsigned runs = 0;
  std::optional<unsigned> stop_at;
  std::optional<uint32_t> timeout;  // of the first probe of the last run

  std::optional<std::vector<ProbeResult>> run(std::span<const Probe> probes, const Stop&) override {
    if (stop_at == runs++) return std::nullopt;
    timeout = probes.front().spec.timeout;
    bool ok = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return std::vector<ProbeResult>(probes.size(), {ok, ok ? "fine" : "dead", {}});
  }
  Woken wait(milliseconds longest, const Stop&) override {
    longest_ = std::max(longest_, longest);
    if (wakes.empty()) return Woken::time;
    Woken out = wakes.front();
    wakes.pop_front();
    return out;
  }
  milliseconds longest_{};
};

struct Gathering : testing::Test {
  State live = state({gateway("192.0.2.1", "eth0")});
  Baseline base = before(live, {"gateway"});
  Scripted prober;
  std::vector<Round> rounds;
  GatherOptions options{.changed = Clock::now(),
                        .deadline = Clock::now() + std::chrono::hours(1),
                        .interval = milliseconds(0),
                        .needed = 3,
                        .stop = {}};
  Gathered::End run() {
    auto out = gather(
        prober, base, [&]() -> Result<State> { return live; }, options,
        [&](const Round& round) { rounds.push_back(round); });
    EXPECT_TRUE(out);
    return out->end;
  }
};

TEST_F(Gathering, KeepsWhatComesToWork) {
  prober.answers = {false, true, false, true};
  EXPECT_EQ(run(), Gathered::End::kept);
  EXPECT_EQ(rounds.size(), 6U);
  EXPECT_THAT(rounds[0].failing, ElementsAre("gateway 192.0.2.1 dev eth0: dead"));
}

TEST_F(Gathering, ExpiresWhereNothingWorks) {
  prober.answers = {false};
  options.deadline = Clock::now();
  EXPECT_EQ(run(), Gathered::End::expired);
  EXPECT_EQ(rounds.size(), 1U);
}

TEST_F(Gathering, GoodRoundsAfterTheWindowKeepNothing) {
  prober.answers = {true};
  options.deadline = Clock::now();
  options.needed = 1;
  EXPECT_EQ(run(), Gathered::End::expired);
}

// So that one that gets no answer cannot hold the window open.
TEST_F(Gathering, NoProbeOutlastsTheWindow) {
  base.good = {{*parse_probe("ping:192.0.2.9"), {}, {}}};
  prober.answers = {false};
  options.deadline = Clock::now();
  EXPECT_EQ(run(), Gathered::End::expired);
  ASSERT_TRUE(prober.timeout);
  EXPECT_LE(*prober.timeout, 10U);
  EXPECT_THAT(rounds[0].failing, ElementsAre("gateway 192.0.2.1 dev eth0: dead", "ping:192.0.2.9: dead"))
      << "its name is that of the spec";
  prober.answers = {true};
  options.deadline = Clock::now() + std::chrono::hours(1);
  EXPECT_EQ(run(), Gathered::End::kept);
  EXPECT_EQ(prober.timeout, kProbeTimeout);
}

TEST_F(Gathering, IsStoppedInARunAndInAWait) {
  prober.answers = {true};
  prober.stop_at = 1;
  EXPECT_EQ(run(), Gathered::End::stopped);
  prober.stop_at.reset();
  prober.wakes = {Prober::Woken::stop};
  EXPECT_EQ(run(), Gathered::End::stopped);
}

TEST_F(Gathering, AWakeByALinkMakesARoundThatDoesNotCount) {
  prober.answers = {true};
  options.interval = std::chrono::hours(1);
  options.needed = 2;
  prober.wakes = {Prober::Woken::link, Prober::Woken::link, Prober::Woken::stop};
  EXPECT_EQ(run(), Gathered::End::stopped);
  ASSERT_EQ(rounds.size(), 3U);
  EXPECT_EQ(rounds[2].in_a_row, 1U);
}

TEST_F(Gathering, AFailureToReadTheStateIsOne) {
  prober.answers = {true};
  auto out = gather(
      prober, base,
      []() -> Result<State> {
        return Error{"broken", "", 5};
      },
      options, [](const Round&) {});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "broken");
}

}  // namespace
}  // namespace netcfg
