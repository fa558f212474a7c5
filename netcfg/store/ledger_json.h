// The ledger as JSON: {"applied":{…},"own-links":[…],"original":{…},"uplinks":{…}}. Origins are not kept:
// they speak of texts that may be gone.
#pragma once

#include "netcfg/diff/diff.h"
#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"

namespace netcfg {

void write(JsonText& out, const Ledger& ledger);
Ledger read_ledger(JsonReader& in);

std::string ledger_to_json(const Ledger& ledger);
Result<Ledger> ledger_from_json(std::string_view text);

}  // namespace netcfg
