// Random queueing disciplines.
#pragma once

#include "netcfg/model/qdisc.h"
#include "tests/support/random.h"

namespace netcfg::test {

// A tree with two to four classes, of netcfg's.
Qdisc some_htb(Rng& rng, const IfName& dev);
// Of any kind.
Qdisc some_qdisc(Rng& rng, const IfName& dev);

}  // namespace netcfg::test
