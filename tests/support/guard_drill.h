// Changes made over SSH, in a window that a test looks into.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/ssh_drill.h"

namespace netcfg::test {

inline constexpr std::chrono::milliseconds kWindow{3000}, kGrace{1000};

inline constexpr SshDrillNet kNear4{}, kNear6{.ipv6 = true};
inline constexpr SshDrillNet kFar4{.router = true}, kFar6{.ipv6 = true, .router = true};

// As specs say it: what the drill's host has by hand.
inline constexpr const char* kEth0 = "  eth0: { addresses: [192.0.2.1/24, '2001:db8:1::1/64'] }\n";
inline constexpr const char* kDefaults =
    "routes: [{ to: default, via: 192.0.2.254 }, { to: default, via: '2001:db8:1::fe' }]\n";

// With a window of kWindow.
std::string spec(const std::string& interfaces, const std::string& more = "");
// A change that cuts nothing: kEth0 with 192.0.2.50 besides.
std::string one_more(const std::string& window, const std::string& more = "");

class GuardDrill : public SshDrillTest {
 protected:
  using Duration = std::chrono::milliseconds;
  using Time = std::chrono::steady_clock::time_point;

  // Applies it from outside of the session.
  void begin_with(const std::string& now);
  // Begins `apply` in the session, as the % of `form`. It says so by fifos when the window opens, and, if
  // `stops`, when it has written the change; then it waits for go().
  void apply(const std::string& then, const std::string& options = "--yes", bool stops = false,
             std::string form = "%");
  // Waits for "written" or "waiting".
  bool comes(const std::string& moment);
  void go();

  // How long it is from then until the address of one_more() has gone again.
  Duration until_it_goes(Time since);
  // Until sshd answers a new connection.
  void wait_for_handshake();
  // What apply said, with "=status N" at the end.
  std::string ended();
  void expect_the_session_goes_on();
  // Of history, once whoever was left has done its part.
  std::string last_outcome();
  void report(const char* what, Duration value);

  std::string before_;  // the host as begin_with() left it

 private:
  std::string session_;
  std::unique_ptr<Child> monitor_;
};

}  // namespace netcfg::test
