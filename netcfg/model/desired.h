// What a spec asks of one host, lowered to resources, with what a State cannot hold.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/model/guard.h"
#include "netcfg/model/state.h"
#include "netcfg/model/uplink.h"

namespace netcfg {

// How an interface of the spec is found among the NICs. Unset criteria do not count; at least one is set.
struct Match {
  IfName name;                        // the interface's key in the spec: the name it gets
  std::optional<std::string> ifname;  // `name:`, the NIC's name now
  std::optional<Mac> mac, permanent_mac;
  std::optional<std::string> pci, driver, path;
  Place origin;
  bool operator==(const Match&) const = default;
};

struct Desired {
  State state;  // only fields that the spec names are set
  std::vector<Match> matches;
  std::map<std::string, uint32_t> tables;  // names of routing tables
  bool exclusive = false;                  // `manage: exclusive` at the top
  std::vector<IfName> exclusive_links;     // sorted; `manage: exclusive` of an interface
  GuardSpec guard;
  std::optional<Uplinks> uplinks;
  // Only what is named is spoken of: all else may be as it is. No spec says so.
  bool partial = false;
  // Where resilient groups were asked for and plain ones are made, since the kernel has none.
  std::optional<Place> plain_groups;
};

}  // namespace netcfg
