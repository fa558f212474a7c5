// Queueing disciplines in plans, on the simulated kernel.
#include <gmock/gmock.h>

#include "netcfg/plan/print_ip.h"
#include "netcfg/plan/print_json.h"
#include "tests/support/managed.h"
#include "tests/support/sim_kernel.h"

#include <sstream>

namespace netcfg::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class QdiscPlan : public testing::Test {
 protected:
  QdiscPlan() { kernel_.host().add_nic("eth0", Mac{{2, 0, 0, 0, 0, 1}}); }

  static std::string spec(std::string_view body) {
    return "netcfg: 1\ninterfaces:\n  eth0: { " + std::string(body) + " }\n";
  }
  void applies(const std::string& text) {
    ASSERT_TRUE(went_well(managed_.apply(text)));
    auto rest = managed_.plan(text);
    EXPECT_TRUE(rest->plan && rest->plan->steps.empty()) << rest->text();
  }
  std::vector<std::string> commands(const std::string& text) {
    auto planned = managed_.plan(text);
    std::vector<std::string> out;
    for (const Step& step : planned->plan->steps)
      if (std::holds_alternative<const Qdisc*>(step.op.after))
        for (std::string& line : ip_commands(step)) out.push_back(std::move(line));
    return out;
  }
  template <class T>
  void make(const T& resource) {
    ASSERT_FALSE(kernel_.host().apply({Action::create, static_cast<const T*>(nullptr), &resource}).refused());
  }
  // Another program's.
  void make_foreign(QueueKind queue) {
    Qdisc qdisc;
    qdisc.dev = "eth0";
    qdisc.kind = std::move(queue);
    qdisc.handle = 1;
    make(qdisc);
  }

  SimKernel kernel_;
  Managed managed_{kernel_};
};

TEST_F(QdiscPlan, SaysWhatComesAndWhatChanges) {
  std::string text = managed_.plan(spec("qdisc: { kind: fq_codel, limit: 500, target: 10ms }"))->text();
  EXPECT_THAT(text, HasSubstr("+ qdisc  eth0  fq_codel limit 500 target 10ms"));
  applies(spec("qdisc: { kind: fq_codel, limit: 500, target: 10ms }"));
  text = managed_.plan(spec("qdisc: { kind: fq_codel, limit: 600 }"))->text();
  EXPECT_THAT(text, HasSubstr("~ qdisc  eth0  fq_codel.limit 500 → 600, fq_codel.target 10ms → 5ms"));
  text = managed_.plan(spec("qdisc: { kind: pfifo, limit: 10 }"))->text();
  EXPECT_THAT(text, HasSubstr("kind fq_codel → pfifo"));
  EXPECT_THAT(text, HasSubstr("! disruptive: queued packets are dropped"));
  text = managed_.plan(spec(""))->text();
  EXPECT_THAT(text, HasSubstr("- qdisc  eth0  no longer in the spec"));
}

constexpr std::string_view kTree =
    "qos: { rate: 10mbit, default: bulk, leaf: pfifo, classes: { bulk: { rate: 1mbit, id: 0x20 }, "
    "voice: { rate: 2mbit, ceil: 5mbit, id: 0x10, match: [{ dscp: ef }] } } }";

TEST_F(QdiscPlan, SaysTheRatesOfClasses) {
  EXPECT_THAT(managed_.plan(spec(kTree))->text(),
              HasSubstr("htb 1: 10mbit, 10: 2mbit to 5mbit pfifo, 20: 1mbit to 10mbit pfifo"));
  applies(spec(kTree));
  std::string changed(kTree);
  changed.replace(changed.find("5mbit"), 5, "6mbit");
  EXPECT_THAT(managed_.plan(spec(changed))->text(), HasSubstr("classes.10.ceil 5mbit → 6mbit"));
}

TEST_F(QdiscPlan, PrintsTheCommandsOfTc) {
  EXPECT_THAT(
      commands(spec("qdisc: { kind: cake, bandwidth: 50mbit, nat: true, wash: false, diffserv: besteffort, "
                    "ack-filter: aggressive, overhead: -4, split-gso: false, memory-limit: 4mb }")),
      ElementsAre("tc qdisc add dev eth0 root handle 4e: cake bandwidth 50mbit besteffort nat nowash "
                  "ack-filter-aggressive no-split-gso overhead -4 memlimit 4194304"));
  EXPECT_THAT(
      commands(spec(kTree)),
      ElementsAre("tc qdisc add dev eth0 root handle 4e: htb default 0x20",
                  "tc class add dev eth0 parent 4e: classid 4e:1 htb rate 10mbit ceil 10mbit burst 2850 "
                  "cburst 2850 prio 0",
                  "tc class add dev eth0 parent 4e:1 classid 4e:10 htb rate 2mbit ceil 5mbit burst 1850 "
                  "cburst 2225 prio 0",
                  "tc qdisc replace dev eth0 parent 4e:10 pfifo",
                  "tc class add dev eth0 parent 4e:1 classid 4e:20 htb rate 1mbit ceil 10mbit burst 1725 "
                  "cburst 2850 prio 0",
                  "tc qdisc replace dev eth0 parent 4e:20 pfifo"));
  applies(spec(kTree));
  std::string changed(kTree);
  changed.replace(changed.find("5mbit"), 5, "6mbit");
  EXPECT_THAT(
      commands(spec(changed)),
      ElementsAre("tc class change dev eth0 parent 4e:1 classid 4e:10 htb rate 2mbit ceil 6mbit burst 1850 "
                  "cburst 2350 prio 0"));
  EXPECT_THAT(commands(spec("qdisc: fq")),
              ElementsAre("tc qdisc del dev eth0 root", "tc qdisc replace dev eth0 root handle 4e: fq"));
  EXPECT_THAT(commands(spec("")), ElementsAre("tc qdisc del dev eth0 root"));
}

TEST_F(QdiscPlan, InJsonItIsOfKindQdisc) {
  auto planned = managed_.plan(spec("qdisc: { kind: tbf, rate: 1mbit, burst: 2000, limit: 9000 }"));
  std::ostringstream out;
  Sources sources;
  print_json(out, *planned->plan, sources, false);
  EXPECT_THAT(out.str(),
              HasSubstr(R"("action":"create","kind":"qdisc","id":"eth0","before":null,"after":{"dev":"eth0",)"
                        R"("kind":"tbf","tbf":{"rate":"1mbit","burst":2000,"limit":9000}})"));
}

TEST_F(QdiscPlan, OnesOfOthersAreLeftAloneWhereTheSpecIsSilent) {
  make_foreign(Pfifo{7});
  auto planned = managed_.plan(spec(""));
  ASSERT_EQ(planned->plan->foreign.size(), 1U);
  applies(spec(""));
  EXPECT_EQ(kernel_.host().qdiscs().size(), 1U);
}

TEST_F(QdiscPlan, OneThatFitsIsAdoptedAndThenOurs) {
  make_foreign(Pfifo{7});
  auto planned = managed_.plan(spec("qdisc: { kind: pfifo, limit: 7 }"));
  ASSERT_EQ(planned->plan->steps.size(), 2U);  // eth0 comes up
  EXPECT_TRUE(std::any_of(planned->plan->steps.begin(), planned->plan->steps.end(), [](const Step& s) {
    return s.verdict == Verdict::adopt && !s.writes && std::holds_alternative<const Qdisc*>(s.op.after);
  }));
  applies(spec("qdisc: { kind: pfifo, limit: 7 }"));
  EXPECT_EQ(kernel_.host().qdiscs().front().handle, 1);
  applies(spec(""));
  EXPECT_THAT(kernel_.host().qdiscs(), IsEmpty());
}

TEST_F(QdiscPlan, AnothersInTheWayIsReplacedAtOnceAndBroughtBack) {
  make_foreign(Pfifo{7});
  EXPECT_THAT(commands(spec("qdisc: fq")), ElementsAre("tc qdisc replace dev eth0 root handle 4e: fq"));
  State before = kernel_.state();
  auto planned = managed_.plan(spec("qdisc: fq"));
  EXPECT_THAT(planned->plan->warnings, IsEmpty());
  ASSERT_TRUE(went_well(managed_.apply(*planned)));
  EXPECT_EQ(kernel_.host().qdiscs().front().handle, kOwnHandle);
  Diagnostics problems;
  auto back = plan_back(kernel_.state(), before, {}, problems);
  ASSERT_TRUE(back);
  for (const Step& step : back->steps) {
    if (!step.writes) continue;
    EXPECT_FALSE(kernel_.write({&step.op, 1}, {}));
  }
  EXPECT_EQ(kernel_.state().qdiscs, before.qdiscs);
  EXPECT_EQ(kernel_.host().qdiscs().front().handle, 1);
}

TEST_F(QdiscPlan, WhatNoSpecCanSayIsAnnounced) {
  kernel_.host().add_foreign_qdisc("eth0", "hfsc");
  auto planned = managed_.plan(spec("qdisc: fq"));
  ASSERT_EQ(planned->plan->warnings.size(), 1U);
  EXPECT_EQ(planned->plan->warnings.front().message,
            "the hfsc of another on eth0 is replaced and cannot be restored");
  EXPECT_THAT(planned->plan->warnings.front().hint, HasSubstr("tc qdisc show dev eth0"));
}

TEST_F(QdiscPlan, ComesAfterItsLinkAndGoesWithIt) {
  std::string text = "netcfg: 1\ninterfaces:\n  br0: { bridge: {}, mtu: 1400, qdisc: fq_codel }\n";
  applies(text);
  EXPECT_EQ(kernel_.host().qdiscs().size(), 1U);
  auto planned = managed_.plan("netcfg: 1\ninterfaces: {}\n");
  EXPECT_EQ(planned->writes(), 1U);
  EXPECT_THAT(planned->text(), HasSubstr("qdisc  br0  (with br0)"));
}

TEST_F(QdiscPlan, ALinkThatIsMadeAnewGetsItAgain) {
  std::string text =
      "netcfg: 1\ninterfaces:\n  eth0: {}\n  v: { vlan: { parent: eth0, id: 5 }, qdisc: fq_codel }\n";
  applies(text);
  text.replace(text.find("id: 5"), 5, "id: 6");
  auto planned = managed_.plan(text);
  EXPECT_THAT(planned->text(), HasSubstr("restored after v"));
  applies(text);
  EXPECT_EQ(kernel_.host().qdiscs().size(), 1U);
}

TEST_F(QdiscPlan, FollowsACardThatGetsAnotherName) {
  applies(spec("qdisc: { kind: pfifo, limit: 7 }"));
  std::string renamed =
      "netcfg: 1\ninterfaces:\n  lan: { match: { mac: \"02:00:00:00:00:01\" }, qdisc: { kind: pfifo, limit: "
      "7 } }\n";
  EXPECT_THAT(managed_.plan(renamed)->text(), Not(HasSubstr("qdisc")));
  applies(renamed);
  ASSERT_EQ(kernel_.host().qdiscs().size(), 1U);
  EXPECT_EQ(kernel_.host().qdiscs().front().dev, IfName("lan"));
  // Taken off under the new name as well.
  std::string bare = "netcfg: 1\ninterfaces:\n  wan: { match: { mac: \"02:00:00:00:00:01\" } }\n";
  applies(bare);
  EXPECT_THAT(kernel_.host().qdiscs(), IsEmpty());
}

TEST_F(QdiscPlan, FieldsWithoutADefaultStayWhenTheyAreDropped) {
  applies(spec("qdisc: { kind: fq_codel, quantum: 300, limit: 100 }"));
  applies(spec("qdisc: { kind: fq_codel }"));
  const auto& codel = std::get<FqCodel>(kernel_.host().qdiscs().front().kind);
  EXPECT_EQ(codel.quantum, 300U);
  EXPECT_EQ(codel.limit, 10'240U);
}

}  // namespace
}  // namespace netcfg::test
