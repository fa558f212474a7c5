// An uplink dies under TCP connections, between providers that drop what is not from their addresses: those
// that go by the other one live on, those of the dead one are forgotten, new ones go by the other one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>

#include <cerrno>
#include <iostream>
#include <list>

#include "netcfg/watch/control.h"
#include "tests/netns/uplinks_fixture.h"
#include "tests/support/conversation.h"
#include "tests/support/far_end.h"
#include "tests/support/new_netns.h"
#include "tests/support/watcher.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPatience{20'000};
constexpr int kLocal = 7000, kWorld = 4100, kSteered = 4200;

constexpr const char* kSpec = R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24] }
  eth1: { addresses: [198.51.100.10/24] }
  lan: {}
uplinks:
  failback: immediately
  links:
    a: { interface: eth0, id: 1, priority: 2, gateway: 203.0.113.1, health: &h { interval: 100ms, up-after: 2 } }
    b: { interface: eth1, id: 2, priority: 1, gateway: 198.51.100.1, health: *h }
  steer:
    - { match: { ip-proto: tcp, dport: 4200 }, via: a }
nat:
  port-forward:
    - { in: eth0, ip-proto: tcp, dport: 8080, to: "10.0.0.2:80" }
    - { in: eth1, ip-proto: tcp, dport: 8080, to: "10.0.0.2:80" }
)";

class Survival : public UplinksTest {
 protected:
  void SetUp() override {
    UplinksTest::SetUp();
    if (!netns_) return;
    host_ = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    apply(kSpec, "");
    watcher_ = start_watcher(box_, 2);
    ASSERT_TRUE(watcher_);
    local_.emplace(host_, kLocal), inside_.emplace(net_->netns_of_inside(), 80);
    world_.emplace(net_->netns_of_client(), kWorld), steered_.emplace(net_->netns_of_client(), kSteered);
  }
  void TearDown() override {
    watcher_.reset();
    UplinksTest::TearDown();
  }
  bool hears(const std::string& text) { return watcher_->read_until(text, kPatience).has_value(); }

  struct Named {
    std::string name;
    Conversation conversation;
  };
  void begin(std::list<Named>& list, const std::string& name, const TcpServer& server,
             Conversation conversation) {
    ASSERT_TRUE(conversation.arrives(server, kPatience)) << name;
    ASSERT_TRUE(conversation.goes_on(kPatience)) << name;
    list.push_back({name, std::move(conversation)});
  }
  void begin_all() {
    const Fd& client = net_->netns_of_client();
    const Fd& inside = net_->netns_of_inside();
    begin(by_a_, "to this host by a", *local_, {client, "203.0.113.10", kLocal});
    begin(by_a_, "forwarded by a", *inside_, {client, "203.0.113.10", 8080});
    begin(by_a_, "from this host by a", *world_, {host_, "192.0.2.7", kWorld, "203.0.113.10"});
    begin(by_a_, "from behind by a", *steered_, {inside, "192.0.2.7", kSteered});
    begin(by_b_, "to this host by b", *local_, {client, "198.51.100.10", kLocal});
    begin(by_b_, "forwarded by b", *inside_, {client, "198.51.100.10", 8080});
    begin(by_b_, "from this host by b", *world_, {host_, "192.0.2.7", kWorld});
    begin(by_b_, "from behind by b", *world_, {inside, "192.0.2.7", kWorld});
    EXPECT_EQ(std::next(by_b_.begin(), 2)->conversation.own_address(), "198.51.100.10");
  }

  // One attempt after another, 10 ms apart, until one succeeds: how long that took.
  milliseconds first_new(const Fd& from, Clock::time_point since) {
    std::list<Conversation> attempts;
    while (Clock::now() - since < kPatience) {
      attempts.emplace_back(from, "192.0.2.7", kWorld);
      std::vector<pollfd> polls;
      for (const Conversation& one : attempts) polls.push_back({one.fd().get(), POLLOUT, 0});
      (void)poll(polls.data(), polls.size(), 10);
      for (Conversation& one : attempts)
        if (one.arrives(*world_, {})) return std::chrono::ceil<milliseconds>(Clock::now() - since);
      attempts.remove_if([](const Conversation& one) { return one.error({}) != 0; });
    }
    ADD_FAILURE() << "no new connection\n" << watcher_->rest();
    return kPatience;
  }

  void b_dies(const std::string& how, const std::function<void(const FarEnd&, bool)>& set) {
    begin_all();
    if (HasFatalFailure()) return;
    FarEnd far(net_->netns_of('b'), TwoProviders::kFarEnd);
    auto begin = Clock::now();
    set(far, false);
    auto from_host = first_new(host_, begin), from_inside = first_new(net_->netns_of_inside(), begin);
    ASSERT_TRUE(hears("uplink a is active")) << watcher_->rest();
    std::cout << "  " << how << ": a new connection of this host succeeds after " << from_host.count()
              << " ms, one from behind it after " << from_inside.count() << " ms\n";
    expect_a_lives();
    EXPECT_EQ(run("grep -c mark=131072 /proc/net/nf_conntrack").output, "0\n") << "b's are not forgotten";
    EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4), testing::StartsWith("203.0.113.10 "));
    // Its next packet meets a server that does not know it by this address, which says so: nobody waits for a
    // timeout.
    Conversation& from_behind = by_b_.back().conversation;
    EXPECT_FALSE(from_behind.goes_on(milliseconds(200)));
    EXPECT_EQ(from_behind.error(kPatience), ECONNRESET);
    set(far, true);
    ASSERT_TRUE(hears("uplink b is active")) << watcher_->rest();
    expect_a_lives();
    EXPECT_THAT(net_->ask_from_host("tcp", TwoProviders::kClient4), testing::StartsWith("198.51.100.10 "));
  }
  void expect_a_lives() const {
    for (const auto& [name, conversation] : by_a_) EXPECT_TRUE(conversation.goes_on(kPatience)) << name;
  }

  Fd host_;
  std::unique_ptr<Child> watcher_;
  std::optional<TcpServer> local_, inside_, world_, steered_;
  std::list<Named> by_a_, by_b_;
};

TEST_F(Survival, OfALostCarrier) {
  b_dies("a lost carrier", [](const FarEnd& far, bool works) { far.set_up(works); });
}

TEST_F(Survival, OfAProviderThatDropsEverything) {
  b_dies("no answer to 3 probes, one every 100 ms",
         [](const FarEnd& far, bool works) { far.set_arp(works); });
}

}  // namespace
}  // namespace netcfg::test
