// TCP connections by uplinks that share the traffic, between providers that drop what is not from their
// addresses: each goes on by the one that it began by, whatever becomes of the others.
#include <fcntl.h>
#include <gmock/gmock.h>

#include <list>

#include "tests/netns/uplinks_fixture.h"
#include "tests/support/conversation.h"
#include "tests/support/far_end.h"
#include "tests/support/watcher.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{20'000};
constexpr int kWorld = 4100;
constexpr int kEach = 24;  // of one kind: that all go by one of two is a matter of 2^-23
constexpr const char *kByA = "203.0.113.10", *kByB = "198.51.100.10";

constexpr const char* kInterfaces = R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24] }
  eth1: { addresses: [198.51.100.10/24] }
  lan: {}
)";
constexpr const char* kLines = R"(  failback: immediately
  links:
    a: { interface: eth0, id: 1, gateway: 203.0.113.1, health: &h { interval: 100ms, up-after: 2 } }
    b: { interface: eth1, id: 2, gateway: 198.51.100.1, health: *h }
)";

using Conversations = std::list<Conversation>;

// By how its groups of next hops are made.
class SharedSurvival : public UplinksTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    UplinksTest::SetUp();
    if (!netns_) return;
    host_ = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    apply(std::string("uplinks:\n  policy: balance\n") + GetParam() + kLines, kInterfaces);
    watcher_ = start_watcher(box_, 2);
    ASSERT_TRUE(watcher_);
    world_.emplace(net_->netns_of_client(), kWorld);
  }
  void TearDown() override {
    watcher_.reset();
    UplinksTest::TearDown();
  }
  bool hears(const std::string& text) { return watcher_->read_until(text, kPatience).has_value(); }

  Conversations begin(const Fd& from) {
    Conversations out;
    for (int i = 0; i < kEach; ++i) {
      EXPECT_TRUE(out.emplace_back(from, TwoProviders::kClient4, kWorld).arrives(*world_, kPatience));
      if (HasFailure()) return {};
    }
    return out;
  }
  // What this host and the one behind it begin.
  Conversations begin_all() {
    Conversations out = begin(host_), more = begin(net_->netns_of_inside());
    EXPECT_GT(count(out, kByA) * count(out, kByB) * count(more, kByA) * count(more, kByB), 0)
        << count(out, kByA) << " of this host's and " << count(more, kByA) << " from behind it go by a";
    out.splice(out.end(), more);
    return out;
  }
  static size_t count(const Conversations& list, const std::string& by) {
    size_t out = 0;
    for (const Conversation& one : list) out += one.seen_address() == by ? 1 : 0;
    return out;
  }
  static void expect_alive(const Conversations& list, const std::string& by) {
    size_t dead = 0;
    for (const Conversation& one : list) dead += one.seen_address() == by && !one.goes_on(kPatience) ? 1 : 0;
    EXPECT_EQ(dead, 0U) << "by " << by;
  }

  Fd host_;
  std::unique_ptr<Child> watcher_;
  std::optional<TcpServer> world_;
};

TEST_P(SharedSurvival, OfTheOtherUplinksDeathAndReturn) {
  Conversations first = begin_all();
  if (HasFailure()) return;
  FarEnd far(net_->netns_of('b'), TwoProviders::kFarEnd);
  far.set_up(false);
  ASSERT_TRUE(hears("uplink b is idle")) << watcher_->rest();
  expect_alive(first, kByA);
  Conversations meanwhile = begin(host_), behind = begin(net_->netns_of_inside());
  EXPECT_EQ(count(meanwhile, kByA), size_t{kEach});
  EXPECT_EQ(count(behind, kByA), size_t{kEach});
  far.set_up(true);
  ASSERT_TRUE(hears("uplink b is active")) << watcher_->rest();
  for (const Conversations* list : {&first, &meanwhile, &behind}) expect_alive(*list, kByA);
  Conversations then = begin_all();
  expect_alive(then, kByA), expect_alive(then, kByB);
}

// Groups in which flows change their way when another uplink comes back: their source address and the mark
// of their connection keep them where they are.
INSTANTIATE_TEST_SUITE_P(Groups, SharedSurvival,
                         testing::Values("  resilient: { buckets: 64, idle-timer: 0s }\n",
                                         "  resilient: false\n"),
                         [](const auto& one) { return one.index == 0 ? "Resilient" : "Plain"; });

}  // namespace
}  // namespace netcfg::test
