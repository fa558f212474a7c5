// The ledger on disk: a line that vouches for the rest, then the ledger as JSON.
#pragma once

#include <optional>
#include <string>

#include "netcfg/diff/diff.h"
#include "netcfg/port/files.h"

namespace netcfg {

struct StoredLedger {
  Ledger ledger;     // empty when there is none, or none that can be trusted
  size_t bytes = 0;  // of the file
  // Why it cannot be read or trusted. Without it netcfg knows its own objects by their tags alone.
  std::optional<Error> damage;
};

// `kernel` names the network namespace among all that ever were (see host/namespaces.h). What the ledger
// says of the links made in another one, and of values before netcfg's, is forgotten: a link that has one
// of those names now was made by someone else.
StoredLedger load_ledger(Files& files, const std::string& path, const std::string& kernel);
Result<> save_ledger(Files& files, const std::string& path, const std::string& kernel, const Ledger& ledger);

}  // namespace netcfg
