// A plan for programs: JSON as the man page documents it, and the gauges of node_exporter's textfile
// collector.
#pragma once

#include <iosfwd>

#include "netcfg/plan/plan.h"

namespace netcfg {

// `drift` adds "foreign" and "clean".
void print_json(std::ostream& out, const Plan& plan, const Sources& sources, bool drift = false);

// 128 bits in hexadecimal over what every step does, from what to what. Two plans of one fingerprint do the
// same to the same live state. No protection against someone who means to forge it.
std::string fingerprint(const Plan& plan);

// netcfg_drift_clean, netcfg_drift_changes{kind,action}, netcfg_drift_foreign{kind} and
// netcfg_drift_timestamp_seconds, all present every time so that no series goes stale.
void print_prometheus(std::ostream& out, const Plan& plan, int64_t seconds);

}  // namespace netcfg
