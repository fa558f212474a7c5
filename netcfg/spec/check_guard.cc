#include <fmt/format.h>

#include "netcfg/spec/check.h"

namespace netcfg {
namespace {

// The guard may look at interfaces that are none of the spec's business.
void check_interface(const Checker& check, const ProbeSpec& probe, const Spot& spot) {
  if (!probe.dev || *probe.dev == IfName("lo")) return;
  const Link* link = check.state.link(*probe.dev);
  std::string_view name = probe.dev->view();
  if (!link) {
    if (!check.gaps.links)
      check.warning(spot, fmt::format("interface {} is not declared", name),
                    undeclared_hint(check, *probe.dev));
  } else if (!link->is_up()) {
    check.error(spot,
                fmt::format("{} is {} by {}: the probe would always fail", name,
                            link->absent() ? "absent" : "down", check.report.where(link->origin)),
                "remove the probe, or set the interface up");
  }
}

}  // namespace

void check_guard(const Checker& check) {
  const auto& probes = check.desired.guard.probes;
  for (size_t i = 0; i < probes.size(); ++i) {
    Spot spot{probes[i].origin, "guard.probes"};
    for (size_t k = 0; k < i; ++k)
      if (probes[k] == probes[i])
        check.error(
            spot,
            fmt::format("the same probe is given twice; first at {}", check.report.where(probes[k].origin)),
            "remove one");
    check_interface(check, probes[i], spot);
  }
}

}  // namespace netcfg
