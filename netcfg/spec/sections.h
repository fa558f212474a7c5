// Every kind of mapping that a spec can hold, for the schema and the reference.
#pragma once

#include "netcfg/model/kinds.h"
#include "netcfg/model/qdisc.h"
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
Section nat_section();
Section masquerade_section();
Section snat_section();
Section port_forward_section();
Section guard_section();
Section probe_section();
// The selectors of a rule, for traffic that is steered to an uplink.
Section match_section_of_rules();
std::vector<Section> uplink_sections();
std::vector<Section> qos_sections();
// One for each kind of queueing discipline: "qdisc-fq_codel".
std::vector<Section> queue_sections();
std::string queue_section_name(const QueueInfo& info);

// The link fields that `defaults:` takes.
const std::vector<Field>& default_fields();

// All of them in the order of the reference; the kinds are named after their key, the options of
// members bond-port and bridge-port.
std::vector<Section> all_sections();

}  // namespace netcfg
