// Ten thousand failures and returns of two uplinks, one shortly after another, and the real watcher: whenever
// it is calm for a moment everything is as it should be, and at the end nothing has grown. NETCFG_FLAPS says
// how many there are.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "netcfg/host/namespaces.h"
#include "netcfg/store/place.h"
#include "netcfg/watch/follower.h"
#include "tests/netns/uplinks_fixture.h"
#include "tests/support/far_end.h"
#include "tests/support/new_netns.h"
#include "tests/support/random.h"
#include "tests/support/watcher.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPatience{30'000};
constexpr int kCalmEvery = 50;  // events

constexpr const char* kSpec = R"(netcfg: 1
interfaces:
  eth0: { addresses: [203.0.113.10/24, "2001:db8:a::10/64"] }
  eth1: { addresses: [198.51.100.10/24, "2001:db8:b::10/64"] }
  lan: {}
uplinks:
  failback: immediately
  links:
    a: { interface: eth0, id: 1, priority: 1, gateway: [203.0.113.1, "2001:db8:a::1"], health: &h { interval: 50ms, up-after: 2 } }
    b: { interface: eth1, id: 2, priority: 2, gateway: [198.51.100.1, "2001:db8:b::1"], health: *h }
  steer:
    - { match: { ip-proto: tcp, dport: 4001 }, via: b }
)";

size_t flaps() {
  const char* text = getenv("NETCFG_FLAPS");  // NOLINT: read before any thread starts
  return text != nullptr ? strtoul(text, nullptr, 10) : 500;
}

// One uplink, and all that can be wrong with it.
struct Line {
  FarEnd far;
  std::string address, dev;
  bool carrier = true, answers = true, has_address = true;
  bool works() const { return carrier && answers && has_address; }
};

struct Size {
  long pages = 0;
  size_t files = 0;
};

class FlapStorm : public UplinksTest {
 protected:
  void SetUp() override {
    UplinksTest::SetUp();
    if (!netns_) return;
    for (char which : {'a', 'b'})
      ASSERT_TRUE(net_->provider(which, "sysctl -qw net.ipv6.conf.all.keep_addr_on_down=1").ok());
    lines_.push_back({FarEnd(net_->netns_of('a'), TwoProviders::kFarEnd), "203.0.113.10/24", "eth0"});
    lines_.push_back({FarEnd(net_->netns_of('b'), TwoProviders::kFarEnd), "198.51.100.10/24", "eth1"});
    apply(kSpec, "");
    ip_ = std::make_unique<Child>(std::vector<std::string>{"ip", "-force", "-batch", "-"});
    watcher_ = start_watcher(box_, 2);
    ASSERT_TRUE(watcher_);
    auto follower = watch::Follower::open(box_.path() + watch_socket_path(current_netns()));
    ASSERT_TRUE(follower) << follower.error().message;
    follower_.emplace(std::move(*follower));
    udp_ = Fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  }
  void TearDown() override {
    watcher_.reset(), ip_.reset();
    UplinksTest::TearDown();
  }

  // What is broken is more often mended than broken further, so that uplinks do come up.
  void flap() {
    Line& line = lines_[random_.below(lines_.size())];
    std::vector<bool Line::*> kinds = {&Line::carrier, &Line::answers, &Line::has_address};
    if (!line.works() && random_.chance(80))
      std::erase_if(kinds, [&](bool Line::*kind) { return line.*kind; });
    bool Line::*kind = random_.pick(kinds);
    line.*kind = !(line.*kind);
    if (kind == &Line::carrier) line.far.set_up(line.carrier);
    if (kind == &Line::answers) line.far.set_arp(line.answers);
    if (kind == &Line::has_address)
      ip_->write(
          fmt::format("addr {} {} dev {}\n", line.has_address ? "add" : "del", line.address, line.dev));
    send();
  }
  void mend() {
    for (Line& line : lines_) {
      line.far.set_up(line.carrier = true), line.far.set_arp(line.answers = true);
      if (!line.has_address) ip_->write(fmt::format("addr add {} dev {}\n", line.address, line.dev));
      line.has_address = true;
    }
  }
  // Connections that are forgotten, or not.
  void send() const {
    sockaddr_in to{};
    to.sin_family = AF_INET, to.sin_port = htons(TwoProviders::kClientPort);
    inet_pton(AF_INET, TwoProviders::kClient4, &to.sin_addr);
    (void)sendto(udp_.get(), "?", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  // What the watcher says meanwhile is read, lest it waits for a reader.
  void pass(Clock::duration time) {
    for (auto end = Clock::now() + time;;) {
      printed_ += watcher_->rest();
      if (printed_.size() > 8000) printed_.erase(0, 4000);
      pollfd one{follower_->fd(), POLLIN, 0};
      timespec left{0, std::max<int64_t>(0, std::chrono::nanoseconds(end - Clock::now()).count())};
      if (ppoll(&one, 1, &left, nullptr) != 1) return;
      auto came = follower_->on_ready();
      ASSERT_TRUE(came) << came.error().message << printed_;
      if (*came) view_ = std::move(**came);
    }
  }

  bool watcher_agrees() const {
    for (size_t i = 0; i < lines_.size(); ++i) {
      const auto* one = view_.find(i == 0 ? "a" : "b");
      if (one == nullptr || one->up != lines_[i].works()) return false;
      bool active = lines_[i].works() && (i == 0 || !lines_[0].works());
      bool any = lines_[0].works() || lines_[1].works();
      if (any && (one->active4 != active || one->active6 != active)) return false;
    }
    return true;
  }

  // What is wrong with the kernel; empty when nothing is.
  std::string problem() const {
    bool a = lines_[0].works(), b = lines_[1].works();
    if (!a && !b) return {};
    auto expect = [](const std::string& command, const std::string& text) {
      std::string out = run(command).output;
      return out.find(text) == out.npos ? command + ": " + out : std::string();
    };
    std::string out = expect("ip nexthop get id 7800000", a ? "group 7800004 " : "group 7800008 ") +
                      expect("ip nexthop get id 7800001", a ? "group 7800005 " : "group 7800009 ") +
                      expect("ip nexthop get id 7800010", b ? "group 7800008 " : "group 7800004 ") +
                      expect("ip route get 192.0.2.7", a ? "dev eth0" : "dev eth1") +
                      expect("ip route get 2001:db8:c::7", a ? "dev eth0" : "dev eth1");
    for (size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].works())
        out += expect(fmt::format("ip route show table {}", 78001 + i), "default nhid") +
               expect(fmt::format("ip -6 route show table {}", 78001 + i), "default nhid");
    for (auto [works, mark] : {std::pair{a, "65536"}, std::pair{b, "131072"}})
      if (!works &&
          run("cat /proc/net/nf_conntrack").output.find(fmt::format("mark={} ", mark)) != std::string::npos)
        out += fmt::format("connections of mark {} live on by what is down\n", mark);
    return out;
  }

  // A moment without events: everything has to come to what it should be.
  void calm(size_t event) {
    auto end = Clock::now() + kPatience;
    std::string wrong = "the watcher sees it otherwise";
    while (Clock::now() < end && !wrong.empty()) {
      if (!watcher_agrees()) {
        pass(milliseconds(20));
        continue;
      }
      wrong = problem();
      if (!wrong.empty()) pass(milliseconds(20));
    }
    ASSERT_EQ(wrong, "") << "after " << event << " events: a " << lines_[0].carrier << lines_[0].answers
                         << lines_[0].has_address << ", b " << lines_[1].carrier << lines_[1].answers
                         << lines_[1].has_address << "\n"
                         << to_json(view_) << printed_;
  }

  // The least of many looks, since there are probes under way.
  Size size() {
    std::string proc = "/proc/" + std::to_string(watcher_->pid());
    Size out{0, SIZE_MAX};
    for (int i = 0; i < 50; ++i) {
      std::filesystem::directory_iterator files(proc + "/fd"), none;
      out.files = std::min(out.files, static_cast<size_t>(std::distance(files, none)));
      pass(milliseconds(3));
    }
    std::ifstream(proc + "/statm").ignore(64, ' ') >> out.pages;
    return out;
  }

  static std::string objects() {
    return run("(ip nexthop; ip route show table all; ip -6 route show table all; ip -6 rule) | sort; ip "
               "rule")
        .output;
  }

  Rng random_{flaps()};
  std::vector<Line> lines_;
  std::unique_ptr<Child> ip_, watcher_;
  std::optional<watch::Follower> follower_;
  watch::View view_;
  std::string printed_;
  Fd udp_;
};

TEST_F(FlapStorm, LeavesNothingBehindAndEndsWhereItBegan) {
  calm(0);
  std::string before = objects();
  Size first;
  size_t warm = flaps() / 10;
  for (size_t i = 1; i <= flaps() && !HasFatalFailure(); ++i) {
    flap();
    // Mostly too short for the watcher to do anything, now and then long enough.
    pass(std::chrono::microseconds(random_.below(random_.chance(10) ? 500'000 : 20'000)));
    if (i % kCalmEvery == 0) calm(i);
    if (i == warm) first = size();
  }
  if (HasFatalFailure()) return;
  mend();
  calm(flaps());
  Size last = size();
  EXPECT_EQ(objects(), before);
  auto drift = box_.run("$N --root $T drift spec.yaml");
  EXPECT_EQ(drift.status, 0) << drift.out << drift.err;
  EXPECT_EQ(net_->ask_from_host("udp", TwoProviders::kClient4).substr(0, 13), "203.0.113.10 ");
  std::cout << fmt::format(
      "  {} events, {} switches; resident {} kB after {} events, {} kB at the end; {} and {} files\n",
      flaps(), view_.switches, first.pages * 4, warm, last.pages * 4, first.files, last.files);
  EXPECT_EQ(last.files, first.files);
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
  EXPECT_LE(last.pages, first.pages + 128) << "it grew by more than half a megabyte";
#endif
}

}  // namespace
}  // namespace netcfg::test
