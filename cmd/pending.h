// A change that waits to be kept, or was left behind by somebody who died.
#pragma once

#include <optional>
#include <string>

#include "cmd/session.h"
#include "netcfg/guard/settle.h"
#include "netcfg/host/lock.h"

namespace netcfg {

// "generation 12 waits to be confirmed: process 1234 of alice from 192.0.2.7, since 14:03:12 (25 s), 95 s
// left"
std::string describe(const Window& window, std::optional<int64_t> until);

// Takes the lock of changes. EWOULDBLOCK when another change is under way or pending.
Result<Lock> take_lock(Session& session);
// The same. Nothing when another change is under way or pending: that has been said, and
// `status` is the one to end with.
std::optional<Lock> take_lock(Session& session, int& status);

// With the lock held: finishes what somebody left behind who died. False when that failed; the session's
// problems say why.
bool mend(Session& session);

}  // namespace netcfg
