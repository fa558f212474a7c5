#include "netcfg/port/prober.h"

#include <fmt/format.h>

namespace netcfg {

std::string name_of(const Probe& probe) {
  const ProbeSpec& spec = probe.spec;
  if (spec.kind == ProbeKind::gateway) {
    std::string by = spec.dev ? fmt::format(" dev {}", spec.dev->view()) : std::string();
    return fmt::format("gateway{}{}", spec.address ? " " + to_string(spec.address) : "", by);
  }
  if (spec.kind == ProbeKind::ssh && probe.session.peer)
    return fmt::format("ssh {} port {}", to_string(probe.session.peer), probe.session.peer_port);
  return to_text(spec);
}

}  // namespace netcfg
