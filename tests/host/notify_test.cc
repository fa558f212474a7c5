// What a service tells systemd, heard on a socket of the test's own.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "netcfg/host/fd.h"
#include "netcfg/host/transient_unit.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {
namespace {

using testing::HasSubstr;

class Notify : public testing::Test {
 protected:
  void TearDown() override { unsetenv("NOTIFY_SOCKET"); }
  // Binds a datagram socket, "@" standing for the byte 0 of an abstract name, and sets the variable.
  static Fd listen_at(const std::string& name) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    name.copy(at.sun_path, sizeof at.sun_path - 1);
    if (name[0] == '@') at.sun_path[0] = '\0';
    Fd out(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(out.get(), reinterpret_cast<sockaddr*>(&at), size), 0) << std::strerror(errno);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    return out;
  }
  static std::string received(const Fd& fd) {
    std::array<char, 64> text{};
    ssize_t size = recv(fd.get(), text.data(), text.size(), 0);
    return size < 0 ? "nothing" : std::string(text.data(), size);
  }

  Sandbox box_;
};

TEST_F(Notify, BySocketsOfBothKinds) {
  for (const std::string& name : {box_.path() + "/socket", "@" + box_.path()}) {
    Fd socket = listen_at(name);
    Result<> told = notify_ready();
    EXPECT_TRUE(told) << told.error().message;
    EXPECT_EQ(received(socket), "READY=1\n") << name;
  }
}

TEST_F(Notify, NobodyWantsToKnow) {
  unsetenv("NOTIFY_SOCKET");
  EXPECT_TRUE(notify_ready());
  setenv("NOTIFY_SOCKET", "", 1);
  EXPECT_TRUE(notify_ready());
}

TEST_F(Notify, WhatCannotBeToldIsAnError) {
  for (const std::string& name :
       {box_.path() + "/none", std::string("relative"), "/" + std::string(200, 'x')}) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    Result<> told = notify_ready();
    ASSERT_FALSE(told) << name;
    EXPECT_THAT(told.error().message, HasSubstr("cannot report to " + name));
  }
}

}  // namespace
}  // namespace netcfg::test
