// The change that is under way or waits to be kept, as files in /run/netcfg: at most one at a time.
//
//   window.open       it can still go either way
//   window.kept       somebody decided to keep it; what is left to do is written down in generation.h
//   window.reverting  somebody decided to take it back
//   window.until      when it ends; not there before everything was written and verified
//   window.alive      when the process that writes the change last got on with it
//
// Deciding is renaming: of all who try, one succeeds. Whoever decided may die; whoever finds the file does
// the rest, and doing it twice is harmless. Nothing of this outlives a reboot, and nothing has to: the
// kernel's state does not either, and what boots is the newest generation that was kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/base/holder.h"
#include "netcfg/model/types.h"
#include "netcfg/port/files.h"

namespace netcfg {

struct Window {
  uint32_t generation = 0;
  bool history = true;               // false: the generation's files are only there until the window ends
  std::string kernel;                // the namespace in which it is carried out (host/namespaces.h)
  std::vector<IfName> made;          // links that the change makes, for the way back
  std::vector<std::string> sysctls;  // the parameters that the way back reads
  bool confirm = false;              // waits for `netcfg confirm`
  bool rehearsal = false;            // of something that is to be taken back: nobody can keep it
  int64_t seconds = 0;               // how long it stays open once everything is written
  Holder by;
  uint64_t born = 0;  // when that process was started: numbers are given again (proc(5))

  bool operator==(const Window&) const = default;
};

enum class WindowDecision : uint8_t { open, kept, reverting };

struct FoundWindow {
  Window window;
  WindowDecision decision = WindowDecision::open;
};

class WindowFiles {
 public:
  // `directory` as store/place.h says.
  WindowFiles(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  Result<> open(const Window& window);
  // Nothing when there is none. An Error when there is one that cannot be read.
  Result<std::optional<FoundWindow>> find() const;

  // True for the one that decides; false when it was decided already, or there is no window any more.
  Result<bool> keep();
  Result<bool> revert();

  // When it ends, in nanoseconds of CLOCK_BOOTTIME: wall clocks are set, and others stand still in sleep.
  Result<> set_until(int64_t boottime);
  std::optional<int64_t> until() const;
  // When the change last got on, by the same clock: for a reverter, which has to tell a slow one from one
  // that is stuck, also where it was started again.
  Result<> set_alive(int64_t boottime);
  std::optional<int64_t> alive() const;

  // Everything has been done.
  Result<> close();
  std::string directory() const { return directory_; }

 private:
  std::string path(WindowDecision decision) const;
  std::string until_path() const { return directory_ + "/window.until"; }
  std::string alive_path() const { return directory_ + "/window.alive"; }
  std::optional<int64_t> time_in(const std::string& path) const;
  Result<bool> decide(WindowDecision decision);

  Files& files_;
  std::string directory_;
};

}  // namespace netcfg
