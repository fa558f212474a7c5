// Values for every field of every kind, for tests that must not forget one.
#pragma once

#include <random>

#include "netcfg/model/state.h"

namespace netcfg::test {

using Random = std::mt19937;

// Some value that the field takes, in the form of a spec. `name` is used where a link is named.
Value any_value(const Field& field, Random& random, std::string_view name = "eth7");

// Sets each field of the object with a probability of `share`.
void fill(Fields fields, void* object, Random& random, double share);

// A resource with any of its fields set.
Link any_link(Random& random, size_t kind, double share);  // kind: index of LinkKind
Address any_address(Random& random, double share);
Neighbor any_neighbor(Random& random, double share);
Qdisc any_qdisc(Random& random, double share);
Nexthop any_nexthop(Random& random, double share);
Route any_route(Random& random, double share);
Rule any_rule(Random& random, double share);

}  // namespace netcfg::test
