#include "cmd/guard_setup.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>

#include "cmd/signals.h"
#include "cmd/terminal.h"
#include "netcfg/host/clock.h"
#include "netcfg/host/namespaces.h"
#include "netcfg/host/ssh_session.h"
#include "netcfg/host/this_process.h"
#include "netcfg/host/transient_unit.h"
#include "netcfg/model/types.h"
#include "netcfg/probes/probes.h"

namespace netcfg {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWindow{30'000};
constexpr int64_t kPerMillisecond = kSecond / 1000;
constexpr int64_t kLeastWindow = kSecond, kMostWindow = int64_t{24} * 3600 * kSecond;
constexpr int64_t kArmingTakes = 60 * kSecond;  // a snapshot of a million routes is read and planned once

// This program, also when its file was replaced or removed since it was started; systemd has to be given a
// name.
std::string own_program(bool by_name) {
  constexpr const char* kSelf = "/proc/self/exe";
  if (!by_name) return kSelf;
  std::array<char, PATH_MAX> name{};
  ssize_t n = readlink(kSelf, name.data(), name.size());
  std::string out(name.data(), n > 0 ? static_cast<size_t>(n) : 0);
  return access(out.c_str(), X_OK) == 0 ? out : std::string{};
}

ReverterOrder reverter_order(Session& session, const Lock& lock) {
  ReverterOrder out;
  std::string netns = session.netns();
  // systemd's services are in the host's namespace, from where those with a name can be entered.
  bool by_systemd = systemd_runs() && !netns.starts_with('@');
  std::string program = own_program(by_systemd);
  if (program.empty()) by_systemd = false, program = own_program(false);
  out.argv = {program, std::string(kReverterVerb.name)};
  if (!session.options.root.empty())  // it runs in another directory
    out.argv.insert(out.argv.end(), {"--root", std::filesystem::absolute(session.options.root)});
  if (by_systemd && !netns.empty()) out.argv.insert(out.argv.end(), {"--netns", netns});
  if (by_systemd) out.unit = netns.empty() ? "netcfg-reverter" : "netcfg-reverter-" + unit_name_part(netns);
  out.lock = lock.fd();
  out.patience = kArmingTakes;
  return out;
}

std::optional<TcpSession> session_to_keep(const Session& session) {
  // It comes by the host's own network, and ends there.
  auto ssh = session.options.netns.empty() ? ssh_session() : std::nullopt;
  if (!ssh) return std::nullopt;
  return TcpSession{ssh->own, ssh->peer, ssh->own_port, ssh->peer_port, ssh->zone};
}

// Large packets have to get through as well as small ones, if they do before the change: then this is
// acknowledged, or the session is none that has to live on.
void speak(std::vector<Probe>& probes) {
  for (Probe& probe : probes)
    if (probe.spec.kind == ProbeKind::ssh && nudge_terminal(kFullPackets))
      probe.since = std::chrono::steady_clock::now();
}

bool try_connections(Session& session, const Situation& situation, Guard& guard) {
  std::vector<ProbeSpec> specs = wanted_probes(session, situation.desired.guard);
  std::vector<Probe> probes = probes_for(specs, situation.live.state, session_to_keep(session));
  if (specs.empty()) return true;
  auto prober = open_prober();
  if (!prober) return session.problem(prober.error()), false;
  speak(probes);
  auto results = (*prober)->run(probes, {[] { return stop_signal() != 0; }, stop_fd()});
  if (!results) return session.problem({"interrupted: nothing was changed", "", 0}), false;
  guard.options.baseline = baseline(situation.live.state, specs, probes, *results);
  for (const std::string& line : guard.options.baseline.not_asked)
    session.detail("did not work before the change, so it need not afterwards: " + line);
  guard.prober = std::move(*prober);
  guard.options.prober = guard.prober.get();
  return true;
}

}  // namespace

Settler settler_of(Session& session) {
  return {session.files, places(session.netns()), netns_identity(), session.log};
}

bool check_guard_options(Session& session) {
  const Options& o = session.options;
  for (const std::string& text : o.checks)
    if (auto probe = parse_probe(text); !probe)
      session.problem({fmt::format("--check {}: {}", text, probe.error().message), probe.error().hint, 0});
  if (o.confirm.empty()) return !session.problems.has_errors();
  auto time = parse_duration(o.confirm);
  if (!time || *time < kLeastWindow || *time > kMostWindow)
    session.problem({fmt::format("--confirm: '{}' is no time from 1s to 24h", o.confirm),
                     "such as --confirm=120s or --confirm=10m", 0});
  return !session.problems.has_errors();
}

std::vector<ProbeSpec> wanted_probes(const Session& session, const GuardSpec& guard) {
  std::vector<ProbeSpec> out;
  if (session.options.no_check == 0) out = probes_of(guard);
  for (const std::string& text : session.options.checks)
    if (auto probe = parse_probe(text); probe && std::find(out.begin(), out.end(), *probe) == out.end())
      out.push_back(std::move(*probe));
  return out;
}

GuardedOptions unprobed(Session& session, const Lock& lock, Occasion occasion) {
  GuardedOptions options;
  options.reverter = reverter_order(session, lock);
  options.history = occasion.history && session.options.no_history == 0;
  options.by = this_process();
  options.born = born(options.by.pid);
  options.why = std::move(occasion.why);
  options.window_directory = session.files.real(places(session.netns()).window);
  options.stop_signal = stop_signal;
  options.stop_fd = stop_fd();
  return options;
}

std::optional<Guard> prepare_guard(Session& session, const Situation& situation, const Lock& lock,
                                   Occasion occasion) {
  Guard out;
  GuardedOptions& options = out.options = unprobed(session, lock, std::move(occasion));
  options.confirm = !session.options.confirm.empty();
  options.window = milliseconds(situation.desired.guard.window.value_or(kWindow.count()));
  if (options.confirm)
    options.window = milliseconds(parse_duration(session.options.confirm).value_or(0) / kPerMillisecond);
  if (!try_connections(session, situation, out)) return std::nullopt;
  return out;
}

}  // namespace netcfg
