#include "tests/support/by_hand.h"

#include "tests/support/settled.h"

namespace netcfg::test {
namespace {

constexpr const char* kOther = "byhand";

// Where loading a module made a link by itself.
constexpr const char* kBare =
    "for l in $(ip -br link | cut -d' ' -f1 | cut -d@ -f1); do [ $l = lo ] || ip link del dev $l; done; "
    "sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.dad_transmits=0";

}  // namespace

void ByHandTest::SetUp() {
  NetnsTest::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  ASSERT_TRUE(succeeds(std::string("mount -t tmpfs tmpfs /run && ip netns add ") + kOther + " && ip -n " +
                       kOther + " link set dev lo up"));
  prepare(kBare);
}

void ByHandTest::prepare(const std::string& script) {
  box_.write("prepare", script);
  for (const std::string& prefix : {std::string(), std::string("ip netns exec ") + kOther}) {
    auto ended = box_.run(prefix + " sh -e $T/prepare");
    ASSERT_EQ(ended.status, 0) << ended.err;
  }
  ASSERT_TRUE(comes_to(dump_when_quiet(), kOther)) << "not the same at the beginning";
}

void ByHandTest::by_netcfg(const std::string& spec) {
  auto planned = box_.run("$N --root $T plan --format ip spec.yaml >commands");
  ASSERT_EQ(planned.status, 0) << planned.err << spec;
  auto ended = box_.run("$N --root $T apply spec.yaml");
  ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
}

void ByHandTest::by_commands(const std::string& spec) {
  auto ended = box_.run(std::string("ip netns exec ") + kOther + " sh -ex $T/commands");
  ASSERT_EQ(ended.status, 0) << ended.out << ended.err << spec;
  // To its own root, netcfg has never been here; objects that it could adopt are no drift.
  ended = box_.run(std::string("$N --root $T/other --netns ") + kOther + " drift - <spec.yaml");
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err << box_.read("commands");
}

void ByHandTest::goes_by_hand(const std::vector<std::string>& specs) {
  for (const std::string& spec : specs) {
    SCOPED_TRACE("spec " + std::to_string(&spec - specs.data()));
    box_.write("spec.yaml", spec);
    ASSERT_NO_FATAL_FAILURE(by_netcfg(spec));
    ASSERT_NO_FATAL_FAILURE(by_commands(spec));
    EXPECT_TRUE(comes_to(dump_when_quiet(), kOther)) << "- netcfg, + by hand\n" << box_.read("commands");
  }
}

}  // namespace netcfg::test
