#include "cmd/lockout_check.h"

#include "netcfg/guard/lockout.h"
#include "netcfg/host/ssh_session.h"

namespace netcfg {

bool warn_of_lockout(const Session& session, Situation& situation) {
  // The session comes by the host's own network, and ends there.
  if (!session.options.netns.empty() || situation.plan.empty()) return false;
  auto ssh = ssh_session();
  if (!ssh) return false;
  Lifeline line{ssh->peer, ssh->own, ssh->peer_port, ssh->own_port, ssh->zone};
  auto found = lockout(situation.plan, situation.live.state, line);
  if (found) situation.plan.warnings.push_back(std::move(found->warning));
  return found.has_value();
}

}  // namespace netcfg
