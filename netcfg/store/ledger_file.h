// The ledger on disk: a line that vouches for the rest, then the ledger as JSON, then its routes in few bytes
// (packed_routes.h).
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
//
// Planning needs no routes of the ledger: whose a route is, its tag tells.
enum class LedgerRoutes : uint8_t { read, skip };
StoredLedger load_ledger(Files& files, const std::string& path, const std::string& kernel,
                         LedgerRoutes routes = LedgerRoutes::read);
// `routes` are those of the applied state, sorted, wherever they are; the ledger's own are not looked at.
Result<> save_ledger(Files& files, const std::string& path, const std::string& kernel, Ledger ledger,
                     const std::vector<Route>& routes);

}  // namespace netcfg
