// Services that systemd runs for us: started at run time, in a control group of their own, so that they
// outlive the session that asked for them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"

namespace netcfg {

// A service of systemd's. It runs as root in the host's own namespaces, whatever the caller's are, and under
// system.slice. It has to say that it is ready (notify_ready), and to exit with status 0 when its work is
// done: any other end, by a signal too, starts it again 100 ms later, however often. It then finds /dev/null
// in place of the files that it was given, since systemd closes those when a process ends. Its standard error
// goes to the journal. Neither `systemctl isolate` nor a shutdown stops it, until at a shutdown's very end
// all that is left gets SIGTERM: it has to end then, or the machine stays up for another 90 s.
struct TransientUnit {
  std::string name;  // "netcfg-revert.service"
  std::string description;
  std::vector<std::string> argv;         // with the program's absolute path first
  std::vector<std::string> environment;  // "NAME=VALUE", beside the few variables that systemd sets
  int stdin_fd = -1, stdout_fd = -1;     // open files that it gets too; without, /dev/null and the journal
  std::chrono::milliseconds patience{10000};  // until it is ready
};

// Done once it is ready. Otherwise the Error names the unit, nothing of it runs any more, and another may be
// started under that name.
Result<> start_transient(const TransientUnit& unit);
// Has systemd start a service again whose process has ended, also one that is being stopped: its new process,
// once that is ready, as a handle that becomes readable when it ends (pidfd_open(2)). An Error when nothing
// is left of the service, or it does not get ready in time.
Result<Fd> start_again(const std::string& name);

// Any text as a part of a unit's name, where few characters may stand: "we\\x20ird", as systemd-escape(1)
// does it, for "we ird". What would be too long there is told apart by a number instead.
std::string unit_name_part(std::string_view text);

// Whether systemd is this machine's first process, as sd_booted(3) tells.
bool systemd_runs();

// Tells systemd that this service is ready; Done where nobody wants to know, since NOTIFY_SOCKET is not set.
Result<> notify_ready();

}  // namespace netcfg
