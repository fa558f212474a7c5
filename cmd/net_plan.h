// What a plan comes to, as a plan of its own: one step for each object that is different in the end.
#pragma once

#include "netcfg/plan/plan.h"

namespace netcfg {

enum class Direction : uint8_t {
  forth,  // from the live state to the wanted one, like the plan
  back,   // from the wanted state to the live one
};

// The steps point into `plan`, and to what that points to.
Plan net_plan(const Plan& plan, Direction direction);

}  // namespace netcfg
