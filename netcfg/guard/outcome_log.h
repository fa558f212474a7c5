// How a change ended, as the machine's log has it. In the journal `journalctl NETCFG_OUTCOME=damaged` finds
// it, or `journalctl MESSAGE_ID=…`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "netcfg/port/log.h"
#include "netcfg/store/generation.h"

namespace netcfg {

inline constexpr std::string_view kOutcomeMessageId = "8d29700eb1fa46d1af4cba5244567ec5";

// `leftover`: what still differs from before.
LogEntry log_entry(const Generation& generation, std::span<const std::string> leftover = {});
// Of a change that was not begun, with what keeps it from being.
LogEntry log_refusal(const Holder& by, std::string_view why);
// Of one whose outcome could not be brought about or written down.
LogEntry log_trouble(uint32_t generation, const Holder& by, std::string_view what);

}  // namespace netcfg
