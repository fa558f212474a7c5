// Several documents as one.
#pragma once

#include <vector>

#include "netcfg/spec/node.h"

namespace netcfg {

// A mapping merges key by key; a scalar or list given again replaces, so that the last one wins.
// A key with nothing after it changes nothing; an explicit `~` or `null` takes the earlier value back.
// Every value keeps the place where it was written.
Document merge(std::vector<Document> documents);

}  // namespace netcfg
