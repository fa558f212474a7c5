// Where systemd is out of reach.
#include <gmock/gmock.h>

#include "netcfg/host/transient_unit.h"
#include "tests/support/netns.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

TEST_F(NetnsTest, WithoutSystemdNoServiceStarts) {
  // Else the test would start one on a machine that has it.
  ASSERT_TRUE(succeeds("mount -t tmpfs tmpfs /run"));
  EXPECT_FALSE(systemd_runs());
  TransientUnit unit{.name = "netcfg-test.service", .description = "A test's", .argv = {"/bin/true"}};
  Result<> started = start_transient(unit);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("cannot start the service netcfg-test.service"));
  EXPECT_THAT(started.error().message, HasSubstr("cannot reach systemd over D-Bus"));
  EXPECT_THAT(started.error().hint, HasSubstr("dbus.socket"));
}

}  // namespace
}  // namespace netcfg::test
