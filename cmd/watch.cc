#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "cmd/guard_setup.h"
#include "cmd/signals.h"
#include "netcfg/base/text.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/kernel/switcher.h"
#include "netcfg/store/ledger_file.h"
#include "netcfg/store/place.h"
#include "netcfg/watch/control.h"
#include "netcfg/watch/watcher.h"

namespace netcfg {
namespace {

constexpr OptionInfo kOptions[] = {
    {"--metrics", "FILE", "keep this file current for Prometheus's node exporter (its textfile collector)",
     &Options::metrics},
};

constexpr Example kExamples[] = {
    {"systemctl enable --now netcfg-watch", "how it is meant to run"},
    {"netcfg watch --metrics=/var/lib/node_exporter/netcfg.prom", "beside that, metrics for Prometheus"},
};

// What was kept last, be it by an apply, a rollback or at boot: not what lies in /etc and was never applied.
Result<std::optional<watch::Ways>> load_ways(Session& session) {
  StoredLedger stored =
      load_ledger(session.files, ledger_path(session.netns()), netns_identity(), LedgerRoutes::read);
  if (stored.damage) return *stored.damage;
  Desired desired;
  desired.uplinks = std::move(stored.ledger.uplinks);
  desired.state = std::move(stored.ledger.applied);
  return watch::ways_of(std::move(desired));
}

// While a plan is written. What has been written and waits to be kept counts as it is. What a drill takes
// away is not missing on purpose.
bool is_being_written(Session& session) {
  Settler settler = settler_of(session);
  auto found = settler.window().find();
  return found && *found && !(*found)->window.rehearsal && !settler.window().until();
}

Result<> make_directory_of(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), code);
  if (code)
    return Error{fmt::format("cannot make a directory for {}: {}", path, code.message()), {}, code.value()};
  return Done{};
}

// The machine's log, and standard error beside it, unless systemd has that lead to the journal anyway.
class ServiceLog : public Log {
 public:
  explicit ServiceLog(Log& machine) : machine_(machine) {}
  void write(const LogEntry& entry) override {
    machine_.write(entry);
    if (!is_service_) fmt::print(stderr, "netcfg: {}\n", printable(entry.message));
  }

 private:
  Log& machine_;
  bool is_service_ = getenv("JOURNAL_STREAM") != nullptr;  // NOLINT: read before any thread starts
};

int run_watch(Session& session) {
  if (auto may = check_net_admin(); !may) return session.fail(may.error());
  std::string netns = session.netns();
  std::string ledger = session.files.real(ledger_path(netns));
  std::string socket = session.files.real(watch_socket_path(netns));
  for (const std::string& path : {ledger, socket})
    if (auto done = make_directory_of(path); !done) return session.fail(done.error());
  if (auto asked = watch::ask_watcher(socket, "status"))
    return session.fail(
        {fmt::format("another watcher runs: it answers at {}", socket), "systemctl status netcfg-watch", 0},
        kBusy);
  auto switcher = open_switcher();
  if (!switcher) return session.fail(switcher.error());
  catch_stop_signals();
  ServiceLog log(session.log);
  auto done = watch::run_watcher({.files = session.files,
                                  .switcher = **switcher,
                                  .log = log,
                                  .load = [&] { return load_ways(session); },
                                  .change_pending = [&] { return is_being_written(session); },
                                  .kernel = netns_identity(),
                                  .view_path = uplinks_path(netns),
                                  .metrics_path = session.options.metrics,
                                  .socket_path = socket,
                                  .ledger_path = ledger,
                                  .stop_fd = stop_fd()});
  return done ? kDone : session.fail(done.error());
}

}  // namespace

constexpr Verb kWatchVerb{.name = "watch",
                          .operands = "",
                          .summary = "watch the uplinks and move traffic away from those that fail",
                          .details =
                              "Asks the targets of each uplink by that uplink, hears of carriers and "
                              "addresses from the kernel, and\n"
                              "replaces the next hops of those that fail under traffic. Runs until it is "
                              "told to stop, and then leaves\n"
                              "the traffic where it is; 'netcfg uplinks' shows what it sees. What it watches "
                              "was applied and kept: it\n"
                              "takes over changes of that by itself.\n\n"
                              "The hooks of the spec get the environment variables NETCFG_UPLINK, "
                              "NETCFG_INTERFACE, NETCFG_EVENT (up,\n"
                              "down, active or idle) and NETCFG_REASON.",
                          .options = kOptions,
                          .examples = kExamples,
                          .run = run_watch};

}  // namespace netcfg
