// A verb of the command line: `plan`, `apply`… One file each, all of them in the table of verbs.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cmd/options.h"

namespace netcfg {

class Session;

// The contract of the exit statuses.
enum Status : int {
  kDone = 0,
  kFailed = 1,       // before anything changed
  kDifferent = 2,    // differences exist
  kRestored = 3,     // a step failed; the earlier state is back
  kDamaged = 4,      // restoring failed: the host needs a person
  kBusy = 5,         // another change is pending or running
  kWrongUsage = 64,  // EX_USAGE of sysexits.h
};

struct Example {
  std::string_view command;
  std::string_view doc;
};

struct Verb {
  std::string_view name;
  std::string_view operands;  // as shown in the help: "[SPEC...]"
  size_t most_operands = 0;
  std::string_view summary;                   // one line, no full stop
  std::string_view details;                   // paragraphs of the help
  std::span<const std::string_view> formats;  // of --format, the default first; empty: it has no choice
  std::span<const OptionInfo> options;        // beside the global ones
  std::span<const Example> examples;
  int (*run)(Session&);
  bool hidden = false;  // for netcfg itself: in no help
};

inline constexpr size_t kAnyNumber = SIZE_MAX;

// Each in its own file; declared here so that verbs.cc can list them.
extern const Verb kValidateVerb, kPlanVerb, kApplyVerb, kDiffVerb, kDriftVerb, kShowVerb, kExplainVerb,
    kSchemaVerb, kVersionVerb, kConfirmVerb, kRollbackVerb, kHistoryVerb, kRecoverVerb, kReverterVerb,
    kWatchVerb, kUplinksVerb, kDrillVerb;

std::span<const Verb* const> verbs();
const Verb* find_verb(std::string_view name);
std::span<const OptionInfo> global_options();

}  // namespace netcfg
