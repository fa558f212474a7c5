// A plan on standard output, in the form that --format asks for.
#pragma once

#include "cmd/load.h"

namespace netcfg {

// `heading` begins the summary of the text form.
void show_plan(Session& session, const Plan& plan, std::string_view heading);

// The verb `plan`, and `apply --dry-run`.
int run_plan(Session& session);
// The rest of it, once it is known what is wanted.
int show_plan_to(Session& session, Desired desired);

}  // namespace netcfg
