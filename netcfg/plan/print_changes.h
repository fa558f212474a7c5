// The part that plan output and saved plans share: "changes", "summary", "warnings", "fingerprint".
#pragma once

#include <functional>

#include "netcfg/json/sink.h"
#include "netcfg/plan/plan.h"

namespace netcfg {

// Members of the object that is open; `after_each` may take away the text so far after each change.
void write_changes(JsonText& json, const Plan& plan, const Sources& sources,
                   const std::function<void()>& after_each = {});

}  // namespace netcfg
