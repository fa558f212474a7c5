// Others' routes are read where they matter, and only there.
#include "netcfg/apply/look.h"

#include <gmock/gmock.h>

#include "tests/support/managed.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint8_t kBgp = 186;
constexpr const char* kSpec = R"(netcfg: 1
interfaces:
  eth0: { addresses: [192.0.2.1/24], state: up }
  eth1: { addresses: [198.51.100.1/24], state: up }
routes: [{ to: 10.9.0.0/16, via: 192.0.2.9 }]
)";

class LookTest : public testing::Test {
 protected:
  LookTest() {
    SimHost host;
    host.add_nic("eth0", Mac{{0x52, 0x54, 0, 0, 0, 1}});
    host.add_nic("eth1", Mac{{0x52, 0x54, 0, 0, 0, 2}});
    kernel_ = SimKernel(std::move(host));
    EXPECT_TRUE(went_well(managed_.apply(kSpec)));
    others("10.8.0.0/16", "192.0.2.8", "eth0");
    others("10.9.0.0/16", "192.0.2.8", "eth0", 20);
  }
  void others(const char* to, const char* via, const char* dev, uint32_t metric = 0) {
    Route r;
    r.to = *parse_prefix(to);
    r.scope = *via ? 0 : 253;
    r.metric = metric;
    r.protocol = kBgp;
    r.hops.push_back({parse_ip(via).value_or(Ip{}), dev, 1, false});
    Op op{Action::create, static_cast<const Route*>(nullptr), &r};
    ASSERT_FALSE(kernel_.write({&op, 1}, {}));
  }
  Looked looked(const std::string& spec, Others others = Others::in_need) {
    desired_ = desired_of(spec).value();
    return looked(others);
  }
  Looked looked(Others others) {
    Diagnostics problems;
    auto out =
        look(kernel_, query_for(desired_, managed_.ledger), desired_, managed_.ledger, others, problems);
    EXPECT_TRUE(problems.empty());
    return std::move(*out);
  }
  static auto is_bgps() { return Field("protocol", &Route::protocol, kBgp); }

  SimKernel kernel_;
  Managed managed_{kernel_};
  Desired desired_;
};

TEST_F(LookTest, WhereNothingDiffersOthersAreNotRead) {
  Looked found = looked(kSpec);
  EXPECT_THAT(found.plan->steps, IsEmpty());
  EXPECT_THAT(found.live.state.routes, Each(Field("protocol", &Route::protocol, kOwnProtocol)));
}

TEST_F(LookTest, WhoWantsThemNamedGetsThem) {
  Looked found = looked(kSpec, Others::named);
  EXPECT_THAT(found.plan->steps, IsEmpty());
  EXPECT_THAT(found.plan->foreign, SizeIs(2));
}

TEST_F(LookTest, WhereSomethingDiffersTheyAreRead) {
  Looked found = looked(std::string(kSpec) + "rules: [{ priority: 100, table: 7 }]\n");
  EXPECT_THAT(found.plan->steps, SizeIs(1));
  EXPECT_THAT(found.live.state.routes, Contains(is_bgps()).Times(2));
}

TEST_F(LookTest, AnOthersRouteThatIsWantedIsReplacedAndNotMissing) {
  Looked found = looked(
      "netcfg: 1\n"
      "interfaces:\n"
      "  eth0: { addresses: [192.0.2.1/24], state: up }\n"
      "  eth1: { addresses: [198.51.100.1/24], state: up }\n"
      "routes: [{ to: 10.9.0.0/16, via: 192.0.2.9 }, { to: 10.8.0.0/16, via: 192.0.2.9 }]\n");
  ASSERT_THAT(found.plan->steps, SizeIs(1));
  EXPECT_EQ(found.plan->steps[0].verdict, Verdict::update);
}

TEST_F(LookTest, WhereOthersAreToGoTheyAreRead) {
  Looked found = looked(std::string(kSpec) + "manage: exclusive\n");
  EXPECT_THAT(found.plan->steps, SizeIs(2));
}

TEST_F(LookTest, QueueingDisciplinesAreReadWhereTheyMayMatter) {
  kernel_.host().add_foreign_qdisc("eth1", "prio");
  EXPECT_THAT(looked(kSpec).live.state.qdiscs, IsEmpty());
  EXPECT_THAT(looked(std::string(kSpec) + "rules: [{ priority: 100, table: 7 }]\n").live.state.qdiscs,
              SizeIs(1));
  std::string limited = kSpec;
  limited.replace(limited.find("state: up"), 9, "state: up, qdisc: { kind: pfifo, limit: 9 }");
  ASSERT_TRUE(went_well(managed_.apply(limited)));
  EXPECT_THAT(looked(limited).live.state.qdiscs, SizeIs(2));
  EXPECT_THAT(looked(kSpec).plan->steps, SizeIs(1)) << "what was applied goes";
}

// Else what a VPN client adds would lead a gateway to another link, and be read each time.
TEST_F(LookTest, AnOthersRouteDoesNotLeadAGatewayAwayFromItsNetwork) {
  others("192.0.2.9/32", "", "eth1");
  EXPECT_THAT(looked(kSpec).plan->steps, IsEmpty());
  EXPECT_THAT(looked(kSpec, Others::named).plan->steps, IsEmpty());
}

TEST_F(LookTest, WhereNoAddressReachesAGatewayAnOthersRouteMay) {
  others("203.0.113.9/32", "", "eth1");
  desired_ = desired_of(kSpec).value();
  desired_.state.routes[0].hops[0].via = *parse_ip("203.0.113.9");
  Looked found = looked(Others::in_need);
  ASSERT_THAT(found.plan->steps, SizeIs(1));
  const Route* made = std::get<const Route*>(found.plan->steps[0].op.after);
  EXPECT_EQ(made->hops[0].dev, IfName("eth1"));
}

}  // namespace
}  // namespace netcfg::test
