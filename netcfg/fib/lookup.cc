#include "netcfg/fib/lookup.h"

#include "netcfg/fib/lookup4.h"
#include "netcfg/fib/lookup6.h"

namespace netcfg {

std::vector<std::string> lookup_sysctls(const IfName& iif) {
  std::vector<std::string> out;
  if (iif.empty()) return out;
  for (std::string_view dev : {std::string_view("all"), iif.view()})
    for (std::string_view name : {"forwarding", "rp_filter", "route_localnet", "accept_local"})
      out.push_back("net/ipv4/conf/" + std::string(dev) + "/" + std::string(name));
  return out;
}

// l3mdev_update_flow() in net/l3mdev/l3mdev.c: a socket bound to a VRF looks into its table, and the routes'
// links do not have to be the VRF itself.
Decision lookup(const Tables& tables, const Flow& flow) {
  Key key{flow, nullptr, static_cast<bool>(flow.source) && !flow.source.is_zero(), false};
  if (!key.has_source) key.flow.source = {};
  if (!flow.oif.empty())
    key.vrf = tables.vrf_of(flow.oif);
  else if (!flow.iif.empty())
    key.vrf = tables.vrf_of(flow.iif);
  return flow.destination.family == Family::ipv4 ? lookup4(tables, key) : lookup6(tables, key);
}

}  // namespace netcfg
