// The wish of whoever sits in front of it that a change stops: Ctrl-C, a hang-up, a service being stopped.
#pragma once

namespace netcfg {

// From now on SIGINT, SIGTERM and SIGHUP only set a flag, and interrupt what waits for input. A signal that
// was ignored stays ignored (nohup).
void catch_stop_signals();
// In a forked process, which would share the other's descriptor: with one of its own.
void catch_stop_signals_in_child();
// The signal that came, or 0.
int stop_signal();
// Readable (an eventfd(2) that does not block) once a signal came; -1 before catch_stop_signals().
int stop_fd();
// Waits until `fd` can be read or is at its end; false when a signal came, also one that came before. The
// signals are let in only while it sleeps (ppoll(2)): none is lost between a look at the flag and the sleep.
bool wait_for_input(int fd);

}  // namespace netcfg
