// Steps in words.
#pragma once

#include <string>
#include <string_view>

#include "netcfg/plan/plan.h"

namespace netcfg {

std::string subject(const Step& step);    // "link bond0"
std::string_view verb(const Step& step);  // "create", "change", "delete", "restore"
// What to do about a refusal, where that is known; else empty.
std::string remedy(const Step& step, const Refusal& refusal);

}  // namespace netcfg
