// A spec that only root may read does not become public by being applied.
#include <gmock/gmock.h>

#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

class PrivateSpec : public NetnsTest {
 protected:
  void SetUp() override {
    NetnsTest::SetUp();
    if (!netns_) return;
    ASSERT_TRUE(succeeds("ip link add name br7 type bridge"));
    box_.write("a.yaml", "netcfg: 1\ninterfaces: { br7: { description: open } }\n");
    box_.write("b.yaml", "netcfg: 1\ninterfaces: { br7: { description: secret } }\n");
    box_.write("c.yaml", "netcfg: 1\ninterfaces: { br7: { addresses: [192.0.2.1/24] } }\n");
    ASSERT_TRUE(succeeds("chmod 644 " + box_.path() + "/*.yaml && chmod 600 " + box_.path() + "/b.yaml"));
  }
  void apply(const std::string& command) {
    auto ended = box_.run("umask 022; " + command);
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
  // Files below var/ that anybody may read, but for those that hold nothing of a spec.
  std::string readable() {
    return box_.run("find $T/var -type f -perm /044 -printf '%f\\n' | sort | xargs").out;
  }
  std::string modes(const std::string& pattern) {
    return box_.run("find $T/var -name '" + pattern + "' -printf '%m\\n' | sort -u | xargs").out;
  }

  Sandbox box_;
};

TEST_F(PrivateSpec, StaysPrivate) {
  apply("$N --root $T apply -q b.yaml");
  EXPECT_EQ(readable(), "\n");
  EXPECT_EQ(modes("1.*"), "600\n");
  EXPECT_EQ(modes("ledger.json"), "600\n");
}

TEST_F(PrivateSpec, APublicOneIsReadableAsBefore) {
  apply("$N --root $T apply -q b.yaml && $N --root $T apply -q a.yaml");
  EXPECT_EQ(modes("2.*"), "644\n");
  EXPECT_EQ(modes("ledger.json"), "644\n");
  EXPECT_EQ(modes("1.*"), "600\n");
  apply("$N --root $T rollback -q --yes");
  EXPECT_EQ(modes("3.*"), "600\n") << "it is the private one again";
  EXPECT_EQ(modes("ledger.json"), "600\n");
}

TEST_F(PrivateSpec, OnePrivateFileOfSeveralIsEnough) {
  apply("$N --root $T apply -q b.yaml c.yaml");
  EXPECT_EQ(readable(), "\n");
}

TEST_F(PrivateSpec, SavedPlansToo) {
  apply("$N --root $T plan -q -o public.plan a.yaml; $N --root $T plan -q -o private.plan b.yaml");
  EXPECT_EQ(box_.run("stat -c %a $T/public.plan $T/private.plan | xargs").out, "644 600\n");
  apply("$N --root $T apply -q private.plan");
  EXPECT_EQ(readable(), "\n");
}

TEST_F(PrivateSpec, APipe) {
  apply("cat a.yaml | $N --root $T apply -q -");
  EXPECT_EQ(readable(), "\n");
}

// The reverter, or the next command, keeps what was decided to be kept.
TEST_F(PrivateSpec, WhoeverElseKeepsIt) {
  box_.run(
      "umask 022; $N --root $T apply -q a.yaml; NETCFG_AT_decided='kill -KILL $PPID' $N --root $T apply -q "
      "b.yaml");
  EXPECT_EQ(box_.run("for l in $(find $T/run -name lock); do flock -w 20 $l true || exit 1; done").status, 0);
  EXPECT_EQ(modes("2.*"), "600\n");
  EXPECT_EQ(modes("ledger.json"), "600\n");
}

}  // namespace
}  // namespace netcfg::test
