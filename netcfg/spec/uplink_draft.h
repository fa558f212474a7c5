// An uplink as it is read.
#pragma once

#include "netcfg/model/uplink.h"
#include "netcfg/spec/binder.h"

namespace netcfg {

struct UplinkDraft {
  Binder& binder;
  Uplink uplink{};
};

void read_health(UplinkDraft& draft, const At& at);
Section health_section();

// Defaults, numbers, and what follows from the interfaces: addresses, and how a target is asked.
void complete_uplinks(const State& state, Uplinks& uplinks);

}  // namespace netcfg
