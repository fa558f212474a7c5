// How a change is guarded: from the options, the spec's `guard:` and the session.
#pragma once

#include <memory>

#include "cmd/load.h"
#include "netcfg/guard/guarded_apply.h"
#include "netcfg/host/lock.h"

namespace netcfg {

// What settles windows here.
Settler settler_of(Session& session);

// What history says of a change.
struct Occasion {
  std::string why;      // in words; empty: because the spec says so
  bool history = true;  // it becomes a generation
};

struct Guard {
  GuardedOptions options;
  std::unique_ptr<Prober> prober;
};

// What the command line says of it. Problems have been reported.
bool check_guard_options(Session& session);

// What has to work afterwards if it does before: by the spec's guard, or by default, and by --check.
std::vector<ProbeSpec> wanted_probes(const Session& session, const GuardSpec& guard);

// Of a change after which no connection is tried.
GuardedOptions unprobed(Session& session, const Lock& lock, Occasion occasion);

// Tries the connections that will have to work afterwards. Without a result the session has problems, or a
// signal came.
std::optional<Guard> prepare_guard(Session& session, const Situation& situation, const Lock& lock,
                                   Occasion occasion);

}  // namespace netcfg
