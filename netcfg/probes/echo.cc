#include "netcfg/probes/echo.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>

namespace netcfg::probes {
namespace {

uint16_t checksum_of(const Echo& echo) {
  std::array<uint16_t, sizeof echo / 2> words{};
  memcpy(words.data(), &echo, sizeof echo);
  uint32_t sum = 0;
  for (uint16_t word : words) sum += word;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

Result<Echo> new_echo(Family family) {
  Echo out;
  out.type = family == Family::ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  if (getrandom(&out.id, sizeof out.id, 0) < 0 || getrandom(out.cookie.data(), out.cookie.size(), 0) < 0)
    return Error{text_of(errno), {}, errno};
  return out;
}

Echo numbered(Echo request, Family family, uint64_t number) {
  request.number = number;
  request.sequence = htons(static_cast<uint16_t>(number));
  request.checksum = 0;
  if (family == Family::ipv4) request.checksum = checksum_of(request);  // of ICMPv6 the kernel makes it
  return request;
}

void only_echo_replies(int fd, Family family) {
  if (family != Family::ipv6) return;
  icmp6_filter only{};
  ICMP6_FILTER_SETBLOCKALL(&only);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
  (void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
}

std::optional<Echo> echo_reply(std::span<const char> bytes, Family family, const Echo& request) {
  bool v6 = family == Family::ipv6;
  size_t head =
      v6 || bytes.empty() ? 0 : static_cast<size_t>(bytes[0] & 0xf) * 4;  // the IP header comes along
  Echo reply;
  if (bytes.size() < head + sizeof reply) return std::nullopt;
  memcpy(static_cast<void*>(&reply), bytes.data() + head, sizeof reply);
  bool is_one = reply.type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) && reply.id == request.id &&
                reply.cookie == request.cookie;
  return is_one ? std::optional(reply) : std::nullopt;
}

}  // namespace netcfg::probes
