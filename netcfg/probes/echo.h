// Echo requests and their answers (RFC 792, RFC 4443): the same form in both families.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "netcfg/base/fd.h"
#include "netcfg/base/result.h"
#include "netcfg/probes/sockets.h"

namespace netcfg::probes {

struct Echo {
  uint8_t type = 0, code = 0;
  uint16_t checksum = 0, id = 0, sequence = 0;  // in network order
  // Tells these from every other ping on the host.
  std::array<uint8_t, 16> cookie{};
  uint64_t number = 0;
};
static_assert(sizeof(Echo) == 32);

// A request with a cookie and an id of its own.
Result<Echo> new_echo(Family family);
// Ready to be sent, as the `number`th.
Echo numbered(Echo request, Family family, uint64_t number);
// A raw socket takes nothing else than answers any more.
void only_echo_replies(int fd, Family family);
// The answer that `bytes`, as a raw socket gives them, hold to a request like this; nothing for all else.
std::optional<Echo> echo_reply(std::span<const char> bytes, Family family, const Echo& request);

}  // namespace netcfg::probes
