// Moments at which a test lets something go wrong: in builds for tests (NETCFG_FAULT_POINTS), the shell
// command in the environment variable NETCFG_AT_<MOMENT> is run there, with this process as its parent
// ($PPID). In all others nothing is left of it.
#pragma once

namespace netcfg {

#ifdef NETCFG_FAULT_POINTS
void fault_point(const char* moment);
#else
inline void fault_point(const char*) {}
#endif

}  // namespace netcfg
