// Who is changing the network: what a lock says to those who find it taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netcfg {

struct Holder {
  int64_t pid = 0;
  std::string user;   // who logged in, not whom sudo made of them
  std::string from;   // the other end of the SSH session, if it is one
  std::string tty;    // if there is one
  int64_t since = 0;  // seconds since 1970

  bool operator==(const Holder&) const = default;
};

// Lines of "word value"; unknown ones are skipped, so that later versions can say more.
std::string to_text(const Holder& holder);
Holder parse_holder(std::string_view text);

// "process 1234 of alice from 192.0.2.7 on /dev/pts/3, since 14:03:12 (25 s)"; `now` in seconds since 1970.
std::string describe(const Holder& holder, int64_t now);

}  // namespace netcfg
