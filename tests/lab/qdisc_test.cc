// Kinds of queueing disciplines that this machine's kernel may lack, on Debian's: every field of each is
// written, read back, and changed in place where that is possible; as roots and as queues of classes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "netcfg/plan/print_ip.h"
#include "tests/support/any_value.h"
#include "tests/support/live_kernel.h"
#include "tests/support/managed.h"
#include "tests/support/show_again.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

class QdiscKinds : public LiveKernelTest {
 protected:
  void SetUp() override {
    LiveKernelTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(succeeds("ip link add d1 type dummy && ip link set d1 up"));
    managed_ = std::make_unique<Managed>(*kernel_);
  }
  Qdisc live() {
    State now = state();
    return now.qdiscs.empty() ? Qdisc{} : now.qdiscs.front();
  }
  static Qdisc of(QueueKind queue) {
    Qdisc out;
    out.dev = "d1";
    out.kind = std::move(queue);
    return out;
  }
  // What is set in `wanted` is so in `there`.
  static void has(const QueueKind& there, const QueueKind& wanted, std::string_view when) {
    ASSERT_EQ(there.index(), wanted.index()) << when;
    for (const Field& field : fields_of(wanted)) {
      if (!field.has(object_of(wanted))) continue;
      EXPECT_TRUE(field.equal(object_of(there), object_of(wanted)))
          << when << ": " << field.name << " is " << netcfg::to_string(field.get(field, object_of(there)))
          << ", should be " << netcfg::to_string(field.get(field, object_of(wanted)));
    }
  }

  std::unique_ptr<Managed> managed_;
};

// A packet has to fit.
void make_sane(QueueKind& queue) {
  if (auto* tbf = std::get_if<Tbf>(&queue)) tbf->burst = std::max(tbf->burst.value_or(0), 1600U);
  // The kernel gives back as many as it had memory for.
  if (auto* fq = std::get_if<Fq>(&queue); fq && fq->initial_quantum)
    fq->initial_quantum = std::min(*fq->initial_quantum, 1U << 20);
  // tc(8) counts rates as floating-point numbers.
  if (auto* cake = std::get_if<Cake>(&queue); cake && cake->bandwidth)
    cake->bandwidth = std::min(*cake->bandwidth, uint64_t{125'000'000'000});
  settle(queue);
}

TEST_F(QdiscKinds, EveryFieldIsWrittenAndReadBack) {
  Random random(1);
  for (const QueueInfo& info : kQueues) {
    if (info.name == Mq::kind) continue;  // of cards with several queues
    Qdisc before;
    for (int i = 0; i < 12; ++i) {
      QueueKind queue = info.make();
      for (const Field& field : info.fields) {
        if (!field.required && i == 0) continue;
        ASSERT_TRUE(field.set(field, object_of(queue), any_value(field, random, {})));
      }
      if (auto* tbf = std::get_if<Tbf>(&queue); tbf && !tbf->limit) tbf->limit = 10'000;
      make_sane(queue);
      Qdisc wanted = of(queue);
      std::string when = fmt::format("{} {}", info.name, i);
      if (i == 0)
        ASSERT_TRUE(accepted(create(wanted))) << when;
      else
        ASSERT_TRUE(accepted(update(before, wanted))) << when;
      before = live();
      has(before.kind, queue, when);
      EXPECT_EQ(before.handle, kOwnHandle);
    }
    ASSERT_TRUE(accepted(remove(before)));
    EXPECT_TRUE(state().qdiscs.empty());
  }
}

TEST_F(QdiscKinds, DefaultsAreAsTheTablesSay) {
  for (const QueueInfo& info : kQueues) {
    if (info.name == Mq::kind || info.name == Tbf::kind) continue;
    ASSERT_TRUE(accepted(create(of(info.make())))) << info.name;
    QueueKind usual = info.make();
    for (const Field& field : info.fields) reset(field, object_of(usual));
    has(live().kind, usual, info.name);
    ASSERT_TRUE(accepted(remove(live())));
  }
}

std::string spec(std::string_view body) {
  return fmt::format("netcfg: 1\ninterfaces:\n  d1: {{ dummy: {{}}, {} }}\n", body);
}

TEST_F(QdiscKinds, SpecsRestAndAreShownAgain) {
  for (std::string_view body :
       {"qdisc: fq_codel", "qdisc: { kind: fq_codel, target: 10ms, interval: 200ms, ecn: false, limit: 500 }",
        "qdisc: { kind: fq_codel, flows: 512 }", "qdisc: { kind: fq_codel }", "qdisc: fq",
        "qdisc: { kind: fq, maxrate: 10mbit, pacing: false }", "qdisc: { kind: fq, flow-limit: 50 }",
        "qdisc: { kind: cake, bandwidth: 50mbit, diffserv: diffserv4, nat: true, overhead: 18, mpu: 64, rtt: "
        "30ms }",
        "qdisc: { kind: cake, bandwidth: unlimited, ack-filter: filter }", "qdisc: cake", "qdisc: sfq",
        "qdisc: { kind: sfq, perturb: 10s, limit: 100 }", "qdisc: { kind: sfq, limit: 1000 }",
        "qos: { rate: 100mbit }", "qos: { rate: 100mbit, leaf: { kind: fq_codel, target: 10ms } }",
        "qos: { rate: 100mbit, leaf: { kind: fq_codel, flows: 64 } }",
        "qos: { rate: 100mbit, default: bulk, leaf: fq, classes: { bulk: { rate: 10mbit, leaf: sfq }, voice: "
        "{ rate: "
        "1mbit, leaf: { kind: cake, bandwidth: 5mbit }, match: [{ dscp: ef }] } } }"}) {
    Applied applied = managed_->apply(spec(body));
    ASSERT_TRUE(went_well(applied)) << body;
    auto rest = managed_->plan(spec(body));
    EXPECT_TRUE(rest->plan && rest->plan->steps.empty()) << body << "\n" << rest->text();
    EXPECT_EQ(not_as_shown(*kernel_), "") << body;
  }
  ASSERT_TRUE(went_well(managed_->apply("netcfg: 1\ninterfaces: { d1: { dummy: {} } }\n")));
  EXPECT_THAT(run("tc qdisc show dev d1").output, HasSubstr("qdisc noqueue 0: root"));
}

// tc(8) makes of the commands that a plan is printed as what netcfg makes of the plan.
TEST_F(QdiscKinds, TheCommandsOfTcDoTheSame) {
  Random random(3);
  for (const QueueInfo& info : kQueues) {
    if (info.name == Mq::kind) continue;
    for (int i = 0; i < 6; ++i) {
      QueueKind queue = info.make();
      for (const Field& field : info.fields) {
        if (!field.required && i == 0) continue;
        ASSERT_TRUE(field.set(field, object_of(queue), any_value(field, random, {})));
      }
      if (auto* tbf = std::get_if<Tbf>(&queue)) tbf->limit = 10'000, tbf->burst = 5'000;
      if (auto* tbf = std::get_if<Tbf>(&queue)) tbf->rate = std::min<uint64_t>(*tbf->rate, 125'000'000);
      make_sane(queue);
      Qdisc wanted = of(queue);
      Step step;
      step.op = {Action::create, static_cast<const Qdisc*>(nullptr), &wanted};
      for (const std::string& command : ip_commands(step)) ASSERT_TRUE(succeeds(command)) << info.name;
      QueueKind by_tc = live().kind;
      // tc computes times and bursts by floating point.
      if (!std::holds_alternative<Tbf>(queue)) has(by_tc, queue, fmt::format("{} {}", info.name, i));
      ASSERT_EQ(by_tc.index(), queue.index());
      ASSERT_TRUE(succeeds("tc qdisc del dev d1 root"));
    }
  }
}

}  // namespace
}  // namespace netcfg::test
