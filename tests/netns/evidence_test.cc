// What is kept and what is not, by real probes and the kernel's own state.
#include "netcfg/guard/evidence.h"

#include <gmock/gmock.h>

#include "netcfg/kernel/kernel.h"
#include "netcfg/probes/probes.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Clock = std::chrono::steady_clock;

class Evident : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    // Gateways .1 and .2 answer, .3 does not.
    ASSERT_TRUE(succeeds(
        "mount -t tmpfs tmpfs /run && ip netns add far && ip link add name wan0 type veth peer name far0 "
        "netns far && ip -n far link set dev far0 up && ip link set dev wan0 up && "
        "ip addr add 10.0.0.10/24 dev wan0 && ip -n far addr add 10.0.0.1/24 dev far0 && "
        "ip -n far addr add 10.0.0.2/24 dev far0 && ip route add default via 10.0.0.1"));
    auto kernel = open_kernel();
    auto prober = open_prober();
    ASSERT_TRUE(kernel && prober);
    kernel_ = std::move(*kernel), prober_ = std::move(*prober);
  }
  void TearDown() override {
    kernel_.reset(), prober_.reset();
    NetnsTest::TearDown();
  }

  Result<State> look() {
    auto read = kernel_->read({});
    if (!read) return read.error();
    return std::move(read->state);
  }
  // What comes of a change that is a shell command.
  Gathered after(const std::string& change, const std::string& asked = "gateway,timeout=300ms") {
    State live = *look();
    std::vector<ProbeSpec> specs{*parse_probe(asked)};
    auto probes = probes_for(specs, live, std::nullopt);
    Baseline before = baseline(live, specs, probes, *prober_->run(probes, {}));
    EXPECT_TRUE(succeeds(change));
    GatherOptions options{.changed = Clock::now(), .deadline = Clock::now() + milliseconds(1500), .stop = {}};
    options.interval = milliseconds(50);
    auto out = gather(
        *prober_, before, [&] { return look(); }, options, [](const Round&) {});
    EXPECT_TRUE(out);
    return out ? *out : Gathered{};
  }

  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<Prober> prober_;
};

TEST_F(Evident, WhatGoesOnWorkingIsKept) {
  Gathered out = after("ip addr add 10.5.0.1/24 dev wan0");
  EXPECT_EQ(out.end, Gathered::End::kept);
  EXPECT_EQ(out.last.number, 3U);
  EXPECT_THAT(out.last.proven, ElementsAre("gateway 10.0.0.1 dev wan0: 10.0.0.1 answers on wan0"));
}

TEST_F(Evident, AnotherGatewayIsKeptIfItAnswers) {
  EXPECT_EQ(after("ip route replace default via 10.0.0.2").end, Gathered::End::kept);
  Gathered out = after("ip route replace default via 10.0.0.3");
  EXPECT_EQ(out.end, Gathered::End::expired);
  EXPECT_THAT(out.last.failing, ElementsAre(HasSubstr("gateway 10.0.0.3 dev wan0: no answer to")));
}

TEST_F(Evident, TheLastGatewayIsNotLostByMistake) {
  Gathered out = after("ip route del default");
  EXPECT_EQ(out.end, Gathered::End::expired);
  EXPECT_THAT(out.last.failing, ElementsAre("gateway: no default gateway is left (IPv4)"));
}

TEST_F(Evident, AGatewayThatWasDeadBeforeIsNotDemanded) {
  ASSERT_TRUE(succeeds("ip route replace default via 10.0.0.3"));
  Gathered out = after("ip addr add 10.5.0.1/24 dev wan0");
  EXPECT_EQ(out.end, Gathered::End::kept);
  EXPECT_THAT(out.last.proven, IsEmpty());
}

TEST_F(Evident, ALateRecoveryIsInTime) {
  Gathered out = after("ip -n far link set dev far0 down; ip -n far link set dev far0 up >/dev/null 2>&1 &",
                       "interface:wan0,timeout=500ms");
  EXPECT_EQ(out.end, Gathered::End::kept);
}

}  // namespace
}  // namespace netcfg::test
