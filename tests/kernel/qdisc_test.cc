// Queueing disciplines as messages, and back; kernels that lack some of them are in reach of nobody's tests.
#include "netcfg/kernel/qdisc.h"

#include <gtest/gtest.h>
#include <linux/pkt_sched.h>

#include "netcfg/kernel/qdisc_read.h"
#include "tests/support/any_value.h"

namespace netcfg::nl {
namespace {

// The answer that a kernel which keeps all as it is would give.
void start(Message& m, uint16_t type, uint32_t parent, uint32_t handle, int link = 2) {
  auto& header = m.start<tcmsg>(type, 0);
  header.tcm_ifindex = link;
  header.tcm_parent = parent;
  header.tcm_handle = handle;
}

QueueKind again(const QueueKind& queue) {
  Message m;
  start(m, RTM_NEWQDISC, TC_H_ROOT, handle_of(kOwnHandle));
  put_queue(m, queue);
  auto decoded = decode_qdisc(*m.header());
  return decoded ? decoded->kind : QueueKind();
}

// What a kernel makes of the times of fq_codel.
QueueKind kept(QueueKind queue) {
  settle(queue);
  if (auto* codel = std::get_if<FqCodel>(&queue))
    for (auto* time : {&codel->target, &codel->interval, &codel->ce_threshold})
      if (*time) *time = codel_time(**time);
  return queue;
}

TEST(QdiscMessages, EveryFieldOfEveryKindSurvives) {
  test::Random random(1);
  for (const QueueInfo& info : kQueues)
    for (int i = 0; i < 50; ++i) {
      QueueKind queue = info.make();
      for (const Field& field : info.fields)
        ASSERT_TRUE(field.set(field, object_of(queue), test::any_value(field, random, {}))) << field.name;
      settle(queue);
      // The kernel tells codel_time(), which the decoder takes back.
      QueueKind sent = std::holds_alternative<FqCodel>(queue) ? kept(queue) : queue;
      EXPECT_EQ(again(sent), queue) << info.name;
    }
}

TEST(QdiscMessages, AChangeNamesWhatDiffers) {
  QueueKind before = FqCodel{.limit = 100, .target = 5'000, .ecn = true};
  QueueKind after = FqCodel{.limit = 200, .target = 5'000, .ecn = true};
  Message m;
  start(m, RTM_NEWQDISC, TC_H_ROOT, handle_of(kOwnHandle));
  put_queue(m, after, &before);
  EXPECT_EQ(decode_qdisc(*m.header())->kind, QueueKind(FqCodel{.limit = 200}));
}

HtbClass again(const HtbClass& one) {
  Message m;
  start(m, RTM_NEWTCLASS, handle_of(kOwnHandle, one.parent), handle_of(kOwnHandle, one.id));
  put_class(m, one);
  return decode_class(*m.header()).value_or(HtbClass{});
}

TEST(QdiscMessages, ClassesSurviveAlsoBeyond32Bits) {
  for (uint64_t rate :
       {uint64_t{1'000}, uint64_t{12'500'000}, uint64_t{UINT32_MAX} - 1, uint64_t{5'000'000'000}}) {
    HtbClass one{.id = 0x10, .parent = 1, .rate = rate, .ceil = rate * 2, .priority = 3};
    one.burst = usual_burst(rate);
    one.cburst = usual_burst(rate * 2);
    EXPECT_EQ(again(one), one) << rate;
  }
}

class Trees : public testing::Test {
 protected:
  void qdisc(uint32_t parent, uint32_t handle, const QueueKind& queue) {
    start(m_, RTM_NEWQDISC, parent, handle);
    put_queue(m_, queue);
    trees_.add(*m_.header());
  }
  void htb(uint16_t handle) {
    Qdisc tree;
    tree.default_class = 2;
    start(m_, RTM_NEWQDISC, TC_H_ROOT, handle_of(handle));
    put_htb(m_, tree);
    trees_.add(*m_.header());
  }
  void named(uint32_t parent, uint32_t handle, std::string_view kind) {
    start(m_, RTM_NEWQDISC, parent, handle);
    m_.put_text(TCA_KIND, kind);
    trees_.add(*m_.header());
  }
  void htb_class(const HtbClass& one) {
    start(m_, RTM_NEWTCLASS, one.parent == 0 ? TC_H_ROOT : handle_of(kOwnHandle, one.parent),
          handle_of(kOwnHandle, one.id));
    put_class(m_, one);
    trees_.add_class(2, *m_.header());
  }
  std::vector<Qdisc> all() {
    std::vector<Qdisc> out;
    trees_.for_each([&](uint32_t, Qdisc tree) { out.push_back(std::move(tree)); });
    return out;
  }
  Message m_;
  QdiscTrees trees_;
};

TEST_F(Trees, TheKernelsOwnDoNotCount) {
  qdisc(TC_H_ROOT, 0, FqCodel{});
  named(TC_H_ROOT, 0, "mq");
  EXPECT_TRUE(all().empty());
}

TEST_F(Trees, RootsOfOthersAreReadWhereTheyArePlain) {
  qdisc(TC_H_ROOT, 0x80010000, Pfifo{7});
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].kind, QueueKind(Pfifo{7}));
  EXPECT_EQ(all()[0].handle, 0x8001);
  qdisc(0x80010001, 0x80020000, Pfifo{});  // something inside
  EXPECT_EQ(all()[0].foreign_kind, "pfifo");
}

TEST_F(Trees, KindsThatNobodyKnowsHereAreNamed) {
  named(TC_H_ROOT, 0x10000, "hfsc");
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].foreign_kind, "hfsc");
  EXPECT_EQ(all()[0].kind.index(), 0U);
}

TEST_F(Trees, IngressIsBesideTheRoot) {
  named(TC_H_INGRESS, 0xffff0000, "clsact");
  EXPECT_TRUE(all().empty());
  std::string seen;
  trees_.for_each_ingress([&](uint32_t, std::string_view name) { seen = name; });
  EXPECT_EQ(seen, "clsact");
}

TEST_F(Trees, ATreeOfOursIsReadWithItsClassesAndQueues) {
  htb(kOwnHandle);
  EXPECT_EQ(trees_.with_classes(), std::vector<uint32_t>{2});
  htb_class({.id = 2, .parent = 1, .rate = 500, .ceil = 1000});
  htb_class({.id = 1, .rate = 1000, .ceil = 1000});
  qdisc(handle_of(kOwnHandle, 2), 0x80010000, Pfifo{9});
  auto trees = all();
  ASSERT_EQ(trees.size(), 1U);
  ASSERT_EQ(trees[0].classes.size(), 2U);
  EXPECT_EQ(trees[0].default_class, 2);
  EXPECT_EQ(trees[0].classes[0].id, 1);
  EXPECT_EQ(trees[0].classes[0].leaf.index(), 0U);
  EXPECT_EQ(trees[0].classes[1].leaf, QueueKind(Pfifo{9}));
}

TEST_F(Trees, ClassesOfTheQueuesInsideDoNotCount) {
  htb(kOwnHandle);
  htb_class({.id = 1, .rate = 1000, .ceil = 1000});
  start(m_, RTM_NEWTCLASS, 0x80010000, 0x80010001);
  m_.put_text(TCA_KIND, "fq_codel");
  trees_.add_class(2, *m_.header());
  EXPECT_EQ(all()[0].classes.size(), 1U);
}

TEST_F(Trees, AnothersTreeIsForeign) {
  htb(1);
  EXPECT_TRUE(trees_.with_classes().empty());
  EXPECT_EQ(all()[0].foreign_kind, "htb");
}

TEST_F(Trees, WhatIsMoreThanCanBeSaidMakesItAllForeign) {
  htb(kOwnHandle);
  htb_class({.id = 1, .rate = 1000, .ceil = 1000});
  named(handle_of(kOwnHandle, 1), 0x80010000, "red");
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].foreign_kind, "htb");
  EXPECT_TRUE(all()[0].classes.empty());
}

}  // namespace
}  // namespace netcfg::nl
