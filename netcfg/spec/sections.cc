#include "netcfg/spec/sections.h"

namespace netcfg {

std::vector<Section> all_sections() {
  std::vector<Section> out{
      top_section(),
      {"defaults", "For every interface that does not say otherwise.", {}, default_fields()},
      interface_section()};
  for (const KindInfo& info : kKinds) {
    out.push_back(kind_section(info));
    FieldsOf port = fields_of(port_for(info.make()));
    if (info.name == Bond::kind)
      out.push_back(
          {"bond-port", "The options of a member of a bond.", {}, {port.fields.begin(), port.fields.end()}});
    if (info.name == Bridge::kind)
      out.push_back({"bridge-port",
                     "The options of a member of a bridge.",
                     {},
                     {port.fields.begin(), port.fields.end()}});
  }
  for (Section section : {match_section(), address_section(), ipv6_section(), neighbor_section(),
                          nexthop_section(), resilient_section(), route_section(), next_hop_section(),
                          route_file_section(), rule_section(), nat_section(), masquerade_section(),
                          snat_section(), port_forward_section(), guard_section(), probe_section()})
    out.push_back(std::move(section));
  for (auto* several : {queue_sections, qos_sections, uplink_sections})
    for (Section& section : several()) out.push_back(std::move(section));
  return out;
}

}  // namespace netcfg
