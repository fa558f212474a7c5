// Changes made by the real program on a machine with a real systemd, and what is left of them. In ./machine
// only: it is that machine's network.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/sandbox.h"

namespace netcfg::test {

// Before each test a.yaml is what was applied; b.yaml makes everything otherwise.
class ChangeTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A command for one of netcfg's fault points, at which it waits for that command's end.
  static std::string at(const std::string& moment, const std::string& command);
  // The same for the reverter, which systemd starts.
  void in_reverter(const std::string& moment, const std::string& command);

  // Begins to apply b.yaml and returns when it waits in its window; the process's number is in the file
  // `pid`, later its exit status in `status`. `hangs`: it does nothing there until it is killed.
  void begin(const std::string& words, bool hangs = false);
  void kill_beginner() { EXPECT_EQ(box_.run("kill -KILL $(cat pid)").status, 0); }
  std::string status_of_beginner();

  // Kills the reverter, and returns when another waits in its place.
  void restart_reverter();
  // Returns when nothing of a reverter is left; false when there still is.
  testing::AssertionResult no_reverter_is_left() const;
  int count_reverters() const;

  nlohmann::json last() const;
  bool is_open() const { return box_.run("test -e /run/netcfg/window/window.open").status == 0; }
  void expect_before(const std::string& outcome);
  void expect_kept();
  void expect_tidy();
  std::string state() const;
  testing::AssertionResult comes_to_before() const;

  Sandbox box_;
  std::string before_;
  std::string netns_;  // where another than the machine's own is meant
  std::string netcfg_ = "$N";
};

}  // namespace netcfg::test
