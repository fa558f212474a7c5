#include "netcfg/watch/stream.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace netcfg::watch {
namespace {

// ICMP and ICMPv6 have the same form here (RFC 792, RFC 4443).
struct Packet {
  uint8_t type = 0, code = 0;
  uint16_t checksum = 0, id = 0, sequence = 0;
  uint64_t cookie = 0, number = 0;
};
static_assert(sizeof(Packet) == 24);

uint16_t checksum(const Packet& packet) {
  std::array<uint16_t, sizeof packet / 2> words{};
  memcpy(words.data(), &packet, sizeof packet);
  uint32_t sum = 0;
  for (uint16_t word : words) sum += word;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

bool is6(const Ip& ip) {
  return ip.family == Family::ipv6;
}

}  // namespace

Result<EchoStream> EchoStream::open(const Ip& target, std::chrono::milliseconds interval) {
  int protocol = is6(target) ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
  auto fd = probes::open_socket(probes::af_of(target), SOCK_RAW, protocol, std::nullopt);
  if (!fd) return fd.error();
  if (is6(target)) {
    icmp6_filter only{};
    ICMP6_FILTER_SETBLOCKALL(&only);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
    (void)setsockopt(fd->get(), IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
  }
  EchoStream out(std::move(*fd), target, interval);
  // Tells these from every other ping on the host.
  if (getrandom(&out.cookie_, sizeof out.cookie_, 0) < 0) return Error{"cannot get random bytes", {}, errno};
  return out;
}

EchoStream::EchoStream(Fd fd, const Ip& target, std::chrono::milliseconds interval)
    : fd_(std::move(fd)),
      target_(target),
      to_(probes::socket_address(target, 0, 0)),
      interval_(interval),
      next_(Clock::now()) {}

void EchoStream::run_timers(Time now) {
  if (now < next_) return;
  next_ = std::max(next_ + interval_, now + interval_ / 2);  // what was missed is not made up for
  Packet packet;
  packet.type = is6(target_) ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  packet.id = static_cast<uint16_t>(cookie_);
  packet.sequence = htons(static_cast<uint16_t>(requests_.size()));
  packet.cookie = cookie_;
  packet.number = requests_.size();
  if (!is6(target_)) packet.checksum = checksum(packet);  // of ICMPv6 the kernel makes it
  requests_.push_back({now, false});
  // One that cannot be sent is as lost as any.
  (void)sendto(fd_.get(), &packet, sizeof packet, MSG_DONTWAIT, to_.get(), to_.size);
}

void EchoStream::on_ready() {
  std::array<char, 512> buffer;
  while (true) {
    ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return;
    auto size = static_cast<size_t>(got);
    size_t head = is6(target_) ? 0 : static_cast<size_t>(buffer[0] & 0xf) * 4;  // the IP header comes along
    Packet packet;
    if (size < head + sizeof packet) continue;
    memcpy(&packet, buffer.data() + head, sizeof packet);
    bool reply = packet.type == (is6(target_) ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY);
    if (reply && packet.cookie == cookie_ && packet.number < requests_.size())
      requests_[packet.number].answered = true;
  }
}

Losses EchoStream::losses(Time begin, Time end) const {
  Losses out;
  std::optional<Time> row;
  for (const Request& one : requests_) {
    if (one.sent < begin || one.sent >= end) continue;
    ++out.sent;
    if (one.answered) {
      if (row) out.gap = std::max(out.gap, std::chrono::ceil<std::chrono::milliseconds>(one.sent - *row));
      row.reset();
      continue;
    }
    ++out.lost;
    if (!row) row = one.sent;
  }
  if (row) out.gap = std::max(out.gap, std::chrono::ceil<std::chrono::milliseconds>(end - *row));
  return out;
}

}  // namespace netcfg::watch
