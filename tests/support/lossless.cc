#include "tests/support/lossless.h"

#include <gmock/gmock.h>

#include <memory>

#include "tests/support/traffic.h"

namespace netcfg::test {
namespace {

constexpr uint64_t kBetween = 100;  // datagrams

}  // namespace

void TrafficTest::SetUp() {
  ManagedTest::SetUp();
  if (!is_ready()) return;
  ASSERT_TRUE(
      succeeds("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 && "
               "mount -t tmpfs tmpfs /run && ip netns add far && ip -n far link set dev lo up && " +
               script_));
  ASSERT_TRUE(went_well(managed_->apply(base_)));
}

Passage TrafficTest::through(const std::vector<std::string>& specs) {
  Passage out;
  std::vector<std::unique_ptr<Flow>> flows;
  for (const Path& path : paths_) flows.push_back(std::make_unique<Flow>(path.from, path.into, path.to));
  auto let_pass = [&] {
    for (const auto& flow : flows) flow->pass(kBetween);
  };
  let_pass();
  for (const std::string& spec : specs) {
    auto planned = managed_->plan(spec);
    out.disruptive += planned->disruptive();
    EXPECT_GT(planned->writes(), 0U) << "nothing changes:\n" << spec;
    EXPECT_TRUE(went_well(managed_->apply(*planned))) << planned->text();
    let_pass();
  }
  for (const auto& flow : flows) {
    out.lost.push_back(flow->lost());
    out.all += out.lost.back();
  }
  return out;
}

void TrafficTest::passes(const std::string& from, const std::string& to) {
  SCOPED_TRACE(to);
  Passage there = through({replaced(base_, from, to)});
  EXPECT_THAT(there.disruptive, testing::IsEmpty());
  EXPECT_EQ(there.all, 0U);
}

void TrafficTest::passes_both_ways(const std::string& from, const std::string& to) {
  passes(from, to);
  Passage back = through({base_});
  EXPECT_EQ(back.all, 0U) << "on the way back from " << to;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from << " is not in\n" << text;
  if (at != text.npos) text.replace(at, from.size(), to);
  return text;
}

}  // namespace netcfg::test
