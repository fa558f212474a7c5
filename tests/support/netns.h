// Tests on a real kernel: network namespaces of their own, shell commands in them, their state as text.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "netcfg/base/result.h"

namespace netcfg::test {

// A fresh network namespace, entered by the calling thread until the object dies: lo is up, and /sys shows
// that namespace's interfaces where the machine allows it. Without root, a user namespace is made first;
// that one cannot be left again, so the thread then stays in the last namespace it entered.
class Netns {
 public:
  static Result<Netns> enter();
  Netns(Netns&& other) noexcept;
  Netns& operator=(Netns&&) = delete;
  ~Netns();

  bool has_sys() const { return has_sys_; }

 private:
  Netns() = default;
  int net_ = -1;  // the namespaces to return to
  int mount_ = -1;
  bool has_sys_ = false;
};

// Gives each test a namespace of its own. Where none can be had the test fails in CI (CI is set) and is
// skipped elsewhere, with the reason.
class NetnsTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::optional<Netns> netns_;
};

struct Ran {
  int status = -1;     // exit status, or 128 + the signal that ended the command
  std::string output;  // standard output and standard error, in the order written

  bool ok() const { return status == 0; }
};

// Runs a shell command in the calling thread's namespaces.
Ran run(const std::string& command);

// EXPECT_TRUE(succeeds("ip link add ..."))
testing::AssertionResult succeeds(const std::string& command);

// Everything that iproute2 tells about the namespace, without what changes by itself (interface indexes,
// timers, statistics, learned neighbours, cached routes, the kernel's own local table): two dumps are equal
// when the configuration is. Interfaces come sorted by name, since one that is made again gets another index.
// Of another namespace where one of /run/netns is named.
std::string dump_state(const std::string& netns = {});

// The clean-up that dump_state does, for one command's output.
std::string without_volatile(const std::string& text);

}  // namespace netcfg::test
