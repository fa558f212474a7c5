#include "cmd/lockout_check.h"

#include "cmd/guard_setup.h"
#include "netcfg/guard/lockout.h"
#include "netcfg/host/ssh_session.h"

namespace netcfg {

std::optional<Diagnostic> warn_of_lockout(const Session& session, Situation& situation) {
  std::vector<Lifeline> lines = lifelines(wanted_probes(session, situation.desired.guard));
  // The session comes by the host's own network, and ends there.
  auto ssh = session.options.netns.empty() ? ssh_session() : std::nullopt;
  if (ssh) lines.insert(lines.begin(), {ssh->peer, ssh->own, ssh->peer_port, ssh->own_port, ssh->zone});
  std::optional<Diagnostic> cut;
  for (Lockout& found : lockouts(situation.plan, situation.live.state, lines)) {
    if (found.probe.empty()) cut = found.warning;
    situation.plan.warnings.push_back(std::move(found.warning));
  }
  return cut;
}

}  // namespace netcfg
