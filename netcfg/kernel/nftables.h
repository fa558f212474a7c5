// `table inet netcfg` in the kernel: whether it is there, what it says, and a trial of what it is to say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netcfg/port/kernel.h"

namespace netcfg::nl {

enum class TablePresence : uint8_t { absent, present, hidden };  // hidden: only root is told

// Asks by one message, without libnftables. A kernel without nf_tables has no table.
TablePresence find_nft_table();

// As nft lists it.
Result<std::string> list_nft_table();

// Loads the text in the place of the table that is there, or takes that away where the text is empty: in one
// transaction, so that no packet meets anything between.
Result<> load_nft_table(const std::string& text);

// The form in which nft lists the text, from a fresh network namespace, into which it is loaded in a process
// of its own: the host's tables are not touched. An Error is nft's, with the text's line in `code` (0: none
// in particular). Nothing where no namespace can be made.
std::optional<Result<std::string>> try_nft_table(const std::string& text);

// What other tables do that ours cannot undo, a line each: a forward chain that drops is asked as well,
// whatever ours accepts.
std::vector<std::string> find_nft_clashes();
// The same, of what `nft list chains` prints.
std::vector<std::string> clashes_in(const std::string& chains);

// What nft prints when it fails, made one line; and the line of the text that it is about.
Error nft_error(const std::string& printed, uint32_t lines_before);

// What the Snapshot says of it. Where live text is what nft makes of the wanted one, it is given as that.
Result<> read_nft(const Query& query, Snapshot& out);

}  // namespace netcfg::nl
