// A host that is configured over SSH: a real sshd(8) and a real session, in network namespaces.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/support/child.h"
#include "tests/support/netns.h"
#include "tests/support/sandbox.h"

namespace netcfg::test {

struct SshDrillNet {
  bool ipv6 = false;    // the session's addresses
  bool router = false;  // between the two, else they are neighbours
};

// The host is the calling thread's namespace, which a NetnsTest has made; the admin has another:
//
//   host eth0 192.0.2.1/24 2001:db8:1::1/64 ──────── eth0 192.0.2.7/24 2001:db8:1::7/64 admin
//
//   host eth0 (the same) ── router .254 ::fe, .254 ::fe ── eth0 198.51.100.7/24 2001:db8:2::7/64 admin
//
// with default routes by the router. The session is one TCP connection and a shell on a terminal. In the
// shell, $N is the program and $T the sandbox's folder, which is also where it starts. What happens on the
// way is the test's business: run() changes the host, admin() the admin's side.
class SshDrill {
 public:
  using Duration = Child::Duration;
  static constexpr Duration kPatience{20000};

  // Throws where no sshd can be run.
  SshDrill(const Sandbox& box, SshDrillNet net);
  ~SshDrill();
  SshDrill(SshDrill&&) = delete;

  // Runs a command (of at most 4,000 bytes) in the session. Its status is -1 when no answer came in time; the
  // answer may still come, and is then skipped by the next ask().
  Ran ask(const std::string& command, Duration patience = kPatience);
  // Types on the terminal; "\n" ends a line, "\3" is Ctrl-C.
  void type(const std::string& text);
  // What the terminal shows until `text`, and that; nothing when it does not come in time.
  std::optional<std::string> hear(const std::string& text, Duration patience = kPatience);
  // The client runs still. It never connects again: while this is so, it is the first connection.
  bool connected() { return client_->running(); }
  // As when the admin's machine is gone: the client is killed.
  void hang_up() { client_->kill(); }

  // A shell command on the admin's, or the router's, side.
  Ran admin(const std::string& command) const { return run_in(admin_, command); }
  Ran router(const std::string& command) const { return run_in(router_, command); }
  // Whether a new connection to the host's sshd comes about within a second.
  bool accepts() const;

  const std::string& host_address() const { return host_address_; }
  const std::string& admin_address() const { return admin_address_; }

 private:
  static Ran run_in(const Fd& netns, const std::string& command);
  void lay_cables(bool router);
  void write_files() const;
  void start_server();
  void start_client();

  const Sandbox& box_;
  std::string folder_, host_address_, admin_address_;
  Fd admin_, router_;
  std::unique_ptr<Child> server_, client_;
  int asked_ = 0;
};

// Where no sshd can be run the test fails in CI and is skipped elsewhere, with the reason.
class SshDrillTest : public NetnsTest {
 protected:
  void SetUp() override;
  void TearDown() override;
  virtual SshDrillNet net() const { return {}; }

  Sandbox box_;
  std::unique_ptr<SshDrill> drill_;
};

}  // namespace netcfg::test
