// Every kind of mapping that a spec can hold, for the schema and the reference.
#pragma once

#include "netcfg/model/kinds.h"
#include "netcfg/spec/keys.h"

namespace netcfg {

Section top_section();
Section interface_section();
Section kind_section(const KindInfo& info);
Section match_section();
Section address_section();
Section ipv6_section();
Section neighbor_section();
Section nexthop_section();
Section resilient_section();
Section route_section();
Section next_hop_section();
Section route_file_section();
Section rule_section();
Section guard_section();
Section probe_section();

// The link fields that `defaults:` takes.
const std::vector<Field>& default_fields();

// All of them in the order of the reference; the kinds are named after their key, the options of
// members bond-port and bridge-port.
std::vector<Section> all_sections();

}  // namespace netcfg
