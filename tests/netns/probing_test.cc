// The watcher's probes, one round after another.
#include "netcfg/watch/probing.h"

#include <gmock/gmock.h>
#include <poll.h>

#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

using namespace watch;
using std::chrono::milliseconds;

class ProbingTest : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(
        succeeds("ip netns add gw 2>/dev/null || { mount -t tmpfs tmpfs /run && ip netns add gw; } && "
                 "ip link add up1 type veth peer name gw1 netns gw && ip link set up1 up && "
                 "ip addr add 192.0.2.10/24 dev up1 && ip -n gw link set gw1 up && "
                 "ip -n gw addr add 192.0.2.1/24 dev gw1"));
    Uplink uplink;
    uplink.name = "a", uplink.id = 1, uplink.dev = IfName("up1");
    uplink.gateway4 = *parse_ip("192.0.2.1"), uplink.addresses = {*parse_ip("192.0.2.10")};
    uplink.health.interval = 20, uplink.health.timeout = 10;
    uplink.health.targets.emplace_back();
    uplinks_.links = {uplink};
    assign_numbers(uplinks_), fill_defaults(uplinks_);
    auto links = probes::Links::open();
    ASSERT_TRUE(links);
    links_.emplace(std::move(*links));
    probing_.emplace(*links_);
    probing_->reset(uplinks_, Clock::now());
  }
  // Begins what is due and waits until it is answered, without taking that in.
  std::vector<pollfd> ask() {
    while (Clock::now() < probing_->next()) {
    }
    probing_->run_timers(Clock::now());
    std::vector<pollfd> polls;
    probing_->add_polls(polls);
    EXPECT_EQ(poll(polls.data(), polls.size(), 20'000), 1) << "no answer";
    return polls;
  }

  Uplinks uplinks_;
  std::optional<probes::Links> links_;
  std::optional<Probing> probing_;
};

TEST_F(ProbingTest, AnAnswerThatWaitedForThisProcessIsNoLoss) {
  (void)ask();
  for (auto end = Clock::now() + milliseconds(11); Clock::now() < end;) {
  }
  probing_->run_timers(Clock::now());
  auto answers = probing_->take();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].sample.ok);
}

TEST_F(ProbingTest, OneSocketServesAllRounds) {
  auto sockets = [] { return run("tail -n +2 /proc/net/packet | awk '{ print $9 }'").output; };
  std::string first;
  for (int round = 0; round < 3; ++round) {
    probing_->on_ready(ask());
    auto answers = probing_->take();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_TRUE(answers[0].sample.ok);
    if (round == 0) first = sockets();
    EXPECT_NE(first, "");
    EXPECT_EQ(sockets(), first);
  }
  // It outlives the link's being down as well.
  probing_->set_usable(0, false, Clock::now());
  ASSERT_TRUE(succeeds("ip link set up1 down && ip link set up1 up"));
  do (void)links_->refresh();
  while (!links_->running(IfName("up1")));
  probing_->set_usable(0, true, Clock::now());
  probing_->on_ready(ask());
  EXPECT_TRUE(probing_->take().at(0).sample.ok);
}

// A look at one link takes in what came of others: it must not be lost on who waits for that.
TEST_F(ProbingTest, ALookAtOneLinkTellsOfAnother) {
  ASSERT_TRUE(succeeds("ip link add x type veth peer name y && ip link set x up && ip link set y up"));
  do (void)links_->refresh();
  while (!links_->running(IfName("x")));
  uint32_t index = links_->find(IfName("up1"))->index;
  uint64_t changes = links_->changes(), stops = links_->stops();
  ASSERT_TRUE(links_->look({index}));
  EXPECT_EQ(links_->changes(), changes) << "nothing has happened";
  ASSERT_TRUE(succeeds("ip link set x down"));
  ASSERT_TRUE(links_->look({index}));
  EXPECT_FALSE(links_->running(IfName("x")));
  EXPECT_NE(links_->changes(), changes);
  EXPECT_GT(links_->stops(), stops);
}

}  // namespace
}  // namespace netcfg::test
