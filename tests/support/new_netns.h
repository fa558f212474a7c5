// Namespaces beside the calling thread's, by file descriptor: they live as long as that is open or a process
// is in them.
#pragma once

#include <string>

#include "netcfg/host/fd.h"
#include "tests/support/netns.h"

namespace netcfg::test {

// Throws where none can be made.
Fd new_netns();
// One of `ip netns`.
Fd named_netns(const std::string& name);
// A socket stays in the namespace in which it was made.
Fd socket_in(const Fd& netns, int family, int type);
// By which commands of this process find it.
std::string path_of(const Fd& netns);
Ran run_in_netns(const Fd& netns, const std::string& command);

}  // namespace netcfg::test
