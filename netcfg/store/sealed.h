// Files that vouch for themselves: a line of JSON that says what follows and its checksums, then a text, then
// bytes. For what netcfg keeps in /var/lib/netcfg. Against torn writes and bad disks, not against malice.
#pragma once

#include <string>
#include <string_view>

#include "netcfg/base/result.h"

namespace netcfg {

struct Sealed {
  int64_t format = 0;
  std::string kernel;       // which network namespace it speaks of (host/namespaces.h); may be empty
  std::string_view body;    // the text, into what was given
  std::string_view packed;  // the bytes; not looked at, see sound()
  std::string packed_sum;

  // Whether `packed` is as it was written. Checking takes time when there are many routes.
  bool sound() const;
};

// `kind` names the file's form: "netcfg-ledger".
std::string seal(std::string_view kind, int64_t format, std::string_view kernel, std::string_view body,
                 std::string_view packed);
// The Error's message goes after the file's name: "is damaged: its checksum is wrong".
Result<Sealed> unseal(std::string_view kind, int64_t newest_format, std::string_view text);

}  // namespace netcfg
