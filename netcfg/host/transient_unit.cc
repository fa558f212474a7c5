#include "netcfg/host/transient_unit.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "netcfg/host/errno.h"
#include "netcfg/host/fd.h"
#include "netcfg/host/notify.h"
#include "netcfg/host/systemd_manager.h"

namespace netcfg {
namespace {

using Clock = SystemdManager::Clock;

constexpr uint64_t kRestartAfter = 100'000;  // microseconds
constexpr uint64_t kNever = UINT64_MAX;
constexpr std::chrono::seconds kStopPatience{5}, kStartPatience{5};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

// Appends to a message; after the first failure nothing more.
class Properties {
 public:
  Properties(const SdBus& library, sd_bus_message* message) : library_(library), message_(message) {}

  template <class... Values>
  void add(const char* name, const char* type, Values... values) {
    append("(sv)", name, type, values...);
  }
  template <class... Values>
  void append(const char* types, Values... values) {
    check([&] { return library_.append(message_, types, values...); });
  }
  void strings(const std::vector<std::string>& words) {
    check([&] { return library_.append_strv(message_, pointers(words).data()); });
  }
  void open(char kind, const char* contents) {
    check([&] { return library_.open(message_, kind, contents); });
  }
  void close() {
    check([&] { return library_.close_container(message_); });
  }
  int code() const { return code_; }

 private:
  template <class F>
  void check(F step) {
    if (code_ >= 0) code_ = step();
  }
  const SdBus& library_;
  sd_bus_message* message_;
  int code_ = 0;
};

// systemd replaces $NAME by a variable's value, also in words that come by a message.
std::vector<std::string> without_variables(std::vector<std::string> words) {
  for (std::string& word : words)
    for (size_t at = 0; (at = word.find('$', at)) != std::string::npos; at += 2) word.insert(at, 1, '$');
  return words;
}

// systemd.service(5), Environment= and ExecStart=.
void add_command(Properties& properties, const TransientUnit& unit) {
  if (!unit.environment.empty()) {
    properties.open('r', "sv");
    properties.append("s", "Environment");
    properties.open('v', "as");
    properties.strings(unit.environment);
    properties.close();
    properties.close();
  }
  properties.open('r', "sv");
  properties.append("s", "ExecStart");
  properties.open('v', "a(sasb)");
  properties.open('a', "(sasb)");
  properties.open('r', "sasb");
  properties.append("s", unit.argv.front().c_str());
  properties.strings(without_variables(unit.argv));
  properties.append("b", 0);  // its failure counts
  for (int i = 0; i < 4; ++i) properties.close();
}

// Shutdowns and `isolate` stop what conflicts with their target, or what it does not want.
void add_lifetime(Properties& properties) {
  properties.add("Slice", "s", "system.slice");
  properties.add("DefaultDependencies", "b", 0);
  properties.add("IgnoreOnIsolate", "b", 1);
  properties.add("CollectMode", "s", "inactive-or-failed");
  properties.add("Type", "s", "notify");
  properties.add("NotifyAccess", "s", "main");
  properties.add("Restart", "s", "on-failure");
  // Ends that systemd counts as a success (systemd.service(5), SuccessExitStatus=): no statuses, three
  // signals.
  properties.add("RestartForceExitStatus", "(aiai)", 0, 3, SIGHUP, SIGINT, SIGTERM);
  properties.add("RestartUSec", "t", kRestartAfter);
  properties.add("StartLimitIntervalUSec", "t", uint64_t{0});  // as often as it takes
  // The caller's patience ends the first start. One that comes later must not be cut short in its work.
  properties.add("TimeoutStartUSec", "t", kNever);
  properties.add("KillMode", "s", "mixed");
  properties.add("SendSIGHUP", "b", 0);
  properties.add("OOMScoreAdjust", "i", -900);
}

void add_files(Properties& properties, const TransientUnit& unit) {
  if (unit.stdin_fd >= 0) properties.add("StandardInputFileDescriptor", "h", unit.stdin_fd);
  if (unit.stdout_fd >= 0) {
    // Were this the journal as well, the file given would become standard error, too (systemd's
    // src/core/execute.c, can_inherit_stderr_from_stdout).
    properties.add("StandardOutput", "s", "null");
    properties.add("StandardOutputFileDescriptor", "h", unit.stdout_fd);
  }
  properties.add("StandardError", "s", "journal");
}

// StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) further units)
int fill(const TransientUnit& unit, const SdBus& library, sd_bus_message* message) {
  Properties properties(library, message);
  properties.append("ss", unit.name.c_str(), "fail");
  properties.open('a', "(sv)");
  properties.add("Description", "s", unit.description.c_str());
  add_lifetime(properties);
  add_files(properties, unit);
  add_command(properties, unit);
  properties.close();
  properties.append("a(sa(sv))", 0);
  return properties.code();
}

// Ends what did not become ready, and what of it would be started again. What cannot be done is no error:
// there may be nothing left of it.
void abandon(SystemdManager& systemd, const std::string& name) {
  auto stop = [&](const SdBus& bus, sd_bus_message* message) {
    return bus.append(message, "ss", name.c_str(), "replace");
  };
  auto kill = [&](const SdBus& bus, sd_bus_message* message) {
    return bus.append(message, "ssi", name.c_str(), "all", SIGKILL);
  };
  auto job = systemd.call("StopUnit", stop);
  (void)systemd.call("KillUnit", kill);
  if (job) (void)systemd.wait_for(*job, Clock::now() + kStopPatience);
}

Error not_started(const TransientUnit& unit, const std::string& why) {
  return {fmt::format("the service {} did not start: {}", unit.name, why),
          fmt::format("'journalctl -u {}' may tell why", unit.name)};
}

}  // namespace

Result<> start_transient(const TransientUnit& unit) {
  Result<SystemdManager> systemd = SystemdManager::connect();
  if (!systemd) {
    Error error = systemd.error();
    error.message = fmt::format("cannot start the service {}: {}", unit.name, error.message);
    return error;
  }
  auto deadline = Clock::now() + unit.patience;
  auto job = systemd->call("StartTransientUnit", [&](const SdBus& bus, sd_bus_message* message) {
    return fill(unit, bus, message);
  });
  // Refused: what runs under that name, if anything, is another's.
  if (!job) {
    Error error = job.error();
    error.message = fmt::format("cannot start the service {}: {}", unit.name, error.message);
    return error;
  }
  auto ended = systemd->wait_for(*job, deadline);
  if (ended && *ended == "done") return Done{};
  abandon(*systemd, unit.name);
  if (!ended) return not_started(unit, ended.error().message);
  if (ended->empty()) return not_started(unit, fmt::format("not ready after {} ms", unit.patience.count()));
  return not_started(unit, fmt::format("its job ended as '{}'", *ended));
}

Result<Fd> start_again(const std::string& name) {
  Result<SystemdManager> systemd = SystemdManager::connect();
  if (!systemd) return systemd.error();
  auto start = [&](const SdBus& bus, sd_bus_message* message) {
    return bus.append(message, "ss", name.c_str(), "replace");
  };
  auto find = [&](const SdBus& bus, sd_bus_message* message) {
    return bus.append(message, "s", name.c_str());
  };
  auto deadline = Clock::now() + kStartPatience;
  while (Clock::now() < deadline) {
    auto job = systemd->call("StartUnit", start);
    if (!job) return job.error();
    auto ended = systemd->wait_for(*job, deadline);
    if (!ended) return ended.error();
    auto unit = systemd->call("GetUnit", find);
    if (!unit) return unit.error();
    auto pid = systemd->main_pid(*unit);
    if (!pid) return pid.error();
    if (*ended != "done" || *pid == 0) continue;  // stopped once more meanwhile
    if (Fd process(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0))); process) return process;
  }
  return Error{fmt::format("the service {} does not come back", name), "", ETIMEDOUT};
}

std::string unit_name_part(std::string_view text) {
  constexpr std::string_view kAllowed = "-:_.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr size_t kLongest = 200;  // of 255, with what else is in the name
  std::string out;
  for (char c : text)
    if (kAllowed.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return out.size() <= kLongest ? out : fmt::format("{:016x}", std::hash<std::string_view>{}(text));
}

bool systemd_runs() {
  struct stat found {};
  return lstat("/run/systemd/system", &found) == 0 && S_ISDIR(found.st_mode);
}

Result<> notify_ready() {
  return notify_systemd("READY=1\n");
}

}  // namespace netcfg
