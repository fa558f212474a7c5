// Carries a plan out so that nothing can leave the host cut off: the state before and the reverter come
// first, the connections that worked are tried again afterwards, and the change is kept or taken back in one
// step that only one can take.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netcfg/apply/apply.h"
#include "netcfg/guard/evidence.h"
#include "netcfg/guard/reverter.h"
#include "netcfg/guard/settle.h"

namespace netcfg {

struct GuardedOptions {
  ApplyOptions apply;
  ReverterOrder reverter;
  bool history = true;
  bool confirm = false;  // wait for somebody to confirm it
  // A rehearsal: the change is never kept, and taken back when there is something to read here, or its end.
  int rehearsal_fd = -1;
  std::chrono::milliseconds window{30'000};  // until the connections work again, or somebody confirms
  Prober* prober = nullptr;                  // null: connections are not tried
  Baseline baseline;                         // what worked before
  Holder by;
  uint64_t born = 0;                 // see Window
  std::string why;                   // for history
  std::string window_directory;      // as the kernel knows it
  std::function<int()> stop_signal;  // that came, or 0
  int stop_fd = -1;                  // readable once one came, without waiting
  std::function<void(const Round&, std::chrono::milliseconds left)> round;           // connections were tried
  std::function<void(uint32_t generation, std::chrono::milliseconds left)> waiting;  // for a confirmation
};

// What a change begins with.
struct Change {
  const Snapshot& before;
  Desired& desired;
  const Ledger& ledger;
  const Plan& plan;
  const Sources& sources;
};

struct Guarded {
  Applied applied;
  Fate fate = Fate::kept;
  uint32_t generation = 0;
  std::string why;                    // not kept: in words
  std::vector<std::string> leftover;  // damaged
  std::vector<std::string> proven;    // what was seen to work in the last round, as in Round
  std::optional<Error> unrecorded;    // kept, but that could not be written down
  std::optional<Error> unremembered;  // kept without history, and nothing will be remembered of it
};

// An Error: nothing was changed.
Result<Guarded> guarded_apply(Kernel& kernel, const Settler& settler, const Change& change,
                              const GuardedOptions& options);

}  // namespace netcfg
