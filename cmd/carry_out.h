// From a wish to a changed host: what apply and rollback have in common.
#pragma once

#include "cmd/guard_setup.h"
#include "cmd/load.h"
#include "netcfg/host/lock.h"

namespace netcfg {

inline constexpr OptionInfo kChangeOptions[] = {
    {"--dry-run", "", "only show the plan, like 'netcfg plan'", &Options::dry_run},
    {"-y,--yes", "", "do not ask; what cuts the SSH session is tried if it can be taken back", &Options::yes},
    {"--confirm",
     "TIME",
     "take it back unless 'netcfg confirm' comes within TIME",
     &Options::confirm,
     {},
     "120s"},
    {"--check", "PROBE", "has to work afterwards if it does before: tcp:192.0.2.53:53, ping:192.0.2.1 …",
     &Options::checks},
    {"--no-check", "", "do not try the connections that the spec's guard, or by default, would be tried",
     &Options::no_check},
    {"--no-history", "", "go on where history cannot be written: no generation to go back to",
     &Options::no_history},
};

// With the lock held: plans, asks where somebody can be asked, changes the host, tells how it went. Returns
// the exit status.
int carry_out(Session& session, Wish& wish, Lock& lock, Occasion occasion);

}  // namespace netcfg
