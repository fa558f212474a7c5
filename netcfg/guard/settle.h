// Ends a window that has been decided: keeps the change, or takes it back. The only code that does either;
// the process that carried the change out, the reverter, the boot and the next apply all come here. Whatever
// was done before somebody died is found done. How it ended goes into history and into the log, here alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/port/files.h"
#include "netcfg/port/kernel.h"
#include "netcfg/port/log.h"
#include "netcfg/store/generation.h"
#include "netcfg/store/place.h"
#include "netcfg/store/window_file.h"

namespace netcfg {

struct Settled {
  Generation generation;
  std::vector<std::string> leftover;  // damaged: what still differs, a line each
  std::optional<Error> unremembered;  // kept without history, and the ledger could not be written either
};

// What a window is settled with.
struct Settler {
  Files& files;
  Places places;
  std::string here;  // the namespace that this process is in (host/namespaces.h)
  Log& log;

  WindowFiles window() const { return {files, places.window}; }
  Generations generations(const Window& window) const {
    return {files, window.history ? places.generations : places.passing};
  }
  // What the way back reads.
  static Query query(const Window& window);

  // Keeps what somebody decided to keep.
  Result<Settled> keep(const Window& window) const;
  // Takes back what somebody decided to take back. `why` goes into history, in words; `before` saves reading
  // the state from the file.
  Result<Settled> revert(const Window& window, Kernel& kernel, std::string why,
                         const State* before = nullptr) const;
  // The change went wrong by itself and the state before is back already, or could not be brought back.
  Result<Settled> give_up(const Window& window, Fate fate, std::string why,
                          std::vector<std::string> leftover = {}) const;

 private:
  Result<Settled> end(const Window& window, Fate fate, std::string why,
                      std::vector<std::string> leftover = {}) const;
};

}  // namespace netcfg
