// History: what was applied, when, by whom, from which state, and how it went. Each generation is a few files
// in /var/lib/netcfg/generations, all named by its number:
//
//   12.about    this header's Generation; written last, so that a generation is there when this is
//   12.before   the state that it started from (snapshot_file.h)
//   12.spec     what was wanted, as desired_to_bytes() writes it
//   12.plan     the changes, as `netcfg plan --format json` prints them
//   12.ledger   what to remember once it is kept; becomes the ledger then
//
// A damaged one is named and does not keep the others from being used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/base/holder.h"
#include "netcfg/port/files.h"

namespace netcfg {

enum class Fate : uint8_t {
  pending,   // under way, or in its window
  kept,      // applied, verified, and not taken back
  restored,  // a step failed or was interrupted; the state before is back
  reverted,  // connectivity was lost, nobody confirmed, or somebody asked: the state before is back
  lost,      // the machine went down before it was kept; the one before it is up again
  damaged,   // and the state before could not be brought back
};
inline constexpr std::string_view kFateNames[] = {"pending",  "kept", "restored",
                                                  "reverted", "lost", "damaged"};

struct Generation {
  uint32_t number = 0;  // from 1
  int64_t when = 0;     // seconds since 1970
  Holder by;            // pid and since are not kept
  Fate fate = Fate::pending;
  std::string why;      // in words, where there is something to say: "rollback to generation 3"
  std::string changes;  // "3 created, 1 changed"
  std::string kernel;   // the namespace in which it was carried out (host/namespaces.h)

  bool operator==(const Generation&) const = default;
};

// The parts beside `about`.
enum class Part : uint8_t { before, spec, plan, ledger };

class Generations {
 public:
  // `directory` as store/place.h says.
  Generations(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  struct Listed {
    std::vector<Generation> all;       // oldest first
    std::vector<std::string> damaged;  // "…/12.about is damaged: its checksum is wrong"
  };
  Result<Listed> list() const;

  // Error::code is ENOENT when there is none of that number.
  Result<Generation> load(uint32_t number) const;
  Result<> save(const Generation& generation);
  Result<std::string> read(uint32_t number, Part part) const;
  Result<> write(uint32_t number, Part part, const std::string& bytes);
  // Makes the generation's ledger the one at `path`, also on another file system; does nothing when that was
  // done already.
  Result<> promote_ledger(uint32_t number, const std::string& path);
  std::string path(uint32_t number, Part part) const;
  // As if it had never been begun.
  void forget(uint32_t number);

  // The number of the next one: above all that there is any trace of.
  Result<uint32_t> next() const;
  // Removes the oldest until `keep` are left, but never the one that is in force, the one before it, or a
  // pending one. Leftovers of generations that never came to be go as well.
  void prune(const Listed& listed, size_t keep);

 private:
  std::string about_path(uint32_t number) const;

  Files& files_;
  std::string directory_;
};

// The newest that was kept: what boots. Nothing when none was.
const Generation* current(const std::vector<Generation>& all);
// The one that was kept before generation `number` was.
const Generation* kept_before(const std::vector<Generation>& all, uint32_t number);

inline constexpr size_t kKeptGenerations = 50;

}  // namespace netcfg
