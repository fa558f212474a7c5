// Restoring: what is not there is made, what is there is no obstacle, and what is there otherwise is
// replaced.
#include <gmock/gmock.h>

#include "tests/support/live_kernel.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Restore : public LiveKernelTest {
 protected:
  void SetUp() override {
    LiveKernelTest::SetUp();
    if (!kernel_) return;
    make_pair("a", "b");
    ASSERT_TRUE(succeeds("ip addr add 192.0.2.1/24 dev a; ip addr add 2001:db8::1/64 dev a nodad"));
  }
  template <class T>
  std::optional<Refusal> restore(const T& value) {
    Op op{Action::restore, static_cast<const T*>(nullptr), &value};
    return write({&op, 1});
  }
  // When it is missing, and when it is there; `text` is what iproute2 then says once.
  template <class T>
  void restores(const T& value, const std::string& command, const std::string& text) {
    SCOPED_TRACE(id_of(value));
    EXPECT_THAT(run(command).output, Not(HasSubstr(text)));
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(accepted(restore(value)));
      std::string found = run(command).output;
      EXPECT_THAT(found, HasSubstr(text));
      EXPECT_EQ(found.find(text), found.rfind(text)) << "twice:\n" << found;
    }
  }
};

Route route(std::string_view to, std::string_view via) {
  Route out;
  out.to = *parse_prefix(to);
  out.hops = {{*parse_ip(via), "a"}};
  return out;
}

TEST_F(Restore, Routes) {
  restores(route("10.0.0.0/8", "192.0.2.9"), "ip route", "10.0.0.0/8 via 192.0.2.9");
  restores(route("10.0.0.0/8", "192.0.2.8"), "ip route", "10.0.0.0/8 via 192.0.2.8");
  EXPECT_THAT(run("ip route").output, Not(HasSubstr("192.0.2.9")));
  restores(route("2001:db8:1::/48", "2001:db8::9"), "ip -6 route", "2001:db8:1::/48 via 2001:db8::9");
  restores(route("2001:db8:1::/48", "2001:db8::8"), "ip -6 route", "2001:db8:1::/48 via 2001:db8::8");
  EXPECT_THAT(run("ip -6 route").output, Not(HasSubstr("via 2001:db8::9")));
  Route dead;
  dead.to = *parse_prefix("10.66.0.0/16"), dead.type = RouteType::blackhole;
  restores(dead, "ip route", "blackhole 10.66.0.0/16");
}

TEST_F(Restore, AddressesNeighboursAndRules) {
  for (const char* text : {"192.0.2.7/24", "2001:db8::7/64"}) {
    Address address;
    address.dev = "a", address.address = *parse_prefix(text);
    restores(address, "ip addr show dev a", text);
  }
  for (const char* text : {"192.0.2.99", "2001:db8::99"}) {
    Neighbor neighbor;
    neighbor.dev = "a", neighbor.address = *parse_ip(text), neighbor.mac = Mac{{2, 0, 0, 0, 0, 9}};
    restores(neighbor, "ip neigh show nud permanent", std::string(text) + " dev a lladdr");
  }
  Rule rule;
  rule.priority = 77, rule.table = 7, rule.action = RuleAction::lookup;
  restores(rule, "ip rule", "77:");
}

}  // namespace
}  // namespace netcfg::test
