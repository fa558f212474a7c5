// The way back from JSON (netcfg/json/write.h). Exact: what was written is read, also values that a spec
// may not hold. An unknown key is an error, since it would be lost.
#pragma once

#include "netcfg/json/reader.h"
#include "netcfg/model/desired.h"

namespace netcfg {

// Report what is wrong to `in`.
Link read_link(JsonReader& in);
Address read_address(JsonReader& in);
Neighbor read_neighbor(JsonReader& in);
Nexthop read_nexthop(JsonReader& in);
Route read_route(JsonReader& in);
Rule read_rule(JsonReader& in);
Sysctl read_sysctl(JsonReader& in);
Qdisc read_qdisc(JsonReader& in);
Ruleset read_ruleset(JsonReader& in);
State read_state(JsonReader& in);
Uplinks read_uplinks(JsonReader& in);
Desired read_desired(JsonReader& in);

// A whole text that holds nothing else.
Result<State> state_from_json(std::string_view text);
Result<Desired> desired_from_json(std::string_view text);

}  // namespace netcfg
